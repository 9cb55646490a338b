"""Who may do what with a city plan. Seeing is `Plan.objects.visible_to(user)`; these are the acts."""

from gis_layers.plans.querysets import INSIDERS, READERS
from gis_layers.plans.workflow import TRANSITIONS, State
from muni.places.models import Department, Place
from muni.places.querysets import below


def can_draft(user, plan):
    """Whoever holds change_plan in the plan's place, and only while it is a draft."""
    return plan.state == State.DRAFT and user.has_perm("plans.change_plan", plan.place)


def can_act(user, plan, act):
    """Whoever holds the act's right in the plan's place. Laying open and approving are for a second person: neither
    who made the plan nor who submitted it."""
    if act in {"open_consultation", "approve"} and user.pk in {plan.made_by_id, plan.submitted_by_id}:
        return False
    return user.has_perm(TRANSITIONS[act].permission, plan.place)


def can_answer(user, plan):
    """Whoever holds answer_objection in the plan's place, until the objections are considered."""
    return plan.state == State.CONSULTATION and user.has_perm("plans.answer_objection", plan.place)


def can_read_objections(user, plan):
    """What citizens wrote: those who answer it, and those who approve the plan upon it."""
    return any(user.has_perm(right, plan.place) for right in READERS)


def can_see_people(user, plan):
    """Who wrote, with their telephones and files: those who answer them alone."""
    return user.has_perm("plans.answer_objection", plan.place)


def can_export_objections(user, plan):
    """Those who answer them, and who draft or approve plans in the place; these without words and people."""
    return can_see_people(user, plan) or any(user.has_perm(right, plan.place) for right in INSIDERS)


def acts_open_to(user, plan):
    """Names of the acts that this user may do now, the forward ones first."""
    return [
        act
        for act, move in TRANSITIONS.items()
        if plan.state in move.sources and act != "supersede" and can_act(user, plan, act)
    ]


def departments_for_new_plans(user):
    """Departments that may own a plan which this user makes."""
    return (
        Department.objects.filter(below(user.granted_paths("plans.add_plan"), "place__path"))
        .select_related("place")
        .order_by("place__path", "name_ar", "pk")
    )


def places_for_new_plans(user):
    """Municipalities in which this user may make plans."""
    return Place.objects.filter(below(user.granted_paths("plans.add_plan")), level=Place.Level.MUNICIPALITY).order_by(
        "path"
    )
