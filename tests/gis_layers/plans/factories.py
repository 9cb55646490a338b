"""City plans for tests. The plan of the factory lies in Amarah: a square of homes and, east of it, one of shops."""

from datetime import date, timedelta

import factory
from django.utils import timezone

from gis_layers.models import Layer
from gis_layers.plans.models import Objection, Plan, PlanZone, Provision, ZoneType
from gis_layers.plans.services import freeze
from gis_layers.plans.workflow import ENACTED, PROPOSED, State
from tests.factories import (
    AMARAH,
    DepartmentFactory,
    LayerFactory,
    LayerFieldFactory,
    PlaceFactory,
    fill,
    named,
    square,
)

HOMES = (AMARAH[0] + 0.002, AMARAH[1] + 0.002)
SHOPS = (AMARAH[0] + 0.012, AMARAH[1] + 0.002)
OUTSIDE = (AMARAH[0] - 0.01, AMARAH[1])


def zones(layer, codes=("R1", "C1")):
    """Squares of 0.01 degrees from west to east."""
    return fill(
        layer, *((square(AMARAH[0] + 0.01 * i, AMARAH[1], 0.01), {"zone": code}) for i, code in enumerate(codes))
    )


def revision_of(layer):
    """The one that it is at now, whatever the object remembers."""
    return layer and Layer.objects.values_list("revision", flat=True).get(pk=layer.pk)


class PlanFactory(factory.django.DjangoModelFactory):
    """PlanFactory(state="published", in_force_from=date(2020, 1, 1)): with zones R1 and C1, frozen where they are laid
    open; dates and decree are filled in where the state needs them."""

    class Meta:
        model = Plan
        skip_postgeneration_save = True

    number = named("م/{}")
    title_ar = named("تصميم {}")
    title_en = named("Plan {}")
    place = factory.SubFactory(PlaceFactory, municipality=True)
    department = factory.LazyAttribute(lambda plan: DepartmentFactory(place=plan.place))
    zone_layer = factory.LazyAttribute(lambda plan: zones(LayerFactory(department=plan.department)))
    state = State.DRAFT
    decree_number = factory.LazyAttribute(lambda plan: "٧" if plan.state in (*ENACTED, State.APPROVED) else "")
    decree_date = factory.LazyAttribute(lambda plan: date(2019, 12, 1) if plan.decree_number else None)
    in_force_from = factory.LazyAttribute(lambda plan: date(2020, 1, 1) if plan.state in ENACTED else None)
    consultation_from = factory.LazyAttribute(
        lambda plan: timezone.localdate() - timedelta(days=5) if plan.state in PROPOSED else None
    )
    consultation_to = factory.LazyAttribute(
        lambda plan: (
            timezone.localdate() + timedelta(days=20 if plan.state == State.CONSULTATION else -1)
            if plan.consultation_from
            else None
        )
    )
    approved_revision = factory.LazyAttribute(
        lambda plan: plan.zone_layer.revision if plan.state == State.APPROVED else None
    )
    approved_street_revision = factory.LazyAttribute(lambda plan: revision_of(plan.street_layer))
    approved_facility_revision = factory.LazyAttribute(lambda plan: revision_of(plan.facility_layer))
    street_layer = None
    facility_layer = None

    @factory.post_generation
    def zone_types(self, create, given, **kwargs):
        LayerFieldFactory(layer=self.zone_layer, name="zone", required=True)
        homes = ZoneType.objects.create(
            plan=self, code="R1", name_ar="سكني", name_en="Homes", uses=[{"ar": "دور سكنية", "en": "houses"}]
        )
        ZoneType.objects.create(plan=self, code="C1", name_ar="تجاري", name_en="Shops", colour="#ff0000", position=1)
        for position, (parameter, value) in enumerate([("setback_front", "3"), ("coverage", "60"), ("floors", "2.5")]):
            Provision.objects.create(
                zone_type=homes, parameter=parameter, value=value, clause=f"٤/{position + 1}", position=position
            )
        if self.state in ENACTED:
            freeze(self, PlanZone.Stage.LAW)
        if self.state in PROPOSED:
            freeze(self, PlanZone.Stage.PROPOSAL)


class ObjectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Objection

    plan = factory.SubFactory(PlanFactory, state=State.CONSULTATION)
    reference = factory.Sequence("REF-{}".format)
    state = Objection.State.SUBMITTED
    stance = Objection.Stance.OBJECTS
    text = "الشارع يمر في بستاني"
    point = factory.LazyFunction(lambda: square(*HOMES).centroid)
    name = "حسن كاظم"
    phone = "+9647701234567"
    submitted_at = factory.LazyFunction(timezone.now)
