from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import Polygon
from django.db import InternalError, transaction
from django.utils import timezone

from gis_layers import services as layers
from gis_layers.plans import drafting, services
from gis_layers.plans.models import Plan, PlanZone, Provision
from gis_layers.plans.services import PlanChanged, PlanIncomplete
from gis_layers.plans.workflow import ACTS, TRANSITIONS, State
from muni.core.errors import BadRequest, Forbidden
from muni.core.srids import MUNI_SRID
from muni.core.workflow import TransitionNotAllowed
from muni.journal.models import Entry
from muni.notices.models import Message, Notice
from tests.factories import DepartmentFactory, LayerFactory, UserFactory, fill, square
from tests.gis_layers.plans.factories import AMARAH, ObjectionFactory, PlanFactory, zones

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
DAY = timedelta(days=1)


@pytest.fixture
def plan(office, drafter):
    return PlanFactory(place=office.place, department=office, made_by=drafter)


def opened(plan, drafter, approver):
    plan = services.submit(plan, by=drafter)
    return services.open_consultation(plan, by=approver, first_day=TODAY(), last_day=TODAY() + 30 * DAY)


def over(plan):
    """The consultation's days have passed."""
    Plan.objects.filter(pk=plan.pk).update(consultation_from=TODAY() - 9 * DAY, consultation_to=TODAY() - DAY)
    return Plan.objects.get(pk=plan.pk)


def approved(plan, drafter, approver):
    plan = services.close_consultation(over(opened(plan, drafter, approver)), by=drafter)
    return services.approve(plan, by=approver, decree_number="٤٤", decree_date=TODAY())


def test_a_plan_goes_from_draft_to_law(plan, drafter, approver):
    plan = approved(plan, drafter, approver)
    plan = services.publish(plan, by=approver, in_force_from=TODAY())
    assert (plan.state, plan.in_force_from, plan.in_force_to) == (State.PUBLISHED, TODAY(), None)
    assert sorted(plan.zones.law().values_list("zone_type__code", flat=True)) == ["C1", "R1"]
    acts = [entry.act for entry in Entry.objects.about(plan)][::-1]
    assert acts == [
        "plans.submit",
        "plans.open_consultation",
        "plans.close_consultation",
        "plans.approve",
        "plans.publish",
    ]
    assert Entry.objects.about(plan)[0].data["in_force_from"] == TODAY().isoformat()


def test_those_concerned_are_told(plan, drafter, approver):
    services.submit(plan, by=drafter)
    assert [notice.user for notice in Notice.objects.all()] == [approver]
    assert Message.objects.get().address == approver.email
    services.return_to_draft(plan, by=approver, note="الحدود ناقصة")
    notice = Notice.objects.get(user=drafter)
    assert (notice.text, notice.url) == ("الحدود ناقصة", f"/plans/{plan.pk}/")


def test_every_act_has_a_name_and_every_state_can_be_left_or_is_the_end():
    assert ACTS.keys() == TRANSITIONS.keys()
    left = {state for move in TRANSITIONS.values() for state in move.sources}
    assert set(State) - left == {State.SUPERSEDED}


ARGUMENTS = {
    "submit": {},
    "return_to_draft": {"note": "x"},
    "open_consultation": {"first_day": date(2100, 1, 1), "last_day": date(2100, 2, 1)},
    "close_consultation": {},
    "revise": {"note": "x"},
    "approve": {"decree_number": "1", "decree_date": date(2020, 1, 1)},
    "publish": {"in_force_from": date(2020, 1, 1)},
}
FROM = {
    "submit": "draft",
    "return_to_draft": "review",
    "open_consultation": "review",
    "close_consultation": "consultation",
    "revise": "considered",
    "approve": "considered",
    "publish": "approved",
}


@pytest.mark.parametrize("act", FROM)
@pytest.mark.parametrize("state", list(State))
def test_acts_are_refused_in_any_other_state(office, act, state):
    if state == FROM[act]:
        return
    superuser = UserFactory(is_superuser=True)
    facts = {"in_force_to": date(2021, 1, 1)} if state == State.SUPERSEDED else {}
    plan = PlanFactory(place=office.place, department=office, state=state, **facts)
    with pytest.raises(TransitionNotAllowed):
        getattr(services, act)(plan, by=superuser, **ARGUMENTS[act])


@pytest.mark.parametrize("act", FROM)
def test_acts_are_refused_to_who_lacks_the_right_there(office, drafter, approver, act):
    plan = PlanFactory(place=office.place, department=office, state=FROM[act])
    elsewhere = DepartmentFactory()
    outsider = UserFactory(permissions=["plans.change_plan", "plans.approve_plan"], permissions__department=elsewhere)
    wrong = approver if TRANSITIONS[act.removesuffix("_to_draft")].permission == "plans.change_plan" else drafter
    for user in (outsider, wrong, UserFactory()):
        with pytest.raises(Forbidden):
            getattr(services, act)(plan, by=user, **ARGUMENTS[act])


