"""Citizens and the register: who is joined to a card, what they see of their own, what they ask, who looked."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import Error, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from muni.accounts.models import User
from muni.core.errors import DomainError, Forbidden
from muni.documents.models import Issued
from muni.journal.models import Entry
from muni.notices.models import Message, Notice
from property import holders
from property.models import Case, CitizenRequest, CounterCode, GroupMember, Identification, Look, Party
from property.services import cases, citizens, encumbrances, parcels, transfer
from property.services.cards import card
from property.services.citizens import NotIdentified, RequestRefusal
from property.services.holding import to_geos
from tests.factories import UserFactory
from tests.property.factories import Office, box, right_over, title_of
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db
ONE, HALF = Fraction(1), Fraction(1, 2)
NAME, OTHER = "جاسم محمد اللامي", "زينب كاظم الساعدي"


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def owner(office):
    return office.party(name=NAME, identifier="1987")


@pytest.fixture
def unit(office, owner):
    other = office.party(name=OTHER, identifier="2001")
    return office.unit(
        owners={owner: HALF, other: HALF}, parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12"
    )


@pytest.fixture
def person(office, owner):
    """The owner's account, joined at the counter."""
    return joined(office, owner)


def joined(office, party):
    user = UserFactory()
    Identification.objects.create(party=party, user=user, confirmed_by=office.registrar)
    return user


def text(answer):
    return answer.content.decode()


def mine(name, *args):
    return reverse(f"property:{name}", args=args)


class TestIdentification:
    def test_the_code_the_number_and_an_official_join_an_account(self, office, owner, unit):
        user = UserFactory()
        code = citizens.make_code(user)
        citizens.identify(owner, code=code, identifier="١٩٨٧", by=office.registrar)
        assert list(holders.units_of(user)) == [unit]
        entry = Entry.objects.get(act="property.identify")
        assert (entry.data["party"], entry.data["user"]) == (owner.pk, user.pk)
        assert NAME not in str(entry.subject) + str(entry.data)
        assert user.notices.count() == 1
        with pytest.raises(NotIdentified, match="code"):
            citizens.identify(office.party(identifier="3"), code=code, identifier="3", by=office.registrar)

    def test_a_name_alone_joins_nobody(self, office, owner, unit):
        user = UserFactory(first_name="جاسم", last_name="محمد اللامي")
        assert not holders.units_of(user).exists()
        code = citizens.make_code(user)
        for party, number in ((owner, "1988"), (owner, ""), (office.party(name=NAME), ""), (office.party(), "1987")):
            with pytest.raises(NotIdentified):
                citizens.identify(party, code=code, identifier=number, by=office.registrar)
        assert not Identification.objects.exists()

    def test_codes_that_are_wrong_old_or_void_open_nothing(self, office, owner):
        user = UserFactory()
        void, code = citizens.make_code(user), citizens.make_code(user)
        wrong = "1" * 8 if code != "1" * 8 else "2" * 8
        for typed in {void, wrong, ""} - {code}:
            with pytest.raises(NotIdentified, match="code"):
                citizens.identify(owner, code=typed, identifier="1987", by=office.registrar)
        CounterCode.objects.update(made_at=timezone.now() - timedelta(minutes=31))
        with pytest.raises(NotIdentified, match="code"):
            citizens.identify(owner, code=code, identifier="1987", by=office.registrar)

    def test_the_code_is_not_kept_in_the_clear(self):
        code = citizens.make_code(UserFactory())
        assert code not in CounterCode.objects.get().digest

    def test_only_a_registrar_of_the_place_and_never_oneself(self, office, owner):
        code = citizens.make_code(UserFactory())
        for stranger in (Office().registrar, office.approver, UserFactory()):
            with pytest.raises(Forbidden):
                citizens.identify(owner, code=code, identifier="1987", by=stranger)
        with pytest.raises(Forbidden, match="own"):
            citizens.identify(owner, code=citizens.make_code(office.registrar), identifier="1987", by=office.registrar)

    def test_a_card_has_one_account_until_it_is_parted(self, office, owner, unit, person):
        user = UserFactory()
        with pytest.raises(NotIdentified, match="already"):
            citizens.identify(owner, code=citizens.make_code(user), identifier="1987", by=office.registrar)
        with pytest.raises(IntegrityError), transaction.atomic():
            Identification.objects.create(party=owner, user=user, confirmed_by=office.registrar)
        row = Identification.objects.get()
        with pytest.raises(Forbidden):
            citizens.end_identification(row, by=user)
        citizens.end_identification(row, by=person)
        assert not holders.units_of(person).exists()
        citizens.identify(owner, code=citizens.make_code(user), identifier="1987", by=office.registrar)
        assert list(holders.units_of(user)) == [unit]

    def test_members_of_a_group_hold_what_the_group_holds(self, office):
        group, member = office.party(kind="group"), office.party(identifier="5")
        GroupMember.objects.create(group=group, member=member)
        unit = office.unit(owners={group: ONE})
        assert list(holders.units_of(joined(office, member))) == [unit]

    def test_at_the_counter(self, client_of, office, owner, unit):
        user = UserFactory()
        citizen, registrar = client_of(user), client_of(office.registrar)
        code = citizen.post(mine("counter_code")).context["code"]
        page = text(registrar.get(reverse("property:parcel", args=[unit.parcels.get().pk])))
        assert mine("card", owner.pk) in page
        typed = {"identifier": "1987", "code": f"{code[:4]} {code[4:]}"}
        assert registrar.post(mine("card", owner.pk), typed).context["form"].errors  # not seen the identity card
        registrar.post(mine("card", owner.pk), typed | {"seen": "on"})
        assert "12" in text(citizen.get(mine("mine")))
        registrar.post(mine("end_identification", Identification.objects.get().pk))
        assert citizen.get(mine("my_unit", unit.pk)).status_code == 404


