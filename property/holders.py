"""What the person of an account holds, and may know of it. The account is joined to cards by an Identification, never
by a name; whoever asks for another's row finds nothing."""

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import TruncDate

from muni.accounts.models import User
from property.models import (
    Case,
    CitizenRequest,
    GroupMember,
    Identification,
    Look,
    Party,
    PropertyUnit,
    Right,
    Share,
)


def cards_of(user):
    """Cards confirmed to be the account's, and groups to which such a card belongs."""
    own = Identification.objects.standing().filter(user=user.pk).values("party")
    groups = GroupMember.objects.filter(member__in=own).values("group")
    return Party.objects.filter(Q(pk__in=own) | Q(pk__in=groups))


def rights_of(user):
    """Rights, in force or ended, of which they hold a share."""
    return Right.objects.filter(pk__in=Share.objects.filter(party__in=cards_of(user)).values("right"))


def units_of(user):
    """Units over which they hold a right in force."""
    return PropertyUnit.objects.filter(pk__in=rights_of(user).in_force().values("unit"))


def cases_of(user):
    """Cases on what they held at the time: what it is, where it stands and since when is theirs to know, no more."""
    held = rights_of(user).filter(unit__holds__case=OuterRef("pk"))
    not_sold_before = Q(valid_to=None) | Q(valid_to__gt=OuterRef("opened_on"))
    meanwhile = held.filter(not_sold_before, valid_from__lt=OuterRef("ended_on"))
    under_way = held.filter(valid_to=None)
    changed = rights_of(user).filter(Q(opened_by=OuterRef("pk")) | Q(closed_by=OuterRef("pk")))
    cases = Case.objects.alias(opened_on=TruncDate("opened_at"), ended_on=TruncDate("ended_at"))
    return cases.filter(Exists(changed) | Exists(meanwhile) | Q(Exists(under_way), ended_at=None))


def requests_of(user):
    return CitizenRequest.objects.filter(sent_by=user.pk)


def looks_at(unit, user):
    """Looks of officials at the unit, and at those that it came from, while the person of the account held a right over
    them."""
    units, newer = set(), {unit.pk}
    while newer:
        units |= newer
        before = Right.objects.filter(unit__in=newer, previous__isnull=False).values_list("previous__unit", flat=True)
        newer = set(before) - units
    held = rights_of(user).filter(unit=OuterRef("unit"), valid_from__lte=OuterRef("day"))
    held = held.filter(Q(valid_to=None) | Q(valid_to__gte=OuterRef("day")))
    return Look.objects.alias(day=TruncDate("at")).filter(Exists(held), unit__in=units)


def accounts_concerned(case):
    """Accounts of those who hold a share of what the case touches, and of those whose share it opened or closed."""
    touched = Q(unit__holds__case=case, valid_to=None) | Q(opened_by=case) | Q(closed_by=case)
    parties = Share.objects.filter(right__in=Right.objects.filter(touched)).values("party")
    members = GroupMember.objects.filter(group__in=parties).values("member")
    joined = Identification.objects.standing().filter(Q(party__in=parties) | Q(party__in=members))
    return User.objects.filter(pk__in=joined.values("user"))
