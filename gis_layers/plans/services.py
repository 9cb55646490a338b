"""The acts in the life of a city plan, one function each; drafting is in drafting.py, objections in consultation.py."""

from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_layers.exporting.services import metadata
from gis_layers.models import Layer, LayerRevision
from gis_layers.plans import access
from gis_layers.plans.consultation import forget_drafts
from gis_layers.plans.models import Plan, PlanPart, Stage
from gis_layers.plans.tasks import make_archives
from gis_layers.plans.workflow import ACTS, TRANSITIONS, State
from gis_layers.tiles import cache
from muni.accounts.models import User
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.srids import MUNI_SRID
from muni.core.workflow import step
from muni.journal.services import record
from muni.notices.services import notify
from muni.places.models import Place


class PlanIncomplete(DomainError):
    code = "plan_incomplete"


class PlanChanged(DomainError):
    code = "plan_changed"


DRAWN_IN = {
    "zone_layer": "approved_revision",
    "street_layer": "approved_street_revision",
    "facility_layer": "approved_facility_revision",
}
"""The layers in which a plan is drawn, each with the field that keeps the revision which was approved."""

_REDRAWN = (LayerRevision.Kind.IMPORT, LayerRevision.Kind.CHANGESET, LayerRevision.Kind.SCHEMA)


@transaction.atomic
def submit(plan, *, by, note=""):
    """The planners hand the draft over for review. Raises PlanIncomplete where its zones could not be laid open."""
    plan = _begin(plan, "submit", by)
    check_zones(plan)
    plan.submitted_by = by
    return _end(plan, "submit", by, note=note)


@transaction.atomic
def return_to_draft(plan, *, by, note):
    """The reviewer gives it back and says why."""
    plan = _begin(plan, "return", by)
    _refuse_silence(note)
    return _end(plan, "return", by, note=note)


@transaction.atomic
def open_consultation(plan, *, by, first_day, last_day, note=""):
    """Lays the present zones open to everybody; citizens object from first_day to last_day, both included."""
    plan = _begin(plan, "open_consultation", by)
    if first_day < timezone.localdate():
        raise BadRequest(
            _("The consultation cannot begin in the past."), fields={"first_day": _("Choose today or a later day.")}
        )
    if last_day < first_day:
        raise BadRequest(_("The last day is before the first."), fields={"last_day": _("Choose a later day.")})
    check_zones(plan)
    plan.consultation_from, plan.consultation_to = first_day, last_day
    freeze(plan, Stage.PROPOSAL)
    return _end(plan, "open_consultation", by, note=note, first_day=first_day, last_day=last_day)


@transaction.atomic
def close_consultation(plan, *, by, note=""):
    """All objections are answered: the report becomes public. Not before the day after the last one."""
    plan = _begin(plan, "close_consultation", by)
    if timezone.localdate() <= plan.consultation_to:
        raise PlanIncomplete(
            _("The consultation is open until %(day)s.") % {"day": date_format(plan.consultation_to, "DATE_FORMAT")}
        )
    if waiting := plan.objections.unanswered().count():
        raise PlanIncomplete(_("Objections still without an answer: %(count)d.") % {"count": waiting})
    forget_drafts(plan.objections.all())
    plan.considered_at = timezone.now()
    return _end(plan, "close_consultation", by, note=note, objections=plan.objections.count())


@transaction.atomic
def revise(plan, *, by, note):
    """Back to the draft, to mend what the objections showed; it is then laid open again."""
    plan = _begin(plan, "revise", by)
    _refuse_silence(note)
    plan.zones.filter(stage=Stage.PROPOSAL).delete()
    plan.parts.filter(stage=Stage.PROPOSAL).delete()
    transaction.on_commit(lambda: cache.forget("plan_proposals"))
    return _end(plan, "revise", by, note=note)


