"""What the layer's quality rules say of a draft: of the features that it changes, and of what they can have broken."""

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _

from gis_layers.editing.drafts import DraftLayer
from gis_layers.editing.models import Edit
from gis_layers.editing.published import wkb
from gis_layers.quality import services as quality
from muni.core.errors import NotFound
from muni.core.srids import MUNI_SRID


def findings(changeset):
    """quality.Finding of the draft, with `waived` set; those of registered layers are their apps' own business."""
    layer = changeset.layer
    if changeset.has_ended or layer.is_registered or not layer.quality_rules.exists():
        return []
    changed = changeset.edits.effective().exclude(op=Edit.Op.DELETE).values_list("feature_no", flat=True)
    return quality.check(DraftLayer(changeset), only=changed, vacated=_vacated(changeset))


def blocking(changeset):
    return quality.blocking(findings(changeset))


def waive(changeset, *, rule, subject, fingerprint, by, reason):
    """An exception for one finding of the draft. Raises NotFound when the draft has it no more."""
    for finding in findings(changeset):
        if (finding.rule_id, finding.subject, finding.fingerprint) == (rule, subject, fingerprint):
            return quality.waive(finding, by=by, reason=reason)
    raise NotFound(_("The draft has changed: this finding is not there any more."))


def _vacated(changeset):
    """Where published features were that the draft removes or moves, as one geometry; None when there are none."""
    bases = [wkb(base) for base in changeset.edits.effective().moved().values_list("base_geom", flat=True)]
    if not bases:
        return None
    whole = shapely.union_all(shapely.from_wkb(bases))
    return GEOSGeometry(memoryview(shapely.to_wkb(whole)), srid=MUNI_SRID)
