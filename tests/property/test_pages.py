"""The register's pages: what each person may open, and a split from its preparation to its signature."""

import json
from fractions import Fraction

import pytest
from django.contrib.gis.geos import LineString
from django.urls import reverse

from muni.core.srids import LONLAT, MUNI_SRID
from property.models import Case, Parcel, Right
from property.services import cases, encumbrances, parcels
from property.services.holding import to_geos
from tests.factories import ParcelFactory, UserFactory
from tests.property.factories import Office, box, right_over, title_of
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    owner = office.party(name="جاسم محمد اللامي", identifier="1987")
    return office.unit(owners={owner: Fraction(1)}, parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12")


def page_of(parcel):
    return reverse("property:parcel", args=[parcel.pk])


def prepare(client, parcel, act, **typed):
    return client.post(reverse("property:prepare", args=[parcel.pk, act]), typed)


def text(answer):
    return answer.content.decode()


def test_a_split_from_its_preparation_to_its_signature(client_of, office, unit):
    registrar, approver = client_of(office.registrar), client_of(office.approver)
    parcel = unit.parcels.get()
    form = registrar.get(reverse("property:prepare", args=[parcel.pk, "split"]))
    assert form.status_code == 200
    answer = prepare(registrar, parcel, "split", way="area", area="٣٠٠", side="90", numbers="12/7 12/8")
    case = Case.objects.get()
    address = reverse("property:case", args=[case.pk])
    assert answer.url == address
    assert "12/7" in text(registrar.get(address))
    registrar.post(reverse("property:move", args=[case.pk, "submit"]))
    assert case.number in text(approver.get(reverse("property:desk")))
    approver.post(reverse("property:move", args=[case.pk, "sign"]), {"note": "مطابق"})
    case.refresh_from_db()
    assert case.state == "signed"
    assert sorted(Parcel.objects.current().values_list("parcel_no", flat=True)) == ["12/7", "12/8"]
    page = text(approver.get(page_of(parcel)))
    assert "12/7" in page
    assert "12/8" in page


def test_what_is_only_proposed_is_seen_by_the_register_alone(client_of, office, unit):
    parcel = unit.parcels.get()
    prepare(client_of(office.registrar), parcel, "split", way="equal", number="2", side="0", numbers="12/7 12/8")
    case = Case.objects.get()
    assert "12/7" in text(client_of(office.approver).get(page_of(parcel)))
    for stranger in (Office().registrar, UserFactory(permissions=["property.view_parcel"])):
        page = text(client_of(stranger).get(page_of(parcel)))
        for told in ("12/7", '"status": "pending"', case.number, reverse("property:case", args=[case.pk])):
            assert told not in page


def test_a_line_drawn_on_the_map_divides(client_of, office, unit):
    parcel = unit.parcels.get()
    x, y = parcel.geom.centroid.coords
    line = LineString((x, y - 40), (x, y + 40), srid=MUNI_SRID).transform(LONLAT, clone=True)
    client = client_of(office.registrar)
    prepare(client, parcel, "split", way="line", line=json.dumps(line.coords), side="0")
    assert [p.geom.area for p in Parcel.objects.pending()] == pytest.approx([400, 400], rel=1e-4)
    Case.objects.get().holds.update(is_released=True)
    for wrong in ("", "x", "[[1,2]]", "[[47.1,31.8],[1e9,5]]", "[[1,2,3],[4]]"):
        answer = prepare(client, parcel, "split", way="line", line=wrong, side="0")
        assert answer.status_code == 200
        assert answer.context["form"].errors


def test_a_transfer_enters_a_new_person_once(client_of, office, unit):
    parcel, giver = unit.parcels.get(), title_of(unit).shares.get().party
    typed = {"giver": giver.pk, "part": "١/٣", "name": "زينب  علي", "identifier": "٢٠٠١", "kind": "person"}
    client = client_of(office.registrar)
    answer = prepare(client, parcel, "transfer", ground="sale", price="90000000", **typed)
    case = Case.objects.get()
    assert answer.url == reverse("property:case", args=[case.pk])
    assert "2/3" in text(client.get(answer.url))
    office.signed(case)
    assert sorted(share.fraction for share in title_of(unit).shares.all()) == [Fraction(1, 3), Fraction(2, 3)]
    typed |= {"name": "زينب علي", "part": "1/3", "ground": "gift"}
    prepare(client, parcel, "transfer", **typed)
    assert Case.objects.first().proposal["moves"][0][1] == title_of(unit).shares.get(party__identifier="2001").party_id
    typed |= {"name": "امرأة أخرى"}
    Case.objects.first().holds.update(is_released=True)
    assert "زينب علي" in text(prepare(client, parcel, "transfer", **typed))


@pytest.mark.parametrize("part", ["x", "1/0", "", "5/3", "0"])
def test_a_share_that_cannot_be_read_or_given_is_told(client_of, office, unit, part):
    parcel, giver = unit.parcels.get(), title_of(unit).shares.get().party
    answer = prepare(
        client_of(office.registrar),
        parcel,
        "transfer",
        giver=giver.pk,
        part=part,
        name="x",
        kind="person",
        ground="gift",
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Case.objects.exists()


def test_the_other_acts_open_their_cases(client_of, office, unit):
    client, parcel = client_of(office.registrar), unit.parcels.get()
    neighbour = office.unit(
        owners={title_of(unit).shares.get().party: Fraction(1)}, parcel__geom=to_geos(box(40, 0, 20, 20))
    ).parcels.get()
    person = {"name": "المصرف", "kind": "organisation"}
    facts = {"parcel_no": "12", "land_kind": "miri", "land_use": "", "area_m2": "200", "note": "سهو"}
    for act, typed in (
        ("mortgage", person | {"amount": "٥٠٠٠"}),
        ("seizure", person | {"reference": "٧ في ٢٠٢٦"}),
        ("merge", {"others": [neighbour.pk]}),
        ("error", facts),
    ):
        assert client.get(reverse("property:prepare", args=[parcel.pk, act])).status_code == 200
        answer = prepare(client, parcel, act, **typed)
        case = Case.objects.first()
        assert (answer.status_code, case and case.kind) == (302, act)
        assert client.get(answer.url).status_code == 200
        client.post(reverse("property:move", args=[case.pk, "withdraw"]))
    waiting = ParcelFactory(block=office.block, geom=to_geos(box(0, 100, 9, 9)))
    assert client.get(reverse("property:prepare", args=[waiting.pk, "transfer"])).status_code == 404
    assert prepare(client, waiting, "first", right="ownership", **person).status_code == 302
    mortgage = right_over(unit, "mortgage", {office.party(): Fraction(1)}, amount=7)
    client.post(reverse("property:end_right", args=[mortgage.pk]))
    assert Case.objects.first().kind == "release"


def test_a_second_case_is_told_of_the_first(client_of, office, unit):
    case = parcels.open_split(unit, halves(unit), by=office.registrar)
    client, parcel = client_of(office.registrar), unit.parcels.get()
    page = text(client.get(page_of(parcel)))
    assert case.number in page
    assert reverse("property:prepare", args=[parcel.pk, "split"]) not in page
    answer = prepare(client, parcel, "split", way="equal", number="2", side="0")
    assert case.number in str(answer.context["form"].non_field_errors())


def test_a_refused_move_is_told_and_changes_nothing(client_of, office, unit):
    case = parcels.open_split(unit, halves(unit), by=office.registrar)
    client = client_of(office.registrar)
    for move in ("sign", "return"):
        answer = client.post(reverse("property:move", args=[case.pk, move]), follow=True)
        assert "notice" in text(answer)
    case.refresh_from_db()
    assert case.state == "draft"
    assert client.post(reverse("property:move", args=[case.pk, "burn"])).status_code == 404


def test_parcels_are_found_by_number_block_and_person(client_of, office, unit):
    office.unit(parcel__parcel_no="13")
    Office().unit(parcel__parcel_no="12")
    client = client_of(office.registrar)

    def found(**typed):
        return [parcel.pk for parcel in client.get(reverse("property:desk"), typed).context["found"]]

    mine = [unit.parcels.get().pk]
    assert found(parcel_no="١٢") == mine
    assert len(found(parcel_no="1")) == 2
    assert found(person="ال") == []
    assert found(person="اللامى") == mine
    assert found(person="1987") == mine
    assert found(person="اللامي", parcel_no="13") == []
    assert len(found(block=office.block.number)) == 2


def test_the_desk_costs_the_same_whatever_waits(client_of, office, django_assert_max_num_queries):
    client = client_of(office.approver)
    client.get(reverse("property:desk"))
    for _case in range(6):
        cases.submit(
            encumbrances.open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar),
            by=office.registrar,
        )
    with django_assert_max_num_queries(16):
        client.get(reverse("property:desk"))


class TestPrivacy:
    """An owner is learnt by nobody but the officials of the register."""

    @pytest.fixture
    def secrets(self, unit):
        return ["اللامي", "1987"]

    def reachable(self, unit):
        parcel = unit.parcels.get()
        point = parcel.geom.centroid.transform(4326, clone=True)
        at = f"lon={point.x}&lat={point.y}"
        return [
            page_of(parcel),
            reverse("property:desk") + "?person=اللامي",
            "/api/v1/parcels/",
            f"/api/v1/parcels/{parcel.pk}/",
            f"/api/v1/parcels/{parcel.pk}/family/",
            f"/api/v1/parcels/at?{at}&ever=true",
            "/api/v1/layers/",
            "/api/v1/layers/parcels/",
            "/api/v1/layers/parcels/features/",
            "/ogc/collections/parcels/items?limit=100",
            "/ogc/collections/parcels/queryables",
            "/api/v1/search/?q=اللامي",
            "/api/v1/search/?q=1987",
        ]

    @pytest.mark.parametrize("who", ["anonymous", "citizen", "planner", "other registrar", "other approver"])
    def test_nobody_else_learns_it(self, client, client_of, office, unit, secrets, who):
        encumbrances.open_mortgage(unit, creditor=office.party(name="دائن سرّي"), amount=5, by=office.registrar)
        other = Office()
        person = {
            "citizen": lambda: UserFactory(),
            "planner": lambda: UserFactory(permissions=["property.view_parcel", "gis_layers.view_layer"]),
            "other registrar": lambda: other.registrar,
            "other approver": lambda: other.approver,
        }.get(who)
        client = client_of(person()) if person else client
        for address in self.reachable(unit):
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            echo = body.decode()
            for asked in ('value="اللامي"', '"query": "اللامي"', '"query": "1987"'):
                echo = echo.replace(asked, "")
            for secret in [*secrets, "دائن سرّي"]:
                assert secret not in echo, (who, address)

    @pytest.mark.parametrize("who", ["citizen", "planner", "other"])
    def test_the_registers_own_pages_are_not_there_for_others(self, client_of, office, unit, who):
        case = encumbrances.open_mortgage(unit, creditor=office.party(), amount=5, by=office.registrar)
        right = title_of(unit)
        person = {
            "citizen": lambda: UserFactory(),
            "planner": lambda: UserFactory(permissions=["property.view_parcel"]),
            "other": lambda: Office().registrar,
        }[who]()
        client = client_of(person)
        assert client.get(reverse("property:case", args=[case.pk])).status_code == 404
        for move in ("submit", "withdraw", "sign"):
            assert client.post(reverse("property:move", args=[case.pk, move])).status_code == 404
        assert client.post(reverse("property:end_right", args=[right.pk])).status_code == 404
        for act in ("transfer", "split", "error"):
            assert prepare(client, unit.parcels.get(), act).status_code == 403
        assert not Right.objects.exclude(pk=right.pk).exists()

    def test_registrars_of_the_place_see_owners(self, client_of, office, unit):
        for person in (office.registrar, office.approver):
            assert "جاسم محمد اللامي" in text(client_of(person).get(page_of(unit.parcels.get())))

    def test_whoever_learns_a_parcel_is_held_does_not_learn_why(self, client_of, office, unit):
        case = encumbrances.open_seizure(unit, authority=office.party(), reference="7", by=office.registrar)
        planner = UserFactory(permissions=["property.view_parcel"])
        page = text(client_of(planner).get(page_of(unit.parcels.get()) + "?lang=en"))
        assert "under way" in page
        assert case.number not in page
        assert "seizure" not in page