class TestOwnPages:
    def pages(self, unit, case):
        return [
            mine("mine"),
            mine("my_unit", unit.pk),
            mine("my_looks", unit.pk),
            mine("report", unit.pk),
            mine("order_extract", unit.pk),
            mine("my_case", case.pk),
            reverse("notices:list"),
        ]

    @pytest.fixture
    def case(self, office, unit):
        note = f"بطلب من {OTHER}"
        case = encumbrances.open_mortgage(
            unit, creditor=office.party(name="دائن سرّي"), amount=77123, note=note, by=office.registrar
        )
        return cases.submit(case, by=office.registrar, note=note)

    def test_a_holder_sees_their_share_and_no_other_name(self, client_of, office, unit, person, case):
        client_of(office.approver).get(reverse("property:case", args=[case.pk]))
        client = client_of(person)
        for address in self.pages(unit, case):
            answer = client.get(address)
            assert answer.status_code == 200, address
            for secret in (OTHER, "2001", "دائن سرّي", "77123", "٧٧", office.registrar.username):
                assert secret not in text(answer), (secret, address)
        assert "1/2" in text(client.get(mine("mine")))
        assert case.number in text(client.get(mine("my_unit", unit.pk)))

    def test_nobody_else_finds_them(self, client_of, office, unit, person, case):
        neighbour = office.party(identifier="9")
        office.unit(owners={neighbour: ONE})
        asked = citizens.send_request(unit, "extract", by=person)
        named = [*self.pages(unit, case)[1:-1], mine("my_request", asked.pk), mine("report_check", unit.pk)]
        for stranger in (joined(office, neighbour), UserFactory(), office.registrar, Office().registrar):
            client = client_of(stranger)
            for address in named:
                assert client.get(address).status_code == 404, address
            assert unit not in [held.unit for held in client.get(mine("mine")).context["properties"]]
            with pytest.raises(Forbidden):
                citizens.send_request(unit, "extract", by=stranger)
            assert client.post(mine("leave", Identification.objects.get(user=person).pk)).status_code == 404

    def test_what_is_sold_is_no_longer_theirs(self, client_of, office, unit, owner, person):
        buyer = office.party(identifier="7")
        told = joined(office, buyer)
        case = transfer.open_transfer(title_of(unit), [(owner, buyer, HALF)], by=office.registrar)
        assert not holders.cases_of(told).exists()
        office.signed(case)
        for user in (person, told):
            assert list(holders.cases_of(user)) == [case]
        assert list(holders.units_of(told)) == [unit]
        assert client_of(person).get(mine("my_unit", unit.pk)).status_code == 404
        later = encumbrances.open_seizure(unit, authority=office.party(), reference="7", by=office.registrar)
        assert later in holders.cases_of(told)
        assert later not in holders.cases_of(person)

    def test_where_a_case_stands_is_told_in_steps(self, client_of, office, unit, person):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        client = client_of(person)

        def stands():
            return [stage[2] for stage in client.get(mine("my_case", case.pk)).context["stages"]]

        assert stands() == ["done", "now", "coming"]
        cases.submit(case, by=office.registrar)
        assert stands() == ["done", "done", "now"]
        cases.give_back(case, by=office.approver, note="ناقص")
        assert stands() == ["done", "now", "coming"]
        cases.submit(case, by=office.registrar)
        cases.sign(case, by=office.approver)
        assert stands() == ["done", "done", "done"]
        assert holders.units_of(person).count() == 2

    def test_many_properties_cost_no_more_questions(
        self, client_of, office, owner, unit, person, django_assert_max_num_queries
    ):
        client = client_of(person)
        client.get(mine("mine"))
        for _more in range(5):
            office.unit(owners={owner: ONE})
        with django_assert_max_num_queries(16):
            page = client.get(mine("mine"))
        assert len(page.context["properties"]) == 6