@transaction.atomic
def approve(plan, *, by, decree_number, decree_date, note=""):
    """The decree on the plan with its zones, streets and facilities as they stand now; from here on they may not
    change."""
    plan = _begin(plan, "approve", by)
    if not decree_number.strip():
        raise BadRequest(_("A plan is approved by a decree."), fields={"decree_number": _("Fill this in.")})
    if decree_date > timezone.localdate():
        raise BadRequest(
            _("The decree's date lies in the future."), fields={"decree_date": _("Choose an earlier day.")}
        )
    check_zones(plan)
    plan.decree_number, plan.decree_date = decree_number.strip(), decree_date
    for layer, approved in DRAWN_IN.items():
        setattr(plan, approved, getattr(plan, layer) and getattr(plan, layer).revision)
    return _end(plan, "approve", by, note=note, decree_number=plan.decree_number, decree_date=decree_date)


@transaction.atomic
def publish(plan, *, by, in_force_from, note=""):
    """Makes the plan law from that day; the one it follows ends on it. Its archives are made in the background.

    Raises PlanChanged when its zones, streets or facilities are not those of the approval.
    """
    plan = _begin(plan, "publish", by)
    if in_force_from < plan.decree_date:
        raise BadRequest(
            _("A plan is not in force before its decree."), fields={"in_force_from": _("Choose a later day.")}
        )
    check_zones(plan)
    for name, approved in DRAWN_IN.items():
        _refuse_changed(getattr(plan, name), getattr(plan, approved))
    for earlier in _followed(plan):
        _supersede(earlier, plan, by, in_force_from)
    plan.in_force_from = in_force_from
    freeze(plan, Stage.LAW)
    make_archives.enqueue(plan.pk)
    return _end(plan, "publish", by, note=note, in_force_from=in_force_from, zones=plan.zones.law().count())


def check_zones(plan):
    """Raises PlanIncomplete with every reason why the present zones cannot be frozen."""
    reasons = []
    if plan.zone_layer is None:
        raise PlanIncomplete(_("The plan has no layer of zones yet."))
    types = list(plan.zone_types.values_list("code", flat=True))
    if not types:
        reasons.append(_("No zone is described yet."))
    if not plan.zone_layer.schema.filter(name=plan.zone_attribute).exists():
        reasons.append(_("The layer of zones has no attribute “%s”.") % plan.zone_attribute)
    features = plan.zone_layer.features.current()
    if not features.exists():
        reasons.append(_("The layer of zones is empty."))
    if unknown := [code or "-" for code in zone_codes(plan) if code not in types]:
        reasons.append(_("The layer has zones that the plan does not describe: %s.") % _(", ").join(unknown[:10]))
    crooked = features.filter(~Q(geom__isvalid=True)).count()
    if crooked:
        reasons.append(_("Zones with an invalid outline: %(count)d.") % {"count": crooked})
    if reasons:
        raise PlanIncomplete(" ".join(reasons))


def zone_codes(plan):
    """The zone codes that the layer has now, sorted; "" where a zone has none."""
    code = Coalesce(KeyTextTransform(plan.zone_attribute, "attributes"), Value(""), output_field=TextField())
    features = plan.zone_layer.features.current().order_by()
    return sorted(features.annotate(code=code).values_list("code", flat=True).distinct())


