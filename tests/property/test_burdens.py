"""What is entered upon a property beside its titles: for the whole or for one person's share, and taken off again."""

import json
from fractions import Fraction

import pytest
from django.contrib.gis.geos import LineString
from django.db import IntegrityError, transaction
from django.urls import reverse

from muni.core.errors import BadRequest
from muni.core.srids import LONLAT, MUNI_SRID
from property.models import Case, GroupMember, Right
from property.rules.shares import SharesRefused
from property.services import cases, encumbrances, parcels, transfer
from property.services.holding import RegisterRefusal, to_geos
from tests.property.factories import Office, box, holders, right_over, title_of
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db
ONE, HALF = Fraction(1), Fraction(1, 2)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def heirs(office):
    return [office.party(name=name) for name in ("جاسم", "زينب")]


@pytest.fixture
def unit(office, heirs):
    return office.unit(owners=dict.fromkeys(heirs, HALF), parcel__geom=to_geos(box(0, 0, 40, 20)))


def in_force(unit, kind):
    return Right.objects.in_force().get(unit=unit, kind=kind)


def opened(kind, office, unit):
    holder = office.party()
    if kind == "easement":
        return encumbrances.open_easement(unit, to_geos(box(0, 0, 40, 3)), holder=holder, by=office.registrar)
    if kind == "usufruct":
        return encumbrances.open_usufruct(unit, holder=holder, by=office.registrar)
    if kind == "waqf":
        return encumbrances.open_waqf(unit, holder=holder, reference="حجة ٧", by=office.registrar)
    return encumbrances.open_claim(unit, holder=holder, evidence="statement", reference="محضر ٣", by=office.registrar)


@pytest.mark.parametrize("kind", ["easement", "usufruct", "waqf", "claim"])
def test_it_is_simulated_signed_by_two_and_ended(office, unit, kind):
    case = opened(kind, office, unit)
    assert [right.kind for right in cases.simulate(case).opened_rights] == [kind]
    assert not Right.objects.filter(kind=kind).exists()
    office.signed(case)
    right = in_force(unit, kind)
    assert sum(holders(right).values()) == 1
    end = encumbrances.open_end(right, by=office.registrar)
    assert end.kind == "end"
    office.signed(end)
    right.refresh_from_db()
    assert (right.closed_by, right.valid_to is None) == (end, False)
    with pytest.raises(RegisterRefusal, match="in force"):
        encumbrances.open_end(right, by=office.registrar)


def test_a_title_is_not_ended_like_a_burden(office, unit):
    with pytest.raises(RegisterRefusal, match="title"):
        encumbrances.open_end(title_of(unit), by=office.registrar)


def test_an_easement_lies_on_its_parcel(office, unit):
    for area in (box(0, 0, 41, 3), box(100, 100, 5, 5)):
        with pytest.raises(RegisterRefusal, match="beyond"):
            encumbrances.open_easement(unit, to_geos(area), holder=office.party(), by=office.registrar)
    line = LineString((0, 0), (1, 1), srid=MUNI_SRID)
    with pytest.raises(RegisterRefusal, match="not one"):
        encumbrances.open_easement(unit, line, holder=office.party(), by=office.registrar)


def test_an_easement_stays_with_the_part_that_it_touches(office, unit):
    east = to_geos(box(30, 0, 10, 3))
    office.signed(encumbrances.open_easement(unit, east, holder=office.party(), by=office.registrar))
    office.signed(parcels.open_split(unit, halves(unit), by=office.registrar))
    kept = Right.objects.in_force().get(kind="easement")
    assert kept.geom.equals(east)
    assert kept.unit.parcels.get().geom.intersects(east)


def test_a_claim_keeps_what_it_stands_on(office, unit):
    case = opened("claim", office, unit)
    assert (case.sources.get().kind, case.sources.get().number) == ("statement", "محضر ٣")
    for facts in ({"evidence": "rumour", "reference": "x"}, {"evidence": "deed", "reference": " "}):
        with pytest.raises(BadRequest, match="evidence"):
            encumbrances.open_claim(office.unit(), holder=office.party(), by=office.registrar, **facts)