def test_who_made_or_submitted_a_plan_does_not_lay_it_open_or_approve_it(office, plan):
    both = UserFactory(permissions=["plans.change_plan", "plans.approve_plan"], permissions__department=office)
    plan = services.submit(plan, by=both)
    with pytest.raises(Forbidden, match="\\w+"):
        services.open_consultation(plan, by=both, first_day=TODAY(), last_day=TODAY())


def test_what_was_laid_open_stays_while_the_draft_goes_on(plan, drafter, approver):
    plan = opened(plan, drafter, approver)
    fill(plan.zone_layer, (square(AMARAH[0] + 0.03, AMARAH[1], 0.01), {"zone": "R1"}))
    assert PlanZone.objects.proposals().count() == 2


def test_a_revised_plan_is_withdrawn_from_the_public_and_laid_open_again(plan, drafter, approver):
    plan = services.close_consultation(over(opened(plan, drafter, approver)), by=drafter)
    plan = services.revise(plan, by=drafter, note="قُبل اعتراض")
    assert not plan.is_public
    assert not plan.zones.exists()
    plan = opened(plan, drafter, approver)
    assert plan.zones.count() == 2


def test_a_consultation_is_not_closed_before_its_end_nor_with_objections_waiting(plan, drafter, approver):
    plan = opened(plan, drafter, approver)
    with pytest.raises(PlanIncomplete):
        services.close_consultation(plan, by=drafter)
    plan = over(plan)
    ObjectionFactory(plan=plan)
    with pytest.raises(PlanIncomplete, match="1"):
        services.close_consultation(plan, by=drafter)


def test_the_last_day_belongs_to_the_consultation(plan, drafter, approver):
    plan = opened(plan, drafter, approver)
    Plan.objects.filter(pk=plan.pk).update(consultation_to=TODAY())
    plan.refresh_from_db()
    assert plan.takes_objections
    with pytest.raises(PlanIncomplete):
        services.close_consultation(plan, by=drafter)


@pytest.mark.parametrize(("first", "last", "field"), [(-1, 5, "first_day"), (3, 2, "last_day")])
def test_days_of_a_consultation_are_in_order_and_not_past(plan, drafter, approver, first, last, field):
    plan = services.submit(plan, by=drafter)
    with pytest.raises(BadRequest) as refusal:
        services.open_consultation(plan, by=approver, first_day=TODAY() + first * DAY, last_day=TODAY() + last * DAY)
    assert field in refusal.value.fields


def test_zones_changed_after_the_approval_are_not_published(plan, drafter, approver):
    plan = approved(plan, drafter, approver)
    fill(plan.zone_layer, (square(AMARAH[0] + 0.03, AMARAH[1], 0.01), {"zone": "R1"}))
    with pytest.raises(PlanChanged):
        services.publish(plan, by=approver, in_force_from=TODAY())
    assert not PlanZone.objects.law().exists()


@pytest.mark.parametrize("kind", ["street_layer", "facility_layer"])
def test_streets_and_facilities_are_held_to_the_approval_too(plan, drafter, approver, kind):
    layer = fill(LayerFactory(department=plan.department, slug="lines"), (square(*AMARAH), {}))
    Plan.objects.filter(pk=plan.pk).update(**{kind: layer})
    plan = approved(plan, drafter, approver)
    layers.publish(layer, by=None, visibility="staff")
    with transaction.atomic():
        services.publish(plan, by=approver, in_force_from=TODAY())
        transaction.set_rollback(True)  # who sees the layer is no matter of the plan
    fill(layer, (square(AMARAH[0] + 0.03, AMARAH[1]), {}))
    with pytest.raises(PlanChanged):
        services.publish(plan, by=approver, in_force_from=TODAY())


def test_streets_are_laid_open_as_they_were_on_that_day(plan, drafter, approver, client):
    layer = fill(LayerFactory(department=plan.department, slug="lines"), (square(*AMARAH), {}))
    Plan.objects.filter(pk=plan.pk).update(street_layer=layer)
    plan = opened(plan, drafter, approver)
    fill(layer, (square(AMARAH[0] + 0.03, AMARAH[1]), {}))
    (part,) = plan.parts.all()
    assert (part.stage, part.features.count()) == ("proposal", 1)
    page = client.get(f"/plans/{plan.pk}/")
    assert [shown["name"] for shown in page.context["map"]["plans"][0]["parts"]] == ["streets"]
    plan = services.close_consultation(over(plan), by=drafter)
    plan = services.revise(plan, by=drafter, note="قُبل اعتراض")
    assert not plan.parts.exists()


