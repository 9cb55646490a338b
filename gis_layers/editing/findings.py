"""What quality rules say of a draft: of the features that it changes, of what they can have broken, and of features of
other layers whose rules lean on this one ("each building lies on one parcel")."""

from itertools import groupby
from operator import attrgetter

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _

from gis_layers.editing.drafts import DraftLayer, sources_of
from gis_layers.editing.models import Edit
from gis_layers.editing.published import wkb
from gis_layers.models import Layer
from gis_layers.quality import services as quality
from gis_layers.quality.checks.table import EVERYTHING
from gis_layers.quality.models import Rule
from gis_layers.registry import source_of
from muni.core.errors import NotFound
from muni.core.srids import MUNI_SRID


def findings(changeset):
    """quality.Finding of the draft, with `waived` set: those of its own layer, then those that it makes in others. The
    own rules of registered layers are their apps' business."""
    if changeset.has_ended:
        return []
    return [*_own(changeset), *_of_others(changeset)]


def blocking(changeset):
    return quality.blocking(findings(changeset))


def seen_by(user, found):
    """The findings as the user may read them: of a layer that they may not see, neither number nor place."""
    seen = set(
        Layer.objects.visible_to(user).filter(pk__in={f.rule.layer_id for f in found}).values_list("pk", flat=True)
    )
    for finding in found:
        if finding.rule.layer_id not in seen:
            finding.feature_no = finding.geom = None
            finding.subject = ""
    return found


def said(finding, changeset):
    """The finding's sentence; one of another layer names it."""
    layer = finding.rule.layer
    if layer.pk == changeset.layer_id:
        return finding.sentence
    return _("Layer “%(layer)s”: %(sentence)s") % {"layer": layer.title, "sentence": finding.sentence}


def waive(changeset, *, rule, subject, fingerprint, by, reason):
    """An exception for one finding of the draft. Raises NotFound when the draft has it no more."""
    for finding in findings(changeset):
        if (finding.rule_id, finding.subject, finding.fingerprint) == (rule, subject, fingerprint):
            return quality.waive(finding, by=by, reason=reason)
    raise NotFound(_("The draft has changed: this finding is not there any more."))


def _own(changeset):
    layer = changeset.layer
    if layer.is_registered or not layer.quality_rules.exists():
        return []
    changed = changeset.edits.effective().exclude(op=Edit.Op.DELETE).values_list("feature_no", flat=True)
    return quality.check(DraftLayer(changeset), only=changed, vacated=_vacated(changeset))


def _of_others(changeset):
    """What features of other layers would break; what they break already, as things are published, is no fault of the
    draft."""
    rules = Rule.objects.leaning_on(changeset.layer).select_related("layer").order_by("layer_id", "pk")
    region = _region(changeset) if rules else None
    if region is None:
        return []
    found = []
    for layer, grouped in groupby(rules, attrgetter("layer")):
        of_layer, source = list(grouped), source_of(layer)
        near = source.rows(EVERYTHING).filter(**{f"{source.geometry}__intersects": region})
        only = list(near.order_by().values_list(source.id_field, flat=True))
        before = {_breach(f) for f in quality.check(source, of_layer, only=only)}
        after = quality.check(source, of_layer, only=only, instead={changeset.layer.slug: sources_of(changeset)})
        found += [finding for finding in after if _breach(finding) not in before]
    return found


def _breach(finding):
    """What a finding says: of which feature, and how badly."""
    return finding.rule_id, finding.subject, finding.fingerprint, finding.value, str(finding.details)


def _region(changeset):
    """Where the draft adds, moves or removes features, as one geometry; None where it does not."""
    edits = changeset.edits.effective()
    shapes = (
        edits.moved()
        .values_list("base_geom", "geom")
        .union(edits.filter(op=Edit.Op.CREATE).values_list("base_geom", "geom"), all=True)
    )
    boxes = [shapely.box(*shape.extent) for pair in shapes for shape in pair if shape is not None]
    return _geometry(shapely.buffer(shapely.union_all(boxes), _MARGIN_M)) if boxes else None


_MARGIN_M = 1.0
"""Metres around a change within which features of other layers are looked at; tolerances are smaller."""


def _vacated(changeset):
    """Where published features were that the draft removes or moves, as one geometry; None when there are none."""
    bases = [wkb(base) for base in changeset.edits.effective().moved().values_list("base_geom", flat=True)]
    return _geometry(shapely.union_all(shapely.from_wkb(bases))) if bases else None


def _geometry(shape):
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=MUNI_SRID)
