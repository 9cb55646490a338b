"""Plans of one place published at once, and consultations closed while somebody writes or answers, on real
connections."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from gis_layers.plans import consultation, services
from gis_layers.plans.models import Objection, Plan
from gis_layers.plans.workflow import State
from muni.core.errors import BadRequest, DomainError
from muni.journal.models import Entry
from muni.journal.services import faults
from tests.connections import at_once, meanwhile
from tests.factories import DepartmentFactory, UserFactory
from tests.gis_layers.plans.factories import ObjectionFactory, PlanFactory

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)


@pytest.fixture
def clerk():
    return UserFactory(is_superuser=True)


def plan(office, **facts):
    return PlanFactory(place=office.place, department=office, **facts)


def publishing(plan, clerk, day):
    return lambda: services.publish(plan, by=clerk, in_force_from=day)


def assert_each_day_has_one(office):
    """The master plans that ever were in force follow one another day by day, and the last has no end."""
    held = Plan.objects.filter(place=office.place, kind="master", in_force_from__isnull=False)
    held = sorted(held, key=lambda plan: (plan.in_force_from, plan.in_force_to or date.max))
    for earlier, later in zip(held, held[1:], strict=False):
        assert (earlier.state, earlier.in_force_to) == (State.SUPERSEDED, later.in_force_from)
        assert later.supersedes == earlier
        assert Entry.objects.about(earlier)[0].data["successor"] == later.pk
    assert (held[-1].state, held[-1].in_force_to) == (State.PUBLISHED, None)
    day = held[0].in_force_from
    while day <= held[-1].in_force_from:
        assert Plan.objects.in_force_on(day).filter(place=office.place).count() == 1, day
        day += DAY
    assert faults() == []
    return held


@pytest.mark.parametrize("has_earlier", [True, False])
def test_of_two_plans_of_a_place_published_at_once_the_later_follows_the_earlier(office, clerk, has_earlier):
    first, second = (plan(office, state="approved") for _plan in range(2))
    earlier = [plan(office, state="published")] if has_earlier else []
    with meanwhile(publishing(second, clerk, FIRST + 5 * DAY)) as found:
        services.publish(first, by=clerk, in_force_from=FIRST)
    assert found[0].state == State.PUBLISHED
    assert assert_each_day_has_one(office) == [*earlier, first, second]


@pytest.mark.parametrize("has_earlier", [True, False])
def test_a_plan_published_at_once_with_a_later_one_is_told_to_choose_another_day(office, clerk, has_earlier):
    first, second = (plan(office, state="approved") for _plan in range(2))
    earlier = [plan(office, state="published")] if has_earlier else []
    with meanwhile(publishing(second, clerk, FIRST)) as found:
        services.publish(first, by=clerk, in_force_from=FIRST + 5 * DAY)
    assert isinstance(found[0], BadRequest)
    assert "in_force_from" in found[0].fields
    assert assert_each_day_has_one(office) == [*earlier, first]
    second.refresh_from_db()
    assert (second.state, second.zones.law().count()) == (State.APPROVED, 0)


def test_many_plans_published_at_once_leave_each_day_to_one(office, clerk):
    plan(office, state="published")
    plans = [plan(office, state="approved") for _plan in range(4)]
    found = at_once(*(publishing(each, clerk, FIRST + n * DAY) for n, each in enumerate(plans)))
    through = [each for each in found if not isinstance(each, DomainError)]
    assert plans[-1] in through  # whoever came before it, its day is the last
    assert len(assert_each_day_has_one(office)) == 1 + len(through)


def test_one_plan_published_by_many_at_once_is_published_once(office, clerk):
    earlier, approved = plan(office, state="published"), plan(office, state="approved")
    found = at_once(*[publishing(approved, clerk, FIRST)] * 3)
    assert sorted(isinstance(each, DomainError) for each in found) == [False, True, True]
    assert assert_each_day_has_one(office) == [earlier, approved]
    assert approved.zones.law().count() == 2


def test_plans_of_two_places_wait_for_nobody(office, clerk):
    elsewhere = DepartmentFactory(place__parent=office.place.parent, place__level=office.place.level)
    first, second = plan(office, state="approved"), plan(elsewhere, state="approved")
    with transaction.atomic():
        services.publish(first, by=clerk, in_force_from=FIRST)
        (found,) = at_once(publishing(second, clerk, FIRST))
        assert found.state == State.PUBLISHED


def over(plan):
    """The consultation's days have passed."""
    today = timezone.localdate()
    Plan.objects.filter(pk=plan.pk).update(consultation_from=today - 9 * DAY, consultation_to=today - DAY)


def answering(objection, clerk, summary="ملخص"):
    return lambda: consultation.answer(objection, by=clerk, outcome="noted", summary=summary, answer="جواب")


def test_an_answer_that_meets_the_closing_comes_too_late(office, clerk):
    """What was considered is what the report says: nothing is mended in it afterwards."""
    open_plan = plan(office, state="consultation")
    objection = ObjectionFactory(plan=open_plan)
    answering(objection, clerk)()
    over(open_plan)
    with meanwhile(answering(objection, clerk, summary="آخر")) as found:
        services.close_consultation(open_plan, by=clerk)
    assert isinstance(found[0], DomainError)
    objection.refresh_from_db()
    assert objection.summary == "ملخص"


def test_the_closing_waits_for_an_answer_under_way(office, clerk):
    open_plan = plan(office, state="consultation")
    objection = ObjectionFactory(plan=open_plan)
    over(open_plan)
    with meanwhile(lambda: services.close_consultation(open_plan, by=clerk)) as found:
        answering(objection, clerk)()
    assert found[0].state == State.CONSIDERED
    assert Entry.objects.about(open_plan)[0].data["objections"] == 1


def test_a_remark_sent_while_the_consultation_is_closed_is_refused(office, clerk):
    """Neither waits for the other for ever, though one holds the remark and the other the plan."""
    open_plan = plan(office, state="consultation")
    draft = ObjectionFactory(plan=open_plan, state="draft", reference=None, submitted_at=None)
    over(open_plan)
    with meanwhile(lambda: consultation.submit(draft)) as found:
        services.close_consultation(open_plan, by=clerk)
    assert isinstance(found[0], consultation.ConsultationClosed)
    assert not Objection.objects.exists()


def test_a_plan_is_published_while_a_remark_on_its_successor_is_answered(office, clerk):
    earlier, approved = plan(office, state="published"), plan(office, state="approved")
    objection = ObjectionFactory(plan=plan(office, state="consultation", supersedes=earlier))
    found = at_once(answering(objection, clerk), publishing(approved, clerk, FIRST))
    assert [each.state for each in found] == [Objection.State.ANSWERED, State.PUBLISHED]
    assert assert_each_day_has_one(office) == [earlier, approved]
