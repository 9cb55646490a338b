"""The register's two papers: the extract of title of a property, and the plan of a parcel."""

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyproj import CRS

from muni.core.srids import MUNI_SRID
from muni.documents.kinds import Kind, register
from property.models import Look, Parcel, PropertyUnit, Right, Source
from property.querysets import SEES_PERSONS
from property.rules import plan
from property.services import looks
from property.services.holding import RegisterRefusal, to_geos, to_shapely

REVOKES = "property.revoke_extract"
_MOST_NEIGHBOURS = 300
_NAMED = 60
"""Characters of a name that the QR carries."""


@register
class Extract(Kind):
    """سند: what the register says of a property unit."""

    id = "property.extract"
    title = gettext_lazy("Extract of title")
    paper = "property/documents/extract.html"
    facts_template = "property/documents/extract_facts.html"
    reads = SEES_PERSONS
    revokes = REVOKES

    def place(self, unit):
        return unit.place

    def facts(self, unit):
        unit = PropertyUnit.objects.select_related("place__parent").get(pk=unit.pk)
        parcels = (
            unit.parcels.current().measured().select_related("block__place").order_by("block_no", "parcel_no", "pk")
        )
        if unit.valid_to is not None or not parcels:
            raise RegisterRefusal(_("This property is no longer in force. Reload the page."))
        rights = Right.objects.in_force().filter(unit=unit).with_shares().order_by("valid_from", "pk")
        acts = {row.opened_by_id for row in (unit, *parcels, *rights)} - {None}
        return {
            "unit": unit.pk,
            "place": unit.place.name,
            "since": unit.valid_from,
            "parcels": [_parcel_facts(parcel) for parcel in parcels],
            "titles": [_right_facts(right) for right in rights if right.kind in Right.TITLES or right.kind == "waqf"],
            "burdens": [
                _right_facts(right) for right in rights if right.kind not in Right.TITLES and right.kind != "waqf"
            ],
            "sources": [
                {
                    "kind": source.get_kind_display(),
                    "number": source.number,
                    "dated": source.dated,
                    "issuer": source.issuer,
                }
                for source in Source.objects.filter(case__in=acts).order_by("dated", "pk")
            ],
        }

    def note_look(self, document, user):
        units = PropertyUnit.objects.filter(pk=document.subject_id).select_related("place")
        looks.note(user, units, Look.Purpose.PAPER)

    def summary(self, facts):
        first, *others = facts["parcels"]
        parts = [f"{first['number']} / {first['block']}" + (f" +{len(others)}" if others else ""), first["area"]]
        holders = [holder for right in facts["titles"] for holder in right["holders"]]
        if holders:
            parts.append(f"{holders[0]['name'][:_NAMED]} {holders[0]['share']}")
        if len(holders) > 1:
            parts.append(f"+{len(holders) - 1}")
        if facts["burdens"]:
            parts.append(_("burdens: %d") % len(facts["burdens"]))
        return "; ".join(parts)


@register
class ParcelPlan(Kind):
    """خريطة: the outline of a parcel at a round scale, its sides and corners, and who its neighbours are by number."""

    id = "property.plan"
    title = gettext_lazy("Parcel plan")
    paper = "property/documents/plan.html"
    facts_template = "property/documents/plan_facts.html"
    styles = "property/plan.css"
    reads = SEES_PERSONS
    revokes = REVOKES

    def place(self, parcel):
        return parcel.unit.place if parcel.unit else parcel.block.place

    def facts(self, parcel):
        parcel = Parcel.objects.measured().select_related("block__place", "unit__place").get(pk=parcel.pk)
        if parcel.status != Parcel.Status.CURRENT:
            raise RegisterRefusal(_("This parcel is no longer in force; its family tree shows what became of it."))
        shape = to_shapely(parcel.geom)
        scale = plan.scale_for(shape.bounds)
        frame = plan.frame_of(shape.bounds, scale)
        west, _south, _east, north = frame.bounds
        rings = plan.rings_of(shape)
        return {
            **_parcel_facts(parcel),
            "place": self.place(parcel).name,
            "scale": scale,
            "crs": f"{CRS.from_epsg(MUNI_SRID).name} (EPSG:{MUNI_SRID})",
            "corner": [round(west, 2), round(north, 2)],
            "at": _rounded(plan.spot_in(shape)),
            "rings": [{"vertices": ring, "lengths": plan.lengths_of(ring)} for ring in rings],
            "neighbours": _neighbours(parcel, shape, frame, scale),
        }

    def summary(self, facts):
        corners = sum(len(ring["vertices"]) for ring in facts["rings"])
        return f"{facts['number']} / {facts['block']}; {facts['area']}; 1:{facts['scale']}; {corners}"

    def context(self, facts):
        numbered, number = [], 0
        for ring in facts["rings"]:
            first = number + 1
            for vertex, length in zip(ring["vertices"], ring["lengths"], strict=True):
                number += 1
                following = first if number == first + len(ring["vertices"]) - 1 else number + 1
                numbered.append((number, f"{vertex[0]:.2f}", f"{vertex[1]:.2f}", following, f"{length:.2f}"))
        return {"drawing": plan.drawing_of(facts), "corners": numbered, "frame": plan.FRAME_MM}


def _parcel_facts(parcel):
    return {
        "number": parcel.parcel_no,
        "block": f"{parcel.block_no} {parcel.block_name}".strip(),
        "lies_in": parcel.block.place.name,
        "land_kind": parcel.get_land_kind_display(),
        "land_use": parcel.get_land_use_display() if parcel.land_use else "",
        "area": f"{parcel.area_m2:.2f}",
        "geodesic_area": f"{parcel.geodesic_m2:.2f}",
        "survey": parcel.get_survey_source_display(),
        "accuracy": f"{parcel.accuracy_m}" if parcel.accuracy_m else "",
        "since": parcel.valid_from,
    }


def _right_facts(right):
    shares = sorted(right.shares.all(), key=lambda share: (-share.fraction, share.party.name, share.pk))
    return {
        "kind": right.get_kind_display(),
        "since": right.valid_from,
        "amount": f"{right.amount:,}" if right.amount else "",
        "reference": right.reference,
        "holders": [{"name": share.party.name, "share": str(share.fraction)} for share in shares],
    }


def _neighbours(parcel, shape, frame, scale):
    """Numbers, middles and outlines of what else lies in the frame, cut at its edge, in metres."""
    rows = Parcel.objects.current().filter(geom__intersects=to_geos(frame)).exclude(pk=parcel.pk)
    found = []
    for number, geom in rows.order_by("parcel_no", "pk").values_list("parcel_no", "geom")[:_MOST_NEIGHBOURS]:
        other = to_shapely(geom)
        lines = shapely.get_parts(shapely.line_merge(other.boundary.intersection(frame)))
        lines = [line for line in lines if line.geom_type == "LineString" and line.length > 0]
        spot = plan.neighbour_spot(other, shape, scale)
        if lines or spot:
            found.append(
                {
                    "number": number,
                    "at": _rounded(spot) if spot else None,
                    "lines": [[_rounded(point) for point in line.coords] for line in lines],
                }
            )
    return found


def _rounded(point):
    return [round(point[0], 2), round(point[1], 2)]