class TestNotices:
    def test_every_move_is_told_to_those_who_hold_a_share(self, office, unit, owner, person):
        person.email = "holder@example.org"
        person.save()
        other = joined(office, title_of(unit).shares.exclude(party=owner).get().party)
        stranger = joined(office, office.party(identifier="9"))
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        cases.submit(case, by=office.registrar, note=f"كما طلب {owner.name}")
        cases.sign(case, by=office.approver)
        told = Notice.objects.filter(user=person).order_by("pk")
        assert [notice.words["en"]["text"][:12] for notice in told] == ["The office i", "It is prepar", "It was signe"]
        assert Notice.objects.filter(user=other).count() == 3
        assert not Notice.objects.filter(user=stranger).exists()
        said = " ".join(str(notice.words) for notice in told) + " ".join(Message.objects.values_list("text", flat=True))
        assert OTHER not in said
        assert {notice.url for notice in told} == {mine("my_case", case.pk)}

    def test_whoever_buys_and_whoever_sold_are_told(self, office, unit, owner, person):
        buyer = office.party(identifier="7")
        told = joined(office, buyer)
        office.signed(transfer.open_transfer(title_of(unit), [(owner, buyer, HALF)], by=office.registrar))
        assert Notice.objects.filter(user=person).count() == 3
        assert Notice.objects.filter(user=told).count() == 1