def test_the_successor_ends_its_predecessor_on_its_first_day(plan, office, drafter, approver):
    old = PlanFactory(place=office.place, department=office, state="published")
    detailed = PlanFactory(place=office.place, department=office, state="published", kind="detailed")
    plan = services.publish(approved(plan, drafter, approver), by=approver, in_force_from=TODAY() + 3 * DAY)
    old.refresh_from_db()
    detailed.refresh_from_db()
    assert (old.state, old.in_force_to) == (State.SUPERSEDED, TODAY() + 3 * DAY)
    assert plan.supersedes == old
    assert detailed.state == State.PUBLISHED
    assert set(Plan.objects.in_force_on(TODAY()).filter(kind="master")) == {old}
    assert set(Plan.objects.in_force_on(TODAY() + 3 * DAY).filter(kind="master")) == {plan}
    assert Entry.objects.about(old)[0].act == "plans.supersede"


def test_a_plan_cannot_come_into_force_before_the_one_it_follows(plan, office, drafter, approver):
    PlanFactory(place=office.place, department=office, state="published", in_force_from=TODAY() + 9 * DAY)
    plan = approved(plan, drafter, approver)
    with pytest.raises(BadRequest):
        services.publish(plan, by=approver, in_force_from=TODAY())


def test_the_database_keeps_one_master_plan_at_a_time(office):
    PlanFactory(place=office.place, department=office, state="published")
    with pytest.raises(Exception, match="one_master_plan"), transaction.atomic():
        PlanFactory(place=office.place, department=office, state="published", in_force_from=date(2021, 1, 1))
    PlanFactory(place=office.place, department=office, state="published", kind="detailed")


@pytest.mark.parametrize(
    "write",
    [
        lambda plan: plan.zones.update(stage="proposal"),
        lambda plan: plan.zones.all().delete(),
        lambda plan: plan.zone_types.update(colour="#000000"),
        lambda plan: Provision.objects.filter(zone_type__plan=plan).update(value=9),
        lambda plan: Provision.objects.filter(zone_type__plan=plan).delete(),
    ],
)
def test_the_database_refuses_to_change_what_is_law(office, write):
    plan = PlanFactory(place=office.place, department=office, state="published")
    with pytest.raises(InternalError, match="A published plan is law"), transaction.atomic():
        write(plan)


def bowtie():
    lon, lat = AMARAH
    shape = Polygon(((0, 0), (100, 100), (100, 0), (0, 100), (0, 0)), srid=MUNI_SRID)
    return shape


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ([], "."),
        ([(square(*AMARAH), {"zone": "X9"})], "X9"),
        ([(square(*AMARAH), {})], "-"),
        ([(bowtie(), {"zone": "R1"})], "1"),
    ],
)
def test_a_draft_with_faulty_zones_is_not_submitted(office, drafter, features, says):
    layer = LayerFactory(department=office)
    plan = PlanFactory(place=office.place, department=office, zone_layer=fill(layer, *features) if features else layer)
    with pytest.raises(PlanIncomplete) as refusal:
        services.submit(plan, by=drafter)
    assert says in refusal.value.message


def test_a_draft_without_a_layer_is_not_submitted(office, drafter):
    plan = PlanFactory(place=office.place, department=office)
    Plan.objects.filter(pk=plan.pk).update(zone_layer=None)
    with pytest.raises(PlanIncomplete):
        services.submit(plan, by=drafter)


def test_the_draft_layer_shared_with_nobody_can_be_filled_again(office):
    plan = PlanFactory(place=office.place, department=office)
    zones(plan.zone_layer, ["R1"])
    assert plan.zone_layer.features.current().count() == 3


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_plan_ends_no_plan_of_another_place_or_kind(office, drafter, approver, elsewhere):
    """Publishing ends the plan that it names, so naming one is as far as a planner's right reaches."""
    if elsewhere:
        other = PlanFactory(kind="detailed", state="published")
    else:
        other = PlanFactory(kind="master", state="published", place=office.place, department=office)
    facts = {"kind": "detailed", "number": "D/1", "title_ar": "قطاعي", "supersedes": other}
    with pytest.raises(BadRequest) as refusal:
        drafting.create(by=drafter, place=office.place, department=office, **facts)
    assert set(refusal.value.fields) == {"supersedes"}
    plan = PlanFactory(place=office.place, department=office, kind="detailed", made_by=drafter)
    Plan.objects.filter(pk=plan.pk).update(supersedes=other)
    with pytest.raises(BadRequest):
        services.publish(approved(plan, drafter, approver), by=approver, in_force_from=TODAY())
    other.refresh_from_db()
    assert other.state == State.PUBLISHED
