"""The acts on a changeset, from opening it to publishing it; what people edit in it is in gestures.py."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_layers.editing import access, dated, publication
from gis_layers.editing.changes import base_of, conflicting, mine_of, stale_changes
from gis_layers.editing.confines import confines_of
from gis_layers.editing.content import Shapes, Unfit, attribute_value, missing
from gis_layers.editing.findings import blocking, said
from gis_layers.editing.gestures import ChangesetClosed, fill, geos, next_versions, write_edits
from gis_layers.editing.merge import FEATURE, GEOMETRY, settle
from gis_layers.editing.models import Changeset, Comment, Edit, Gesture
from gis_layers.editing.published import snapshots
from gis_layers.editing.workflow import TRANSITIONS
from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.tiles.cache import carry_over
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.workflow import step
from muni.journal.services import record
from muni.notices.services import notify


class EditConflict(DomainError):
    """fields: {feature number: [names of the conflicting fields]}."""

    code = "edit_conflict"


class UnfitChangeset(DomainError):
    """Something in it does not fit the layer. fields: {feature number: sentence}."""

    code = "unfit_changeset"


class QualityBreach(DomainError):
    """Findings of blocking quality rules without an exception. fields: {feature number: sentences}."""

    code = "quality_breach"


class NothingToPublish(DomainError):
    code = "nothing_to_publish"


@transaction.atomic
def open_changeset(layer, *, by, title, description="", place=None):
    """A new draft of the layer; returns the Changeset.

    place: of a register without owner, whose rows are edited; by default that of the author's only office, and the
    whole register for superusers. Raises Forbidden, BadRequest.
    """
    place = _home(layer, by, place)
    if not access.can_open(by, layer, place):
        raise Forbidden(_("You may not edit this layer."))
    if not title.strip():
        raise BadRequest(_("The changeset needs a title."), fields={"title": [_("Fill this in.")]})
    changeset = Changeset.objects.create(
        layer=layer,
        place=place,
        title=title.strip(),
        description=description,
        opened_by=by,
        base_revision=layer.revision,
    )
    where = place and place.code
    record(act="editing.open", subject=changeset, by=by, layer=layer.slug, place=where, revision=layer.revision)
    return changeset


@transaction.atomic
def submit(changeset, *, by, note=""):
    """Hands the draft to those who may approve it. Raises EditConflict, UnfitChangeset, NothingToPublish."""
    changeset = _begin(changeset, "submit", by)
    if not any(changeset.edits.counted().values()):
        raise NothingToPublish(_("The changeset changes nothing yet."))
    _refuse_conflicts(conflicting(changeset))
    check(changeset)
    changeset.submitted_at = timezone.now()
    return _finish(
        changeset, "submit", by, note, access.approvers(changeset), gettext_noop("“%(title)s” waits for your approval.")
    )


@transaction.atomic
def return_(changeset, *, by, note=""):
    """Opens it again, to be worked on; the note says why."""
    changeset = _begin(changeset, "return", by)
    changeset.submitted_at = changeset.approved_by = None
    return _finish(
        changeset, "return", by, note, access.editors(changeset), gettext_noop("“%(title)s” was returned to be mended.")
    )


@transaction.atomic
def approve(changeset, *, by, note=""):
    """A second person's yes: never of somebody who worked on it."""
    changeset = _begin(changeset, "approve", by)
    changeset.approved_by = by
    return _finish(changeset, "approve", by, note, access.editors(changeset), gettext_noop("“%(title)s” was approved."))


@transaction.atomic
def abandon(changeset, *, by, note=""):
    changeset = _begin(changeset, "abandon", by)
    return _finish(
        changeset, "abandon", by, note, access.editors(changeset), gettext_noop("“%(title)s” was abandoned.")
    )


@transaction.atomic
def publish(changeset, *, by, note=""):
    """Makes the draft the layer's next revision, whole or not at all; returns the changeset.

    What others published meanwhile is merged field by field. Raises EditConflict while both sides changed one field,
    UnfitChangeset where the result breaks the layer's schema.
    """
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=changeset.layer_id)
    changeset = _begin(changeset, "publish", by)
    stale = stale_changes(changeset)
    _refuse_conflicts([change for change in stale if change.conflicts])
    _rebase([(change, change.merged.state) for change in stale])
    check(changeset)
    counted = changeset.edits.counted()
    changeset.published_revision, touched = publication.apply(changeset, layer, counted, by)
    changeset.published_at = timezone.now()
    _finish(changeset, "publish", by, note, access.editors(changeset), gettext_noop("“%(title)s” is published."))
    revision = changeset.published_revision
    transaction.on_commit(lambda: carry_over(layer.slug, layer.revision, revision, touched))
    return changeset


