"""Changing a case in preparation, and the page that corrects a boundary by its corners."""

from fractions import Fraction

import pytest
from django.urls import reverse

from muni.core.errors import Forbidden
from property.boundary_forms import corners_of
from property.models import Case, Hold, Parcel
from property.services import cases, encumbrances, parcels
from property.services.holding import RegisterRefusal, to_geos
from tests.factories import UserFactory
from tests.property.factories import PREPARES, SIGNS, Office, box, title_of
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db
ONE = Fraction(1)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    return office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12")


def prepare(parcel, act, query=""):
    return reverse("property:prepare", args=[parcel.pk, act]) + query


class TestChange:
    def test_a_case_in_preparation_proposes_something_else_under_its_number(self, client_of, office, unit):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        client, parcel = client_of(office.registrar), unit.parcels.get()
        address = prepare(parcel, "split", f"?case={case.pk}")
        assert address in client.get(reverse("property:case", args=[case.pk])).content.decode()
        answer = client.post(address, {"way": "equal", "number": "3", "side": "0", "note": "ثلاثة"})
        assert answer.url == reverse("property:case", args=[case.pk])
        assert Case.objects.get().note == "ثلاثة"
        assert (Parcel.objects.pending().count(), Hold.objects.count()) == (3, 1)
        assert [step.move for step in case.steps.all()] == ["change"]
        assert client.get(answer.url).status_code == 200
        office.signed(case)
        assert Parcel.objects.current().count() == 3

    def test_whoever_changed_what_it_proposes_does_not_sign_it(self, client_of, office, unit):
        both = UserFactory(permissions={*PREPARES, *SIGNS}, permissions__department=office.department)
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        cases.change(case, lambda: parcels.open_split(unit, halves(unit), by=both), by=both)
        case = cases.submit(case, by=office.registrar)
        shown = client_of(both).get(reverse("property:case", args=[case.pk])).context["moves"]
        assert "sign" not in [move for move, _title in shown]
        for move in (cases.sign, cases.refuse, cases.give_back):
            with pytest.raises(Forbidden):
                move(case, by=both, note="x")
        assert cases.sign(case, by=office.approver).state == "signed"

    def test_what_cannot_be_proposed_leaves_it_as_it_was(self, client_of, office, unit):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        answer = client_of(office.registrar).post(
            prepare(unit.parcels.get(), "split", f"?case={case.pk}"),
            {"way": "equal", "number": "3", "side": "0", "numbers": "1 2"},
        )
        assert answer.context["form"].errors
        assert Parcel.objects.pending().count() == 2
        assert Hold.objects.standing().get().case == case

    def test_only_in_preparation_and_only_the_same_act_by_who_may(self, client_of, office, unit):
        case = encumbrances.open_mortgage(unit, creditor=office.party(), amount=5, by=office.registrar)
        bank = office.party()

        def propose():
            return encumbrances.open_mortgage(unit, creditor=bank, amount=7, by=office.registrar)

        with pytest.raises(Forbidden):
            cases.change(case, propose, by=Office().registrar)
        with pytest.raises(RegisterRefusal, match="another act"):
            cases.change(
                case,
                lambda: encumbrances.open_seizure(unit, authority=bank, reference="7", by=office.registrar),
                by=office.registrar,
            )
        cases.change(case, propose, by=office.registrar)
        case.refresh_from_db()
        assert case.proposal["amount"] == "7"
        cases.submit(case, by=office.registrar)
        with pytest.raises(Exception, match="stage"):
            cases.change(case, propose, by=office.registrar)
        address = prepare(unit.parcels.get(), "mortgage", f"?case={case.pk}")
        assert client_of(office.registrar).get(address).status_code == 404

    def test_the_next_case_is_a_new_one_also_after_a_refused_change(self, office, unit):
        case = encumbrances.open_mortgage(unit, creditor=office.party(), amount=5, by=office.registrar)
        with pytest.raises(ZeroDivisionError):
            cases.change(case, lambda: 1 / 0, by=office.registrar)
        other = encumbrances.open_mortgage(office.unit(), creditor=office.party(), amount=5, by=office.registrar)
        assert other.pk != case.pk


class TestBoundaryPage:
    @pytest.fixture
    def east(self, office):
        return office.unit(parcel__geom=to_geos(box(40, 0, 20, 20)), parcel__parcel_no="13")

    def test_a_boundary_moves_between_two(self, client_of, office, unit, east):
        client, west = client_of(office.registrar), unit.parcels.get()
        assert client.get(prepare(west, "boundary")).status_code == 200
        typed = {
            f"corners_{west.pk}": corners_of(box(0, 0, 42, 20)),
            f"corners_{east.parcels.get().pk}": corners_of(box(42, 0, 18, 20)),
        }
        answer = client.post(prepare(west, "boundary"), typed)
        case = Case.objects.get()
        assert (case.kind, answer.status_code, case.holds.count()) == ("boundary", 302, 2)
        office.signed(case)
        assert unit.parcels.current().get().geom.area == pytest.approx(840)
        assert east.parcels.current().get().geom.area == pytest.approx(360)

    def test_only_what_was_changed_is_corrected(self, client_of, office, unit, east):
        client, west = client_of(office.registrar), unit.parcels.get()
        form = client.get(prepare(west, "boundary")).context["form"]
        typed = {name: field.initial or "" for name, field in form.fields.items()}
        assert client.post(prepare(west, "boundary"), typed).context["form"].errors
        typed[f"corners_{west.pk}"] = corners_of(box(1, 0, 39, 20))
        client.post(prepare(west, "boundary"), typed)
        assert [parcel.parcel_no for parcel in Parcel.objects.pending()] == ["12"]

    @pytest.mark.parametrize(
        "typed", ["", "1 2\n3 4", "x y", "0 0\n9 9\n9 0\n0 9", "nan 1\n2 3\n4 5", "1 2 3\n4 5 6\n7 8 9"]
    )
    def test_corners_that_make_no_outline_are_told(self, client_of, office, unit, typed):
        parcel = unit.parcels.get()
        answer = client_of(office.registrar).post(prepare(parcel, "boundary"), {f"corners_{parcel.pk}": typed})
        assert answer.context["form"].errors[f"corners_{parcel.pk}"]
        assert not Case.objects.exists()


def test_titles_stay_through_a_change(office, unit):
    before = title_of(unit)
    case = parcels.open_split(unit, halves(unit), by=office.registrar)
    cases.change(case, lambda: parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
    assert title_of(unit) == before
