"""Every write about quality, and the look at a draft: one function per act."""

import json
import math
from contextlib import contextmanager, suppress

from django.contrib.gis.geos import GEOSGeometry
from django.db import DataError, IntegrityError, InternalError, transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_layers import access
from gis_layers.jobs import Stopped, exclusively, report_progress
from gis_layers.models import Layer
from gis_layers.quality.checks import KINDS, ParameterKind
from gis_layers.quality.checks.table import laid_out
from gis_layers.quality.models import Finding, Rule, Run, Waiver
from gis_layers.registry import LayerSource, source_of
from muni.core.errors import BadRequest, Forbidden
from muni.journal.services import record

MAX_TOLERANCE = 1000  # metres
MAX_FINDINGS = 100_000  # of a rule: thousands of shapes on one spot are millions of pairs
_FOUND = ("feature_no", "other_no", "subject", "fingerprint", "value", "details", "geom")
_COLUMNS = ", ".join(("rule_id", *_FOUND))


def check(sources, rules=None, *, only=None, vacated=None, instead=None):
    """The findings of `rules` (by default all of the layer) as unsaved Finding with `waived` set: whether an exception
    covers it. Looks at all rows of a LayerSource, or of several that together are one layer, a draft's too.

    only: numbers of the features that changed: just what they can have broken is looked at. vacated: geometry in
    MUNI_SRID where features were that are gone or moved. instead: {slug: [LayerSource]} of other layers, to be taken as
    a draft has them.
    """
    sources = [sources] if isinstance(sources, LayerSource) else list(sources)
    rules = list(sources[0].layer.quality_rules.all() if rules is None else rules)
    only = None if only is None else list(only)
    if not rules or (only == [] and vacated is None):
        return []
    found = []
    with transaction.atomic(), laid_out(sources, rules, only=only, vacated=vacated, instead=instead) as cursor:
        for rule in rules:
            with _survived(rule, found), transaction.atomic():
                cursor.execute(_question(rule), _bound(rule))
                found += [_finding(rule, row[1:]) for row in cursor.fetchall()]
    return _with_waivers(found)


def blocking(findings):
    """Those of `check` that stop a publication: of a blocking rule and without an exception."""
    return [f for f in findings if f.severity == Rule.Severity.BLOCKING and not f.waived]


@transaction.atomic
def add_rule(layer, *, by, kind, severity, tolerance=0, parameters=None):
    """A new rule of the layer; returns it. Raises Forbidden, BadRequest."""
    layer = _kept_by(by, layer)
    rule = Rule(layer=layer, kind=kind, severity=severity, tolerance=tolerance, parameters=parameters or {})
    _refuse_misdeclared(rule)
    rule.save()
    _note("quality.add_rule", rule, by)
    return rule


@transaction.atomic
def change_rule(rule, *, by, severity, tolerance=0, parameters=None):
    """Declares a rule anew; what was found under the old words goes. Returns it."""
    _kept_by(by, rule.layer)
    rule = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    before = rule.tolerance, rule.parameters
    rule.severity, rule.tolerance, rule.parameters = severity, tolerance, parameters or {}
    _refuse_misdeclared(rule)
    rule.save()
    if (rule.tolerance, rule.parameters) != before:
        rule.findings.all().delete()
    _note("quality.change_rule", rule, by)
    return rule


@transaction.atomic
def remove_rule(rule, *, by):
    """Takes a rule away, with its findings and exceptions."""
    _kept_by(by, rule.layer)
    _note("quality.remove_rule", rule, by)
    rule.delete()


@transaction.atomic
def waive(finding, *, by, reason):
    """An exception: the finding may stay, for a reason, in the name of `by`. It holds until the feature changes.
    `finding` may come from `check`. Waiving again changes nothing. Returns the Waiver."""
    _kept_by(by, finding.rule.layer)
    if not reason.strip():
        raise BadRequest(_("An exception needs a reason."), fields={"reason": _("Say why it may stay.")})
    if finding.feature_no is None and not finding.subject:
        raise BadRequest(_("A rule that could not be checked has no exceptions."))
    waiver, created = Waiver.objects.get_or_create(
        rule=finding.rule,
        subject=finding.subject,
        fingerprint=finding.fingerprint,
        defaults={"reason": reason.strip()[:500], "by": by, "feature_no": finding.feature_no},
    )
    if created:
        _note("quality.waive", finding.rule, by, features=finding.subject, reason=waiver.reason)
    return waiver