@transaction.atomic
def resolve(changeset, feature_no, *, choices, by):
    """Settles the conflicts of one feature; its edit then starts from what is published now. Returns the Edit.

    choices: {field: "mine", "theirs" or {"value": …}} for each conflicting field ("geometry" as GeoJSON in degrees;
    "feature" where one side removed it). Raises BadRequest, ChangesetClosed, Forbidden.
    """
    changeset = _locked(changeset)
    if not access.can_act(by, "submit", changeset):
        raise Forbidden(_("You may not change this layer."))
    if not changeset.is_open:
        raise ChangesetClosed(_("This changeset is not open any more, so nothing can be edited in it."))
    change = next((each for each in stale_changes(changeset) if each.edit.feature_no == feature_no), None)
    if change is None:
        raise BadRequest(_("This feature has no conflict."))
    state = settle(change.base, change.mine, change.theirs, _read_choices(changeset.layer, change, choices))
    _rebase([(change, state)], by)
    Gesture.objects.create(changeset=changeset, key=uuid4(), by=by)
    chosen = {name: choice if isinstance(choice, str) else "value" for name, choice in choices.items()}
    record(act="editing.resolve", subject=changeset, by=by, feature=feature_no, choices=chosen)
    return change.edit


@transaction.atomic
def revert(layer, revision, *, by, title="", description=""):
    """A new changeset that takes back what a revision did to the layer's features, to be looked at, approved and
    published as any other; returns it. Raises Forbidden, DomainError where there is nothing to take back."""
    past = layer.revisions.filter(revision=revision).first()
    published = Changeset.objects.filter(layer=layer, pk=past and past.changeset).first()
    place = published and published.place
    if layer.is_registered and not (published and dated.is_dated(layer)) or not access.can_open(by, layer, place):
        raise Forbidden(_("You may not take back a revision of this layer."))
    if past is None or not past.touches_features:
        raise NothingToPublish(_("This revision changed no features."))
    if past.created + past.updated + past.deleted > publication.MOST_REVERTED:
        raise DomainError(
            _("This revision changed more than %(most)d features; import the earlier data instead.")
            % {"most": publication.MOST_REVERTED}
        )
    changeset = Changeset.objects.create(
        layer=layer,
        place=place,
        title=title.strip() or _("Take back revision %(revision)d") % {"revision": revision},
        description=description,
        opened_by=by,
        base_revision=layer.revision,
        reverts_revision=revision,
        reverts_id=past.changeset,
    )
    if layer.is_registered:
        dated.take_back(changeset, published, by)
    else:
        publication.take_back(changeset, revision, by)
    record(act="editing.revert", subject=changeset, by=by, layer=layer.slug, revision=revision)
    return changeset


@transaction.atomic
def comment(changeset, *, by, text, feature_no=None):
    """A remark for everybody who works on the changeset; returns the Comment."""
    if not Changeset.objects.visible_to(by).filter(pk=changeset.pk).exists():
        raise Forbidden(_("You may not comment on this changeset."))
    if not text.strip():
        raise BadRequest(_("The comment is empty."), fields={"text": [_("Fill this in.")]})
    if feature_no is not None and not _knows(changeset, feature_no):
        raise BadRequest(_("There is no such feature."), fields={"id": [_("There is no such feature.")]})
    made = Comment.objects.create(changeset=changeset, by=by, text=text.strip(), feature_no=feature_no)
    concerned = set(access.editors(changeset)) | {each.by for each in changeset.comments.select_related("by")}
    title = changeset.title
    notify(
        concerned - {by},
        title=lambda: _("New comment on “%(title)s”") % {"title": title},
        text=made.text[:300],
        url=changeset.get_absolute_url(),
    )
    return made


ACTS = {"submit": submit, "return": return_, "approve": approve, "publish": publish, "abandon": abandon}


def may(user, changeset):
    """What the user may do with the changeset now, as the editor asks it."""
    acts = [
        act
        for act, move in TRANSITIONS.items()
        if changeset.state in move.sources and access.can_act(user, act, changeset)
    ]
    return [*(["edit"] if access.can_edit(user, changeset) else []), *acts, "comment"]


def check(changeset):
    """Raises UnfitChangeset where features would break the layer's schema, QualityBreach where a blocking rule."""
    attributes = source_of(changeset.layer).attributes
    wrong = {}
    edits = changeset.edits.effective().exclude(op=Edit.Op.DELETE)
    for number, values, base in edits.values_list("feature_no", "attributes", "base_attributes").iterator():
        if sentences := _misfits(attributes, values, base or {}):
            wrong[str(number)] = " ".join(sentences)
    wrong |= _outside(changeset)
    if wrong:
        raise UnfitChangeset(_("Some features do not fit the layer."), fields=wrong)
    breaches = {}
    for finding in blocking(changeset):
        number = finding.feature_no if finding.rule.layer_id == changeset.layer_id else None
        breaches.setdefault(str(number or ""), []).append(said(finding, changeset))
    if breaches:
        raise QualityBreach(
            _("Quality rules stop this changeset. Mend what they found, or make an exception with a reason."),
            fields={number: " ".join(sentences) for number, sentences in breaches.items()},
        )