class TestOneShare:
    def test_a_seizure_of_one_share_leaves_the_other_free(self, office, unit, heirs):
        debtor, other = heirs
        office.signed(
            encumbrances.open_seizure(
                unit, authority=office.party(), reference="7", on_share_of=debtor, by=office.registrar
            )
        )
        assert in_force(unit, "seizure").on_share_of == debtor
        buyer = office.party()
        for moves in ([(debtor, buyer, HALF)], [(other, debtor, HALF)]):
            with pytest.raises(RegisterRefusal, match="seizure"):
                transfer.open_transfer(title_of(unit), moves, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="seizure"):
            encumbrances.open_mortgage(unit, creditor=buyer, amount=5, on_share_of=debtor, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="seizure"):
            encumbrances.open_mortgage(unit, creditor=buyer, amount=5, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="seizure"):
            parcels.open_split(unit, halves(unit), by=office.registrar)
        office.signed(
            encumbrances.open_mortgage(unit, creditor=buyer, amount=5, on_share_of=other, by=office.registrar)
        )
        assert in_force(unit, "mortgage").on_share_of == other

    def test_what_is_not_burdened_passes_on(self, office, unit, heirs):
        debtor, other = heirs
        right_over(unit, "seizure", {office.party(): ONE}, on_share_of=debtor)
        buyer = office.party()
        office.signed(transfer.open_transfer(title_of(unit), [(other, buyer, HALF)], by=office.registrar))
        assert holders(title_of(unit)) == {debtor.pk: HALF, buyer.pk: HALF}

    def test_a_mortgaged_share_does_not_pass_until_it_is_released(self, office, unit, heirs):
        debtor, _other = heirs
        mortgage = right_over(unit, "mortgage", {office.party(): ONE}, amount=5, on_share_of=debtor)
        moves = [(debtor, office.party(), HALF)]
        with pytest.raises(RegisterRefusal, match="mortgage"):
            transfer.open_transfer(title_of(unit), moves, by=office.registrar)
        office.signed(encumbrances.open_end(mortgage, by=office.registrar))
        office.signed(transfer.open_transfer(title_of(unit), moves, by=office.registrar))

    def test_only_of_who_holds_a_share_and_only_mortgages_and_seizures(self, office, unit):
        with pytest.raises(SharesRefused):
            encumbrances.open_seizure(
                unit, authority=office.party(), reference="7", on_share_of=office.party(), by=office.registrar
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            right_over(unit, "usufruct", {office.party(): ONE}, on_share_of=office.party())

    def test_it_follows_the_share_through_a_split(self, office, unit, heirs):
        right_over(unit, "mortgage", {office.party(): ONE}, amount=5, on_share_of=heirs[0])
        office.signed(parcels.open_split(unit, halves(unit), by=office.registrar))
        carried = Right.objects.in_force().filter(kind="mortgage")
        assert [right.on_share_of for right in carried] == [heirs[0]] * 2

    def test_properties_burdened_otherwise_do_not_merge(self, office, heirs):
        units = [
            office.unit(owners=dict.fromkeys(heirs, HALF), parcel__geom=to_geos(box(20 * i, 0, 20, 20)))
            for i in range(2)
        ]
        bank = office.party()
        for unit, heir in zip(units, heirs, strict=True):
            right_over(unit, "mortgage", {bank: ONE}, amount=5, on_share_of=heir)
        with pytest.raises(RegisterRefusal, match="mortgage"):
            parcels.open_merge(units, by=office.registrar)


def test_on_the_page(client_of, office, unit, heirs):
    client, parcel = client_of(office.registrar), unit.parcels.get()
    x, y = parcel.geom.centroid.coords
    line = LineString((x - 30, y), (x + 30, y), srid=MUNI_SRID).transform(LONLAT, clone=True)
    person = {"name": "دائرة الماء", "kind": "state"}
    for act, typed in (
        ("seizure", {"reference": "7", "on_share_of": heirs[0].pk}),
        ("easement", {"width": "٤", "line": json.dumps(line.coords)}),
        ("usufruct", {}),
        ("waqf", {"reference": "7"}),
        ("claim", {"reference": "7", "evidence": "photograph"}),
    ):
        address = reverse("property:prepare", args=[parcel.pk, act])
        assert client.get(address).status_code == 200, act
        answer = client.post(address, person | typed)
        assert answer.status_code == 302, (act, answer.context and answer.context["form"].errors)
        case = Case.objects.first()
        assert case.kind == act
        assert client.get(answer.url).context["outcome"].opened_rights[0].kind == act
        if act == "easement":
            office.signed(case)
        else:
            cases.withdraw(case, by=office.registrar)
    assert in_force(unit, "easement").geom.area == pytest.approx(4 * 40, rel=1e-3)
    assert client.post(reverse("property:prepare", args=[parcel.pk, "easement"]), person).context["form"].errors
    page = client.get(reverse("property:parcel", args=[parcel.pk]))
    shown = [feature["properties"]["status"] for feature in page.context["map"]["parcels"]["features"]]
    assert shown == ["current", "easement"]
    client.post(reverse("property:end_right", args=[in_force(unit, "easement").pk]))
    assert Case.objects.first().kind == "end"


def test_members_of_a_group_stand_under_its_share(client_of, office):
    group, member = office.party(kind="group", name="ورثة جاسم"), office.party(name="كريم جاسم")
    GroupMember.objects.create(group=group, member=member)
    parcel = office.unit(owners={group: ONE}).parcels.get()
    page = client_of(office.registrar).get(reverse("property:parcel", args=[parcel.pk])).content.decode()
    assert "كريم جاسم" in page
    outside = client_of(Office().registrar).get(reverse("property:parcel", args=[parcel.pk])).content.decode()
    assert "كريم جاسم" not in outside
