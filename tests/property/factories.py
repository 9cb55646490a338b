"""A small register in Amarah: parcels are squares of about 95 by 111 metres, side by side."""

from datetime import date
from fractions import Fraction

import factory
import shapely
from django.db import transaction

from property.models import Party, PropertyUnit, Right, Share
from property.services import cases
from tests.factories import BlockFactory, DepartmentFactory, ParcelFactory, PlaceFactory, UserFactory, named

PREPARES = [
    "property.prepare_case",
    "property.issue_extract",
    "property.view_case",
    "property.view_parcel",
    "property.view_party",
]
SIGNS = [
    "property.sign_case",
    "property.revoke_extract",
    "property.view_case",
    "property.view_parcel",
    "property.view_party",
]
SINCE = date(2020, 1, 1)


class PartyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Party

    place = factory.SubFactory(PlaceFactory, municipality=True)
    name = named("مالك {}")


class UnitFactory(factory.django.DjangoModelFactory):
    """UnitFactory(owners={party: Fraction(1, 2), other: Fraction(1, 2)}): with one parcel, owned by one person unless
    told otherwise; owners={} gives none."""

    class Meta:
        model = PropertyUnit
        skip_postgeneration_save = True

    place = factory.SubFactory(PlaceFactory, municipality=True)
    valid_from = SINCE

    @factory.post_generation
    def parcel(self, create, given, **facts):
        if given is not None:
            type(given).objects.filter(pk=given.pk).update(unit=self)
            return
        block = facts.pop("block", None) or BlockFactory(place=self.place)
        ParcelFactory(unit=self, block=block, **facts)

    @factory.post_generation
    def owners(self, create, given, *, kind=Right.Kind.OWNERSHIP, **kwargs):
        if given is None:
            given = {PartyFactory(place=self.place): Fraction(1)}
        if given:
            right_over(self, kind, given)


@transaction.atomic
def right_over(unit, kind, shares, **facts):
    """shares: {party: Fraction}."""
    right = Right.objects.create(unit=unit, kind=kind, valid_from=facts.pop("valid_from", SINCE), **facts)
    for party, part in shares.items():
        Share.objects.create(right=right, party=party, numerator=part.numerator, denominator=part.denominator)
    return right


def title_of(unit):
    return unit.rights.in_force().get(kind__in=Right.TITLES)


def holders(right):
    """{party id: Fraction}"""
    return {share.party_id: share.fraction for share in right.shares.all()}


class Office:
    """A register's place with a registrar who prepares and an approver who signs."""

    def __init__(self):
        self.place = PlaceFactory(municipality=True)
        self.block = BlockFactory(place=self.place)
        self.department = department = DepartmentFactory(place=self.place)
        self.registrar = UserFactory(permissions=PREPARES, permissions__department=department)
        self.approver = UserFactory(permissions=SIGNS, permissions__department=department)

    def unit(self, **facts):
        return UnitFactory(place=self.place, parcel__block=self.block, **facts)

    def party(self, **facts):
        return PartyFactory(place=self.place, **facts)

    def signed(self, case):
        """Submits and signs."""
        return cases.sign(cases.submit(case, by=self.registrar), by=self.approver)


def shape_of(parcel):
    return shapely.from_wkb(bytes(parcel.geom.wkb))


ORIGIN = (703_000, 3_525_000)


def box(x, y, width, height):
    """Metres, from a corner in Amarah."""
    return shapely.box(ORIGIN[0] + x, ORIGIN[1] + y, ORIGIN[0] + x + width, ORIGIN[1] + y + height)