class TestRequests:
    def test_an_error_is_reported_checked_sent_and_answered(self, client_of, office, unit, person):
        client, registrar = client_of(person), client_of(office.registrar)
        empty = client.post(mine("report", unit.pk), {})
        assert "error-summary" in text(empty)
        assert client.get(mine("report_check", unit.pk)).status_code == 302
        client.post(mine("report", unit.pk), {"subject": "area", "text": "المساحة في السند ٣٠٠"})
        assert "المساحة في السند" in text(client.get(mine("report_check", unit.pk)))
        assert not CitizenRequest.objects.exists()
        client.post(mine("report_check", unit.pk))
        asked = CitizenRequest.objects.get()
        assert asked.number in text(client.get(mine("my_request", asked.pk)))
        assert asked.number in text(registrar.get(reverse("property:desk")))
        assert office.registrar.notices.count() == 1
        assert "المساحة في السند" in text(registrar.get(mine("request", asked.pk)))
        registrar.post(mine("request", asked.pk), {"answer": "المساحة صحيحة."})
        assert "المساحة صحيحة" in text(client.get(mine("my_request", asked.pk)))
        assert person.notices.count() == 1
        with pytest.raises(RequestRefusal):
            citizens.answer(asked, text="x", by=office.registrar)

    def test_it_becomes_a_correction_that_the_holder_follows(self, client_of, office, unit, person):
        asked = citizens.send_request(unit, "error", subject="area", text="x", by=person)
        registrar, parcel = client_of(office.registrar), unit.parcels.get()
        facts = {"parcel_no": "12", "land_kind": "mulk", "land_use": "", "area_m2": "300", "note": "سهو"}
        registrar.post(mine("prepare", parcel.pk, "error") + f"?request={asked.pk}", facts)
        asked.refresh_from_db()
        assert (asked.state, asked.case) == ("case", Case.objects.get())
        assert asked.case.number in text(client_of(person).get(mine("my_request", asked.pk)))

    def test_a_request_of_another_property_is_not_settled_by_a_case(self, office, unit, person):
        asked = citizens.send_request(unit, "error", subject="area", text="x", by=person)
        case = encumbrances.open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar)
        with pytest.raises(RequestRefusal, match="another"):
            citizens.turn_into_case(asked, case, by=office.registrar)

    def test_one_of_a_kind_waits_and_not_ten_a_day(self, office, unit, owner, person):
        citizens.send_request(unit, "extract", by=person)
        with pytest.raises(RequestRefusal, match="waits"):
            citizens.send_request(unit, "extract", by=person)
        for _more in range(9):
            citizens.send_request(office.unit(owners={owner: ONE}), "extract", by=person)
        with pytest.raises(RequestRefusal, match="tomorrow"):
            citizens.send_request(unit, "error", subject="area", text="x", by=person)

    def test_an_extract_that_a_holder_orders_is_issued_and_theirs_to_read(self, client_of, office, unit, person):
        asked = citizens.send_request(unit, "extract", by=person)
        client_of(office.registrar).post(mine("request", asked.pk), {"issue": "1"})
        asked.refresh_from_db()
        assert (asked.state, asked.paper.applicant, asked.paper.subject_id) == ("issued", person, str(unit.pk))
        paper = reverse("documents:issued", args=[asked.paper_id])
        assert paper in text(client_of(person).get(mine("my_request", asked.pk)))
        assert paper in text(client_of(office.registrar).get(mine("request", asked.pk)))
        assert client_of(person).get(paper).status_code == 200
        assert client_of(UserFactory()).get(paper).status_code == 404
        with pytest.raises(RequestRefusal):
            citizens.issue_extract(asked, by=office.registrar)

    def test_no_extract_for_who_may_not_issue_or_holds_nothing_any_more(self, office, unit, owner, person):
        asked = citizens.send_request(unit, "extract", by=person)
        with pytest.raises(Forbidden):
            citizens.issue_extract(asked, by=Office().registrar)
        Identification.objects.filter(user=person).update(ended_at=timezone.now(), ended_by=office.registrar)
        with pytest.raises(RequestRefusal, match="any more"):
            citizens.issue_extract(asked, by=office.registrar)
        assert not Issued.objects.exists()

    def test_other_registers_and_signers_do_not_read_or_answer(self, client_of, office, unit, person):
        asked = citizens.send_request(unit, "error", subject="other", text="سرّ", by=person)
        for stranger in (Office().registrar, UserFactory(), UserFactory(permissions=["property.view_parcel"])):
            assert client_of(stranger).get(mine("request", asked.pk)).status_code == 404
            with pytest.raises(Forbidden):
                citizens.answer(asked, text="x", by=stranger)
        assert client_of(office.approver).post(mine("request", asked.pk), {"answer": "x"}).status_code == 403

    def test_an_official_does_not_answer_their_own(self, office):
        card = office.party(identifier="5")
        unit = office.unit(owners={card: ONE})
        Identification.objects.create(party=card, user=office.registrar, confirmed_by=office.approver)
        asked = citizens.send_request(unit, "extract", by=office.registrar)
        with pytest.raises(Forbidden, match="own"):
            citizens.answer(asked, text="x", by=office.registrar)

    def test_an_identity_number_is_one_however_it_is_written(self, client_of, office, unit):
        made = card(office.place, name=NAME, identifier="١٩٩٠ 1234 5678", kind="person", by=office.registrar)
        assert made.identifier == "199012345678"
        assert card(office.place, name=NAME, identifier="199012345678", kind="person", by=office.registrar) == made
        assert list(Party.objects.named_like("١٩٩٠ ١٢٣٤ ٥٦٧٨")) == [made]

    def test_no_extract_of_a_flat_is_promised(self, office, unit, owner, person):
        flat = office.unit(owners={owner: ONE})
        flat.parcels.update(unit=None)
        with pytest.raises(RequestRefusal, match="land"):
            citizens.send_request(flat, "extract", by=person)