@transaction.atomic
def withdraw_waiver(waiver, *, by):
    """Ends an exception: its finding counts again."""
    _kept_by(by, waiver.rule.layer)
    _note("quality.withdraw_waiver", waiver.rule, by, features=waiver.subject, reason=waiver.reason)
    waiver.delete()


@transaction.atomic
def start(layer, *, by):
    """A queued Run over all features of the layer, or the one that is under way. Raises Forbidden, BadRequest."""
    from gis_layers.quality.tasks import run_rules

    _kept_by(by, layer)
    if not layer.quality_rules.exists():
        raise BadRequest(_("The layer has no rules yet. Add one first."))
    try:
        with transaction.atomic():
            job = Run.objects.create(layer=layer, made_by=by, state=Run.State.QUEUED, language=get_language())
            transaction.on_commit(lambda: run_rules.enqueue(str(job.pk)))
    except IntegrityError:
        return Run.objects.get(layer=layer, state__in=[Run.State.QUEUED, Run.State.RUNNING])
    return job


def cancel(job):
    Run.objects.filter(pk=job.pk).exclude(state__in=Run.ENDED).update(
        state=Run.State.CANCELLED, ended_at=timezone.now()
    )


def run(job_id):
    """Looks at the layer under all its rules and replaces its findings at once; safe to call again after a worker was
    killed. Does nothing when another worker is at it or it has ended."""
    with exclusively(Run, job_id) as job:
        if job is None:
            return
        with translation.override(job.language):
            try:
                with suppress(Stopped):
                    _run(job)
            except BaseException:
                _end(job, Run.State.FAILED, _("The check failed unexpectedly."))
                raise


def _run(job):
    layer = Layer.objects.get(pk=job.layer_id)
    rules = list(layer.quality_rules.all())
    job.total, job.layer_revision = len(rules) + 1, layer.revision
    job.save(update_fields=["total", "layer_revision"])
    with laid_out([source_of(layer)], rules) as cursor:
        cursor.execute("SELECT count(*) FROM quality_feature")
        (job.feature_count,) = cursor.fetchone()
        cursor.execute(
            f"DROP TABLE IF EXISTS quality_found; CREATE TEMP TABLE quality_found AS"
            f" SELECT {_COLUMNS} FROM quality_finding WHERE false"
        )
        failed = []
        for done, rule in enumerate(rules, 1):
            report_progress(job, done)
            with _survived(rule, failed), transaction.atomic():
                cursor.execute(f"INSERT INTO quality_found ({_COLUMNS}) {_question(rule)}", _bound(rule))
        _keep(job, rules, failed, cursor)
        cursor.execute("DROP TABLE quality_found")


@transaction.atomic
def _keep(job, rules, failed, cursor):
    """Makes what was found the layer's findings, but for rules that were changed meanwhile."""
    running = Run.objects.select_for_update(of=("self",)).filter(pk=job.pk, state=Run.State.RUNNING)
    if not running.exists():
        raise Stopped
    now = {rule.pk: rule for rule in Rule.objects.select_for_update(of=("self",)).filter(layer_id=job.layer_id)}
    same = [rule.pk for rule in rules if rule.pk in now and _declared(now[rule.pk]) == _declared(rule)]
    Finding.objects.filter(rule__layer_id=job.layer_id).delete()
    cursor.execute(
        f"INSERT INTO quality_finding (run_id, {_COLUMNS}) SELECT %s, {_COLUMNS} FROM quality_found"
        " WHERE rule_id = ANY(%s)",
        [job.pk, same],
    )
    for finding in failed:
        if finding.rule_id in same:
            finding.run = job
            finding.save()
    job.progress = job.total
    _end(job, Run.State.DONE)