@transaction.atomic
def freeze(plan, stage):
    """Copies the present features of the zone layer into PlanZone rows of that stage, in place of earlier ones, the
    street lines and public facilities into PlanParts."""
    plan.zones.filter(stage=stage).delete()
    _freeze_parts(plan, stage)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO plans_planzone (plan_id, stage, zone_type_id, geom)
            SELECT t.plan_id, %(stage)s, t.id, ST_Multi(f.geom)
            FROM gis_layers_feature f
            JOIN plans_zonetype t ON t.plan_id = %(plan)s AND t.code = f.attributes->>%(attribute)s
            WHERE f.layer_id = %(layer)s AND f.revision_to IS NULL AND ST_Dimension(f.geom) = 2
            ORDER BY f.feature_no
            """,
            {"plan": plan.pk, "stage": stage, "layer": plan.zone_layer_id, "attribute": plan.zone_attribute},
        )


def _freeze_parts(plan, stage):
    """The present features of the plan's other layers as PlanParts of that stage."""
    plan.parts.filter(stage=stage).delete()
    chosen = {PlanPart.Kind.STREETS: plan.street_layer, PlanPart.Kind.FACILITIES: plan.facility_layer}
    for kind, layer in chosen.items():
        if layer is None:
            continue
        part = PlanPart.objects.create(
            plan=plan,
            stage=stage,
            kind=kind,
            layer=layer.slug,
            revision=layer.revision,
            schema=[asdict(field.attribute) for field in layer.schema.all()],
            description=metadata(layer, MUNI_SRID),
            label_field=layer.label_field,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO plans_planfeature (part_id, number, attributes, geom)
                SELECT %s, feature_no, attributes, geom FROM gis_layers_feature
                WHERE layer_id = %s AND revision_to IS NULL ORDER BY feature_no
                """,
                [part.pk, layer.pk],
            )


def _refuse_changed(layer, approved):
    """Raises PlanChanged where the layer was drawn anew since the revision that was approved; how it looks and who sees
    it may change."""
    if layer and layer.revisions.filter(revision__gt=approved or 0, kind__in=_REDRAWN).exists():
        raise PlanChanged(
            _("The layer “%(layer)s” was changed after the approval; publish it again as it was approved.")
            % {"layer": layer.title}
        )


def _begin(plan, act, by):
    """The plan, locked after the layers that it is drawn in, when the act is possible now and allowed to `by`."""
    drawn_in = Plan.objects.values_list(*DRAWN_IN).get(pk=plan.pk)
    layers = Layer.objects.select_for_update(of=("self",)).select_related("department__place").order_by("pk")
    layers = {layer.pk: layer for layer in layers.filter(pk__in=filter(None, drawn_in))}
    plan = Plan.objects.select_for_update(of=("self",)).select_related("place").get(pk=plan.pk)
    for name in DRAWN_IN:
        if layer := layers.get(getattr(plan, f"{name}_id")):
            setattr(plan, name, layer)
    if not access.can_act(by, plan, act):
        raise Forbidden(_("You may not do this with this plan; laying open and approving are for a second person."))
    step(TRANSITIONS, act, plan.state)
    return plan


def _end(plan, act, by, *, note="", **data):
    plan.state = TRANSITIONS[act].target
    try:
        plan.full_clean(exclude=["place", "department", "supersedes", "zone_layer", "street_layer", "facility_layer"])
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages)) from None
    plan.save()
    record(act=f"plans.{act}", subject=plan, by=by, note=note, **data)
    concerned = User.objects.filter(pk__in={plan.made_by_id, plan.submitted_by_id} - {None})
    if plan.state == State.REVIEW:
        concerned = concerned | User.objects.holding("plans.approve_plan", plan.place)
    notify(
        [user for user in concerned.distinct() if user.pk != by.pk],
        title=lambda: f"{plan.title}: {ACTS[act]}",
        text=note,
        url=reverse("plans:plan", args=[plan.pk]),
    )
    return plan


def _followed(plan):
    """Plans that end when this one begins: the one it names, and the master plan in force where it is one. Master plans
    of a place become law one after the other, so that each finds its predecessor."""
    rule = Q(pk=plan.supersedes_id)
    if plan.kind == Plan.Kind.MASTER:
        Place.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.place_id)
        rule |= Q(place=plan.place, kind=Plan.Kind.MASTER)
    return Plan.objects.select_for_update(of=("self",)).filter(rule, state=State.PUBLISHED).order_by("pk")


def _supersede(earlier, plan, by, day):
    if earlier.in_force_from > day:
        raise BadRequest(
            _("Plan %(number)s is in force from a later day.") % {"number": earlier.number},
            fields={"in_force_from": _("Choose a later day.")},
        )
    earlier.state = step(TRANSITIONS, "supersede", earlier.state).target
    earlier.in_force_to = day
    earlier.save(update_fields=["state", "in_force_to"])
    record(act="plans.supersede", subject=earlier, by=by, successor=plan.pk, in_force_to=day)
    plan.supersedes = plan.supersedes or earlier


def _refuse_silence(note):
    if not note.strip():
        raise BadRequest(_("Say why, so that the planners know what to mend."), fields={"note": _("Fill this in.")})
