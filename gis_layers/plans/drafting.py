"""Making a plan: its facts, its zones with their by-laws, its layer and documents. Only while it is a draft."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gis_layers import services as layers
from gis_layers.models import Layer
from gis_layers.plans import access
from gis_layers.plans.models import Plan, ZoneType
from gis_layers.plans.services import zone_codes
from gis_layers.symbology.palettes import CATEGORIES
from muni.core.errors import BadRequest, Forbidden
from muni.documents import services as documents
from muni.journal.services import record

COLOURS = CATEGORIES["light"][1]
CODE_LENGTH = ZoneType._meta.get_field("code").max_length
FACTS = (
    "kind",
    "number",
    "title_ar",
    "title_en",
    "summary_ar",
    "summary_en",
    "supersedes",
    "zone_layer",
    "zone_attribute",
    "street_layer",
    "facility_layer",
)


@transaction.atomic
def create(*, by, place, department, sheets=(), **facts):
    """A draft without zones. sheets: RasterSheets. facts: of FACTS. Raises Forbidden, BadRequest."""
    if not by.has_perm("plans.add_plan", place):
        raise Forbidden(_("You may not make plans for this place."))
    plan = Plan(place=place, department=department, made_by=by, **facts)
    _save_checked(plan)
    plan.sheets.set(sheets)
    record(act="plans.create", subject=plan, by=by)
    return plan


@transaction.atomic
def change(plan, *, by, sheets=None, **facts):
    """Changes the plan's FACTS, and its raster sheets where they are given."""
    plan = _locked(plan, by)
    for name, value in facts.items():
        setattr(plan, name, value)
    _save_checked(plan)
    if sheets is not None:
        plan.sheets.set(sheets)
    record(act="plans.change", subject=plan, by=by, changed=sorted(facts))
    return plan


@transaction.atomic
def save_zone_type(plan, *, by, provisions, zone_type=None, **facts):
    """Makes or changes a zone type with its provisions in their order; returns it.

    provisions: [{"parameter", "value", "clause", "text_ar", "text_en"}]. facts: code, name_ar, name_en, colour, uses.
    """
    plan = _locked(plan, by)
    found = plan.zone_types.select_for_update(of=("self",)).get(pk=zone_type.pk) if zone_type else ZoneType(plan=plan)
    for name, value in facts.items():
        setattr(found, name, value)
    if zone_type is None:
        found.position = plan.zone_types.count()
    _save_checked(found)
    parameters = [given["parameter"] for given in provisions]
    if len(set(parameters)) < len(parameters):
        raise BadRequest(_("A parameter is set twice."))
    found.provisions.all().delete()
    for position, given in enumerate(provisions):
        found.provisions.create(position=position, **given)
    record(act="plans.set_zone", subject=plan, by=by, code=found.code, provisions=len(provisions))
    return found


@transaction.atomic
def take_zone_types(plan, *, by):
    """Makes a zone type for each code of the layer that has none yet, to be described afterwards; returns how many."""
    plan = _locked(plan, by)
    if plan.zone_layer is None:
        raise BadRequest(_("The plan has no layer of zones yet."))
    known = set(plan.zone_types.values_list("code", flat=True))
    new = [code for code in zone_codes(plan) if code and code not in known]
    if too_long := [code for code in new if len(code) > CODE_LENGTH]:
        raise BadRequest(_("“%s” is too long for a zone's code.") % too_long[0][:60])
    for position, code in enumerate(new, len(known)):
        colour = COLOURS[position % len(COLOURS)]
        ZoneType.objects.create(plan=plan, code=code, name_ar=code, colour=colour, position=position)
    record(act="plans.take_zones", subject=plan, by=by, codes=new)
    return len(new)


@transaction.atomic
def remove_zone_type(zone_type, *, by):
    plan = _locked(zone_type.plan, by)
    zone_type.delete()
    record(act="plans.remove_zone", subject=plan, by=by, code=zone_type.code)


@transaction.atomic
def make_zone_layer(plan, *, by):
    """An empty private layer for the plan's zones, with the attribute “zone”; returns it."""
    plan = _locked(plan, by)
    if plan.zone_layer_id:
        raise BadRequest(_("The plan has a layer of zones already."))
    stem = re.sub(r"[^a-z0-9]+", "-", plan.place.code.lower()).strip("-")
    zone = {"name": "zone", "title_ar": "رمز المنطقة", "title_en": "zone code", "required": True, "searchable": True}
    plan.zone_layer = layers.create_layer(
        by=by,
        slug=f"zones-{stem}-{plan.pk}"[:60],
        title_ar=f"مناطق {plan.title_ar}"[:200],
        title_en=f"Zones of {plan.title_en}"[:200] if plan.title_en else "",
        geometry_type=Layer.GeometryType.POLYGON,
        department=plan.department,
        attributes=[zone],
        group=Layer.Group.PLANS,
    )
    plan.save(update_fields=["zone_layer"])
    record(act="plans.make_layer", subject=plan, by=by, layer=plan.zone_layer.slug)
    return plan.zone_layer


@transaction.atomic
def add_document(plan, file, *, by, title):
    """A document of the plan, read by whoever sees the plan. Raises FileNotTaken."""
    plan = _locked(plan, by)
    attachment = documents.attach(plan, file, by=by, title=title)
    record(act="plans.add_document", subject=plan, by=by, title=title, sha256=attachment.sha256)
    return attachment


@transaction.atomic
def remove_document(plan, attachment, *, by):
    plan = _locked(plan, by)
    record(act="plans.remove_document", subject=plan, by=by, title=str(attachment), sha256=attachment.sha256)
    documents.remove(attachment)


def _locked(plan, by):
    plan = Plan.objects.select_for_update(of=("self",)).select_related("place", "department__place").get(pk=plan.pk)
    if not access.can_draft(by, plan):
        raise Forbidden(_("Only a draft can be changed, by those who draft plans in its place."))
    return plan


def _save_checked(row):
    try:
        row.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(map(str, sentences)) for name, sentences in error.message_dict.items()}
        raise BadRequest(" ".join(fields.values()), fields=fields) from None
    row.save()