def _question(rule):
    found = f"SELECT {rule.pk}, {', '.join(_FOUND)} FROM ({rule.definition.select}) AS found LIMIT {MAX_FINDINGS}"
    return f"SELECT * FROM ({found}) AS first_ones ORDER BY feature_no, other_no"


def _bound(rule):
    """What the rule's SQL binds by name."""
    given = {p.name: rule.parameters.get(p.name, p.default) for p in rule.definition.parameters}
    return {**given, "tolerance": rule.tolerance}


def _declared(rule):
    return rule.kind, rule.tolerance, rule.parameters


@contextmanager
def _survived(rule, failed):
    """A rule that PostGIS cannot answer is a finding of its own and stops no other."""
    try:
        yield
    except (DataError, InternalError) as error:
        reason = str(error).partition("\n")[0][:200]
        failed.append(Finding(rule=rule, subject="", fingerprint="", details={"failed": reason}))


def _finding(rule, row):
    given = dict(zip(_FOUND, row, strict=True))
    given |= {"details": json.loads(given["details"]), "geom": given["geom"] and GEOSGeometry(given["geom"])}
    return Finding(rule=rule, **given)


def _with_waivers(findings):
    rules = {finding.rule_id for finding in findings}
    waived = set(Waiver.objects.filter(rule__in=rules).values_list("rule", "subject", "fingerprint"))
    for finding in findings:
        finding.waived = (finding.rule_id, finding.subject, finding.fingerprint) in waived
    return findings


def _note(act, rule, by, **data):
    """The journal's entry of an act on a layer's rules."""
    declared = {"severity": rule.severity, "tolerance": rule.tolerance, "parameters": rule.parameters}
    record(act=act, subject=rule.layer, by=by, rule=rule.pk, kind=rule.kind, **declared, **data)


def _kept_by(user, layer):
    """The layer, which is not locked: rules and exceptions never wait for a publication. Raises Forbidden."""
    layer = Layer.objects.select_related("department__place").get(pk=layer.pk)
    if not access.can_change_layer(user, layer):
        raise Forbidden(_("You may not change this layer."))
    return layer


def _refuse_misdeclared(rule):
    """Raises BadRequest with {"fields": {parameter: sentence}} for everything that is wrong with the rule."""
    definition = KINDS[rule.kind]
    wrong = {}
    if not (math.isfinite(rule.tolerance) and 0 <= rule.tolerance < MAX_TOLERANCE):
        wrong["tolerance"] = _("A distance in metres, less than %s.") % MAX_TOLERANCE
    known = {parameter.name: parameter for parameter in definition.parameters}
    rule.parameters = {name: value for name, value in rule.parameters.items() if name in known and value is not None}
    for name, parameter in known.items():
        if name not in rule.parameters and parameter.default is not None:
            rule.parameters[name] = parameter.default
        sentence = _problem(rule, parameter, rule.parameters.get(name))
        if sentence:
            wrong[name] = sentence
    if not definition.suits(rule.layer.geometry_type):
        wrong["kind"] = _("This rule does not suit the layer's geometry.")
    if wrong:
        raise BadRequest(" ".join(wrong.values()), fields=wrong)


def _problem(rule, parameter, value):
    if value is None:
        return "" if parameter.optional else _("Fill this in.")
    match parameter.kind:
        case ParameterKind.NUMBER:
            good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
            return "" if good else _("A number greater than 0.")
        case ParameterKind.ATTRIBUTE:
            known = source_of(rule.layer).attribute(value) if isinstance(value, str) else None
            return "" if known else _("Choose an attribute of the layer.")
        case ParameterKind.LAYER:
            others = Layer.objects.exclude(pk=rule.layer_id)
            good = isinstance(value, str) and others.filter(slug=value).exists()
            return "" if good else _("Choose another layer.")
        case ParameterKind.VALUES:
            good = isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value)
            return "" if good else _("Write at least one value.")


def _end(job, state, error=""):
    job.state, job.error, job.ended_at = state, error, timezone.now()
    job.save()
