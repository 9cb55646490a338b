"""City plans of the demo provinces: each town has a master plan in force, the one it superseded and a detailed plan
under consultation with some objections."""

import json
import uuid
from datetime import date, timedelta
from io import StringIO

import shapely
from django.utils import timezone

from gis_layers.demo.load import LICENCE, SOURCE, copy, escaped
from gis_layers.models import Layer, LayerField
from gis_layers.plans.models import Objection, Plan, PlanZone, Provision, ZoneType
from gis_layers.plans.services import freeze
from gis_layers.plans.tasks import make_archives
from gis_layers.plans.workflow import State
from gis_layers.services import flip
from gis_layers.symbology import default_symbology, style_layers
from muni.accounts.models import User
from muni.core.srids import MUNI_SRID
from muni.journal.services import record

CODES = {
    "residential": "R1",
    "mixed": "M1",
    "commercial": "C1",
    "industrial": "I1",
    "public": "S1",
    "green": "G1",
    "agricultural": "A1",
}
"""Zone of a master plan by the land use of the demo town; the detailed plan makes homes denser."""

ZONES = {
    "R1": (
        "سكني منفصل",
        "Detached homes",
        "#f6e3a1",
        [("دور سكنية", "houses"), ("مكاتب مهنية صغيرة", "small offices")],
    ),
    "R2": ("سكني متصل", "Terraced homes", "#f0c46c", [("دور سكنية", "houses"), ("شقق", "flats")]),
    "M1": (
        "مختلط",
        "Mixed use",
        "#e9b08a",
        [("سكن", "homes"), ("محلات في الطابق الأرضي", "shops on the ground floor")],
    ),
    "C1": ("تجاري", "Commercial", "#e2796f", [("محلات", "shops"), ("مكاتب", "offices"), ("فنادق", "hotels")]),
    "I1": ("صناعي", "Industrial", "#b7a3c9", [("ورش", "workshops"), ("مخازن", "warehouses")]),
    "S1": ("خدمات عامة", "Public services", "#8fb4d9", [("مدارس", "schools"), ("مراكز صحية", "health centres")]),
    "G1": ("مناطق خضراء", "Green areas", "#9ccc7a", [("متنزهات", "parks"), ("ملاعب", "playgrounds")]),
    "A1": ("زراعي", "Agricultural", "#cfdc9a", [("بساتين", "orchards")]),
}
RULES = {
    "R1": {"setback_front": 3, "setback_side": 1.5, "setback_rear": 2, "coverage": 60, "far": 1.5, "floors": 2,
           "height": 9, "plot_area_min": 200, "frontage_min": 10, "parking": 1},
    "R2": {"setback_front": 2, "setback_rear": 2, "coverage": 70, "far": 2.4, "floors": 3, "height": 12,
           "plot_area_min": 120, "frontage_min": 7.5, "parking": 1},
    "M1": {"setback_front": 0, "setback_rear": 2, "coverage": 80, "far": 3, "floors": 4, "height": 15,
           "plot_area_min": 100, "frontage_min": 6},
    "C1": {"setback_front": 0, "setback_rear": 3, "coverage": 85, "far": 4, "floors": 6, "height": 24, "parking": 2},
    "I1": {"setback_front": 5, "setback_side": 3, "setback_rear": 3, "coverage": 60, "floors": 2, "height": 12,
           "plot_area_min": 400},
    "S1": {"setback_front": 5, "setback_side": 5, "setback_rear": 5, "coverage": 40, "floors": 4, "height": 18},
    "G1": {"coverage": 5, "floors": 1, "height": 5},
    "A1": {"setback_front": 10, "coverage": 5, "floors": 1, "height": 5, "plot_area_min": 2500},
}  # fmt: skip
TEXTS = {
    "setback_front": ("يُقاس الارتداد من حد الشارع المقرر.", "Measured from the street line of the plan."),
    "coverage": ("لا تُحسب المظلات المكشوفة.", "Open shades are not counted."),
}
SAID = (
    ("objects", "الشارع المقترح يقطع بستان العائلة.", "يعترض على مسار الشارع المقترح عبر بستان.", "accepted",
     "يُعدَّل مسار الشارع إلى حد البستان."),
    ("supports", "نؤيد زيادة الطوابق لأن أبناءنا يحتاجون إلى سكن.", "يؤيد زيادة عدد الطوابق.", "noted",
     "شكرًا، أُخذ بالرأي."),
    ("objects", "لا توجد مواقف سيارات كافية مع ثلاثة طوابق.", "", "", ""),
    ("objects", "نطلب إبقاء الساحة أمام الجامع مفتوحة.", "", "", ""),
)  # fmt: skip