def _knows(changeset, feature_no):
    """Whether the draft edits the feature or the layer has it."""
    is_edited = changeset.edits.filter(feature_no=feature_no).exists()
    return is_edited or bool(snapshots(changeset.layer, [feature_no]))


def _home(layer, by, place):
    """The place of a new changeset: only registers without owner have one."""
    if layer.department_id is not None:
        return None
    if place is None and not by.is_superuser:
        places = list(access.places_for(by)[:2])
        if len(places) > 1:
            raise BadRequest(
                _("Choose the place whose boundaries you want to edit."), fields={"place": [_("Choose a place.")]}
            )
        return places[0] if places else None
    return place


def _outside(changeset):
    """{feature number: sentence} of edits that leave the changeset's place."""
    confines = confines_of(changeset)
    if confines is None:
        return {}
    found = {}
    for edit in changeset.edits.effective():
        if sentence := confines.refusal(base_of(edit), mine_of(edit)):
            found[str(edit.feature_no)] = sentence
    return found


def _misfits(attributes, values, base):
    """Sentences on what a feature's new values break; what it broke before it was touched is not held against it."""
    found = [_("“%(name)s” is required.") % {"name": each.title} for each in missing(attributes, values)]
    for each in attributes:
        value = values.get(each.name)
        if value is not None and value != base.get(each.name):
            try:
                attribute_value(each, value)
            except Unfit as unfit:
                found.append(str(unfit))
    return found


def _begin(changeset, act, by):
    """The changeset, locked and at a stage where the act may happen."""
    changeset = _locked(changeset)
    if not access.can_act(by, act, changeset):
        raise Forbidden(_refusal(act))
    step(TRANSITIONS, act, changeset.state)
    return changeset


def _finish(changeset, act, by, note, concerned, sentence):
    changeset.state = TRANSITIONS[act].target
    changeset.save()
    if note.strip():
        Comment.objects.create(changeset=changeset, by=by, text=note.strip())
    record(
        act=f"editing.{act}",
        subject=changeset,
        by=by,
        layer=changeset.layer.slug,
        revision=changeset.published_revision,
        note=note,
    )
    title = changeset.title
    notify(
        set(concerned) - {by},
        title=lambda: _(sentence) % {"title": title},
        text=note[:300],
        url=changeset.get_absolute_url(),
    )
    return changeset


def _locked(changeset):
    locked = Changeset.objects.select_for_update(of=("self",))
    return locked.select_related("layer__department__place", "place").get(pk=changeset.pk)


def _refusal(act):
    return {
        "approve": _("Only somebody who may publish the layer and did not work on this changeset can approve it."),
        "publish": _("You may not publish this layer."),
    }.get(act, _("You may not do this with the changeset."))


def _refuse_conflicts(found):
    if found:
        raise EditConflict(
            _("Somebody else published changes to the same features. Settle the conflicts first."),
            fields={str(change.edit.feature_no): list(change.conflicts) for change in found},
        )


def _rebase(settled, by=None):
    """Makes edits start from what is published now and lead to the given states: [(Change, State or None)]."""
    versions = next_versions(len(settled))
    for (change, state), version in zip(settled, versions, strict=True):
        edit, now = change.edit, change.published
        edit.base_version = now and now.token
        edit.base_attributes = now and now.state.attributes
        edit.base_geom = now and geos(now.state.geometry)
        edit.version, edit.by = version, by or edit.by
        fill(edit, state)
    write_edits([change.edit for change, _state in settled])


def _read_choices(layer, change, choices):
    """The choices as merge.settle takes them, every conflict answered."""
    attributes = {each.name: each for each in source_of(layer).attributes}
    read, wrong = {}, {}
    for name in change.conflicts:
        choice = choices.get(name)
        if choice in ("mine", "theirs"):
            read[name] = choice
        elif isinstance(choice, dict) and "value" in choice and name != FEATURE:
            try:
                read[name] = ("value", _read_value(layer, change, attributes, name, choice["value"]))
            except Unfit as unfit:
                wrong[name] = [str(unfit)]
        else:
            wrong[name] = [_("Choose which side to keep.")]
    if wrong:
        raise BadRequest(_("Some conflicts are not settled."), fields=wrong)
    return read


def _read_value(layer, change, attributes, name, value):
    if name == GEOMETRY:
        near = [state.geometry for state in (change.base, change.mine, change.theirs) if state]
        return Shapes(layer).read(value, near)
    if name not in attributes:
        return None
    return attribute_value(attributes[name], value)