class TestLooks:
    def test_a_paper_that_an_official_opens_is_a_look_and_the_holder_s_own_is_none(
        self, client_of, office, unit, person
    ):
        asked = citizens.send_request(unit, "extract", by=person)
        asked = citizens.issue_extract(asked, by=office.registrar)
        for address in ("issued", "paper"):
            answer = client_of(person).get(reverse(f"documents:{address}", args=[asked.paper_id]))
            assert answer.getvalue()
            assert answer.status_code == 200
            assert "paper" not in self.purposes(unit)
        client_of(office.approver).get(reverse("documents:issued", args=[asked.paper_id]))
        assert "paper" in self.purposes(unit)

    def purposes(self, unit):
        return sorted(Look.objects.filter(unit=unit).values_list("purpose", flat=True))

    def test_each_page_that_shows_a_person_leaves_a_row(self, client_of, office, unit, owner):
        registrar, parcel = client_of(office.registrar), unit.parcels.get()
        registrar.get(reverse("property:parcel", args=[parcel.pk]))
        registrar.get(mine("prepare", parcel.pk, "transfer"))
        registrar.get(mine("card", owner.pk))
        case = encumbrances.open_seizure(unit, authority=office.party(), reference="7", by=office.registrar)
        client_of(office.approver).get(reverse("property:case", args=[case.pk]))
        assert self.purposes(unit) == ["card", "case", "parcel", "prepare"]
        look = Look.objects.get(purpose="case")
        assert (look.by, look.case, look.department.place) == (office.approver, case, office.place)
        assert look.role == office.approver.memberships.get().role

    def test_a_search_leaves_one_row_for_each_property_found(self, client_of, office, unit, owner):
        second, other = office.unit(owners={owner: ONE}), office.unit()
        client = client_of(office.registrar)
        for _typed in range(2):
            client.get(reverse("property:desk"), {"person": "اللامي"})
        assert [self.purposes(each) for each in (unit, second, other)] == [["search"], ["search"], []]
        client.get(reverse("property:desk"), {"parcel_no": "12"})
        assert Look.objects.count() == 2

    def test_who_sees_no_person_leaves_none(self, client_of, office, unit, owner, person):
        stranger = Office().registrar
        planner = UserFactory(permissions=["property.view_parcel"])
        for user in (stranger, planner):
            client_of(user).get(reverse("property:parcel", args=[unit.parcels.get().pk]))
            client_of(user).get(reverse("property:desk"), {"person": "اللامي"})
        client = client_of(person)
        for address in (mine("mine"), mine("my_unit", unit.pk), mine("my_looks", unit.pk)):
            client.get(address)
        assert not Look.objects.exists()

    def test_the_holder_reads_office_role_time_and_reason_and_no_name(self, client_of, office, unit, person):
        office.registrar.first_name = "أحمد"
        office.registrar.save()
        client_of(office.registrar).get(reverse("property:parcel", args=[unit.parcels.get().pk]))
        page = text(client_of(person).get(mine("my_looks", unit.pk) + "?lang=en"))
        office_of = office.registrar.memberships.get()
        assert office_of.department.name in page
        assert "Opened the page of the parcel" in page
        assert "أحمد" not in page
        assert office.registrar.username not in page

    def test_looks_before_their_time_are_another_persons(self, office, unit, owner, person):
        Look.objects.create(unit=unit, purpose="parcel", by=office.registrar)
        assert holders.looks_at(unit, person).count() == 1
        late = office.party(identifier="6")
        right_over(unit, "usufruct", {late: ONE}, valid_from=timezone.localdate() + timedelta(days=1))
        assert not holders.looks_at(unit, joined(office, late)).exists()
        assert not holders.looks_at(unit, UserFactory()).exists()

    def test_they_follow_the_property_through_a_split(self, office, unit, person):
        Look.objects.create(unit=unit, purpose="parcel", by=office.registrar)
        office.signed(parcels.open_split(unit, halves(unit), by=office.registrar))
        for part in holders.units_of(person):
            assert holders.looks_at(part, person).filter(purpose="parcel").count() == 1
            assert not holders.looks_at(part, UserFactory()).exists()

    def test_rows_are_never_changed_or_taken_away(self, office, unit):
        Look.objects.create(unit=unit, purpose="parcel", by=office.registrar)
        for change in (lambda: Look.objects.update(purpose="case"), lambda: Look.objects.all().delete()):
            with pytest.raises(Error, match="never changed"), transaction.atomic():
                change()
        assert Look.objects.count() == 1


def test_a_refused_card_does_not_tell_whose_number_it_is(office, owner):
    from property.services.cards import card

    with pytest.raises(DomainError) as refusal:
        card(office.place, name="امرأة أخرى", identifier="1987", kind="person", by=office.registrar)
    assert NAME not in refusal.value.message + str(refusal.value.fields)


def test_the_accounts_that_are_told_are_those_of_the_case(office, unit, person):
    case = encumbrances.open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar)
    assert person not in holders.accounts_concerned(case)
    assert User.objects.filter(pk=person.pk).exists()