def clear(governorate):
    """Removes the demo plans of a province with their layers."""
    plans = Plan.objects.filter(is_demo=True, place__path__startswith=governorate.path)
    plans.update(supersedes=None)
    plans.delete()
    Layer.objects.filter(
        is_demo=True, department__place__path__startswith=governorate.path, group=Layer.Group.PLANS
    ).delete()


def add(town, chunk, quarters):
    """The plans of a town, made with its first chunk. Returns 0: it adds no parcels."""
    place = quarters[0]
    if not Plan.objects.filter(is_demo=True, place=place).exists():
        _Plans(town, place).make()
    return 0


class _Plans:
    def __init__(self, town, place):
        self.town, self.place = town, place
        self.department = place.parent.parent.departments.get(code="gis")
        people = User.objects.filter(is_demo=True, memberships__department=self.department)
        self.planner = people.filter(memberships__role__code="planner").first()
        self.approver = people.filter(memberships__role__code="approver").first()

    def make(self):
        zones = self.town.zones
        codes = [CODES[zone] for zone in zones["zone"]]
        today = timezone.localdate()
        old = self._plan(
            f"{self.town.code.upper()}-1974",
            "التصميم الأساسي القديم لمدينة {}",
            "Earlier master plan of {}",
            {"R2", *codes} - {"M1"},
            state=State.SUPERSEDED,
            decree_number="٩١٤",
            decree_date=date(1974, 3, 5),
            in_force_from=date(1974, 4, 1),
            in_force_to=date(2019, 6, 1),
        )
        types = {zone.code: zone for zone in old.zone_types.all()}
        PlanZone.objects.bulk_create(
            PlanZone(
                plan=old,
                stage=PlanZone.Stage.LAW,
                zone_type=types["R2" if code == "M1" else code],
                geom=_multi(shape),
            )
            for code, shape in zip(codes, zones.geometry, strict=True)
        )
        master = self._plan(
            f"{self.town.code.upper()}-2019",
            "التصميم الأساسي لمدينة {}",
            "Master plan of {}",
            codes,
            zones=zones.geometry,
            state=State.PUBLISHED,
            supersedes=old,
            decree_number="٢١٧",
            decree_date=date(2019, 5, 2),
            in_force_from=date(2019, 6, 1),
        )
        freeze(master, PlanZone.Stage.LAW)
        record(act="plans.publish", subject=master, by=self.approver, in_force_from=master.in_force_from)
        quarter = zones[zones["neighbourhood"] == zones[zones["zone"] == "residential"]["neighbourhood"].mode()[0]]
        denser = ["R2" if zone == "residential" else CODES[zone] for zone in quarter["zone"]]
        detailed = self._plan(
            f"{self.town.code.upper()}-D1",
            "التصميم القطاعي لحي سكني في {}",
            "Detailed plan of a quarter in {}",
            denser,
            zones=quarter.geometry,
            kind=Plan.Kind.DETAILED,
            state=State.CONSULTATION,
            consultation_from=today - timedelta(days=10),
            consultation_to=today + timedelta(days=20),
            summary_ar="يسمح بثلاثة طوابق وبالشقق في الحي، ويحدد مواقف السيارات والارتدادات.",
            summary_en="Allows three floors and flats in the quarter, and sets parking and setbacks.",
        )
        freeze(detailed, PlanZone.Stage.PROPOSAL)
        record(act="plans.open_consultation", subject=detailed, by=self.approver)
        self._object(detailed, quarter.geometry)
        for plan in (old, master):
            make_archives.enqueue(plan.pk)

    def _plan(self, number, title_ar, title_en, codes, *, zones=None, **facts):
        plan = Plan.objects.create(
            number=number,
            title_ar=title_ar.format(self.town.name_ar),
            title_en=title_en.format(self.town.name_en),
            place=self.place,
            department=self.department,
            made_by=self.planner,
            submitted_by=self.planner,
            is_demo=True,
            **facts,
        )
        for position, code in enumerate(sorted(set(codes), key=list(ZONES).index)):
            name_ar, name_en, colour, uses = ZONES[code]
            zone_type = ZoneType.objects.create(
                plan=plan,
                code=code,
                name_ar=name_ar,
                name_en=name_en,
                colour=colour,
                uses=[{"ar": ar, "en": en} for ar, en in uses],
                position=position,
            )
            for line, (parameter, value) in enumerate(RULES[code].items()):
                text_ar, text_en = TEXTS.get(parameter, ("", ""))
                Provision.objects.create(
                    zone_type=zone_type,
                    parameter=parameter,
                    value=value,
                    clause=f"{position + 3}/{line + 1}",
                    text_ar=text_ar,
                    text_en=text_en,
                    position=line,
                )
        if zones is not None:
            plan.zone_layer = self._layer(plan, codes, zones)
            plan.save(update_fields=["zone_layer"])
        return plan

    def _layer(self, plan, codes, shapes):
        """The planners' layer of the plan's zones, private as any draft."""
        layer = Layer.objects.create(
            slug=f"zones-{self.place.code.lower()}-{plan.pk}",
            title_ar=f"مناطق {plan.title_ar}",
            title_en=f"Zones of {plan.title_en}",
            department=self.department,
            geometry_type=Layer.GeometryType.POLYGON,
            group=Layer.Group.PLANS,
            source=SOURCE,
            licence=LICENCE,
            symbology=default_symbology(Layer.GeometryType.POLYGON),
            style=style_layers(default_symbology(Layer.GeometryType.POLYGON), Layer.GeometryType.POLYGON),
            is_demo=True,
        )
        LayerField.objects.create(
            layer=layer, name="zone", title_ar="رمز المنطقة", title_en="zone code", required=True, searchable=True
        )
        batch, rows = uuid.uuid4(), StringIO()
        for code, shape in zip(codes, _hex(shapes), strict=True):
            rows.write(f"{batch}\t{escaped(json.dumps({'zone': code}))}\t{shape}\n")
        copy("gis_layers_stagedfeature (batch, attributes, geom)", rows)
        return flip(layer, batch, mode="append")

    def _object(self, plan, shapes):
        for number, (stance, text, summary, outcome, answer) in enumerate(SAID):
            shape = shapes.iloc[number % len(shapes)]
            point = shape.representative_point()
            Objection.objects.create(
                plan=plan,
                reference=f"D{plan.pk}-{number + 1}",
                state=Objection.State.ANSWERED if outcome else Objection.State.SUBMITTED,
                stance=stance,
                text=text,
                point=f"SRID={MUNI_SRID};POINT({point.x} {point.y})",
                name="مواطن",
                phone=f"+96477000000{number:02d}",
                submitted_at=timezone.now() - timedelta(days=number + 1),
                outcome=outcome,
                summary=summary,
                answer=answer,
                answered_by=self.planner if outcome else None,
                answered_at=timezone.now() if outcome else None,
            )


def _hex(shapes):
    return shapely.to_wkb(shapely.set_srid(shapes.values, MUNI_SRID), hex=True, include_srid=True)


def _multi(shape):
    parts = getattr(shape, "geoms", [shape])
    return f"SRID={MUNI_SRID};{shapely.MultiPolygon(list(parts)).wkt}"
