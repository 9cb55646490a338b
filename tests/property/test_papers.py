"""The register's papers: what is on them, who issues and reads them, and how they end."""

import io
import re
from contextlib import closing
from datetime import date
from fractions import Fraction

import pypdf
import pypdfium2
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from muni.core.errors import BadRequest, Forbidden
from muni.core.workflow import TransitionNotAllowed
from muni.documents import issuing, signing
from muni.documents import papers as paper_files
from muni.documents.models import Attachment, Issued
from muni.journal.models import Entry
from property.documents import Extract, ParcelPlan
from property.models import Case, Source
from property.services import cases, encumbrances, papers, parcels, transfer
from property.services.holding import RegisterRefusal, to_geos
from property.services.sources import add_source, remove_source
from tests.connections import meanwhile
from tests.factories import ParcelFactory, UserFactory
from tests.muni.documents.test_signing import write_key
from tests.property.factories import Office, box, right_over, title_of
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db
SCAN = b"%PDF-1.7\n..."


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    owners = {
        office.party(name="جاسم محمد اللامي", identifier="19870011"): Fraction(1, 3),
        office.party(name="زينب علي"): Fraction(2, 3),
    }
    unit = office.unit(owners=owners, parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12/7")
    right_over(unit, "mortgage", {office.party(name="مصرف الرافدين"): Fraction(1)}, amount=25_000_000, reference="٧ ب")
    return unit


@pytest.fixture
def quick(monkeypatch):
    """The facts count, not the paper."""
    monkeypatch.setattr(paper_files, "pdf_of", lambda issued: b"%PDF-1.7 " + issued.code.encode())


def extract(unit, by):
    return papers.issue_extract(unit.parcels.current().get(), by=by)


def plan(unit, by):
    return papers.issue_plan(unit.parcels.current().get(), by=by)


def state_of(issued):
    issued.refresh_from_db()
    return issued.state


def read(issued):
    with issued.file.open() as file:
        return file.read()


def words(pdf):
    """The text, page by page; a line of two directions is read from its left end."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def codes_on(pdf):
    """Texts of the QR codes on the pages as drawn for print at 150 dots an inch."""
    found = []
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for number in range(len(document)):
            with closing(document[number]) as page:
                found += zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    return [one.text for one in found]


def has_number(page, number, count):
    """صفحة 1 من 2, read from its left end."""
    return bool(re.search(rf"{count}\s*من\s*{number}\s*صفحة", page))


def assert_fonts_are_embedded(pdf):
    names = set()
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            for part in font.get_object().get("/DescendantFonts", [font]):
                described = part.get_object()["/FontDescriptor"].get_object()
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described)
                names.add(str(described["/FontName"]))
    assert names
    assert all("Plex" in name for name in names), names


class TestPaper:
    def test_the_extract_as_it_is_printed(self, office, unit):
        source = Source.objects.create(
            case=encumbrances.open_seizure(unit, authority=office.party(), reference="9", by=office.registrar),
            kind="deed",
            number="٤٤/ب",
            issuer="كاتب العدل",
            dated=date(2019, 5, 2),
        )
        office.signed(source.case)
        issued = extract(unit, office.registrar)
        pdf = read(issued)
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        assert len(reader.pages) == 1
        assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.1)
        assert_fonts_are_embedded(pdf)
        (page,) = words(pdf)
        for printed in (
            *("جاسم محمد اللامي", "زينب علي", "مصرف الرافدين", "25,000,000", "1/3", "2/3", "12/7", "200.00"),
            *(issued.number, issued.code_in_groups, "كاتب العدل", "مفتاح تطوير"),
        ):
            assert printed in page, printed
        assert has_number(page, 1, 1)
        assert "19870011" not in page
        assert codes_on(pdf) == [issued.signed]
        assert signing.read(issued.signed, signing.known_keys()).number == issued.number

    def test_the_plan_as_it_is_printed(self, office, unit):
        office.unit(parcel__geom=to_geos(box(40, 0, 20, 20)), parcel__parcel_no="13")
        issued = plan(unit, office.registrar)
        pdf = read(issued)
        (page,) = words(pdf)
        assert_fonts_are_embedded(pdf)
        for printed in ("1:500", "12/7", "13", "40.00", "20.00", "703000.00", "3525020.00", "شمال"):
            assert printed in page, printed
        assert has_number(page, 1, 1)
        assert "اللامي" not in page
        assert codes_on(pdf) == [issued.signed]

    def test_many_heirs_fill_pages_with_numbers(self, office):
        heirs = {office.party(name=f"وريث {'ا' * n}"): Fraction(1, 90) for n in range(1, 91)}
        issued = extract(office.unit(owners=heirs), office.registrar)
        pdf = read(issued)
        pages = words(pdf)
        assert len(pages) > 1
        assert all(has_number(page, number, len(pages)) for number, page in enumerate(pages, 1))
        assert sum(page.count("1/90") for page in pages) == 90
        assert codes_on(pdf) == [issued.signed]

    def test_nothing_is_fetched_from_anywhere(self, office, unit, monkeypatch):
        monkeypatch.setattr(Extract, "paper", "property/documents/extract_facts.html")
        monkeypatch.setattr(
            paper_files, "render_to_string", lambda *_: "<img src='file:///etc/hostname'><p style='font-family:x'>x"
        )
        with pytest.raises(RuntimeError, match="A paper asked for file"):
            extract(unit, office.registrar)
        assert not Issued.objects.exists()

    def test_an_official_key_leaves_no_word_of_a_trial(self, office, unit, settings, tmp_path):
        settings.SIGNING_KEY = write_key(tmp_path / "official.pem")
        assert "مفتاح تطوير" not in words(read(extract(unit, office.registrar)))[0]


@pytest.mark.usefixtures("quick")
class TestIssuing:
    def test_facts_are_those_of_the_register_without_identity_numbers(self, office, unit):
        facts = extract(unit, office.registrar).facts
        assert [parcel["number"] for parcel in facts["parcels"]] == ["12/7"]
        assert facts["titles"][0]["holders"] == [
            {"name": "زينب علي", "share": "2/3"},
            {"name": "جاسم محمد اللامي", "share": "1/3"},
        ]
        assert [burden["amount"] for burden in facts["burdens"]] == ["25,000,000"]
        assert "19870011" not in str(facts)

    def test_each_paper_has_its_own_number_and_journal_entry_without_names(self, office, unit):
        first, second = extract(unit, office.registrar), extract(unit, office.registrar)
        assert first.number != second.number
        assert first.code != second.code
        entry = Entry.objects.about(second).get()
        assert (entry.act, entry.by) == ("documents.issue", office.registrar)
        assert "اللامي" not in str(entry.data)

    @pytest.mark.parametrize("who", ["approver", "citizen", "other registrar"])
    def test_who_may_not_issue(self, client_of, office, unit, who):
        person = {
            "approver": office.approver,
            "citizen": UserFactory(),
            "other registrar": Office().registrar,
        }[who]
        for act in (extract, plan):
            with pytest.raises(Forbidden):
                act(unit, person)
        client = client_of(person)
        for kind in ("extract", "plan"):
            assert client.post(reverse("property:issue", args=[unit.parcels.get().pk, kind])).status_code in (302, 403)
        assert not Issued.objects.exists()

    def test_an_unregistered_parcel_has_a_plan_and_no_extract(self, office):
        parcel = ParcelFactory(block=office.block)
        with pytest.raises(RegisterRefusal):
            papers.issue_extract(parcel, by=office.registrar)
        assert papers.issue_plan(parcel, by=office.registrar).place == office.place

    def test_a_change_while_the_paper_is_made_is_noticed(self, office, unit, monkeypatch):
        def slow(issued):
            right_over(unit, "seizure", {office.party(): Fraction(1)})
            return b"%PDF"

        monkeypatch.setattr(paper_files, "pdf_of", slow)
        with pytest.raises(issuing.SubjectChanged):
            extract(unit, office.registrar)
        assert not Issued.objects.exists()

    def test_an_applicant_reads_what_was_ordered_and_is_told_of_its_end(self, client_of, office, unit):
        citizen = UserFactory()
        issued = issuing.issue(unit, Extract.id, by=None, applicant=citizen)
        client = client_of(citizen)
        assert client.get(reverse("documents:issued", args=[issued.pk])).status_code == 200
        assert client_of(UserFactory()).get(reverse("documents:issued", args=[issued.pk])).status_code == 404
        office.signed(encumbrances.open_end(unit.rights.get(kind="mortgage"), by=office.registrar))
        assert state_of(issued) == "superseded"
        assert citizen.notices.count() == 2


@pytest.mark.usefixtures("quick")
class TestEnds:
    @pytest.mark.parametrize("act", ["transfer", "release", "seizure"])
    def test_a_signed_act_on_rights_supersedes_the_extract_and_not_the_plan(self, office, unit, act):
        title, facts = extract(unit, office.registrar), plan(unit, office.registrar)
        other = extract(office.unit(), office.registrar)
        giver = title_of(unit).shares.order_by("pk")[0].party
        case = {
            "transfer": lambda: transfer.open_transfer(
                title_of(unit), [(giver, office.party(), Fraction(1, 6))], by=office.registrar
            ),
            "release": lambda: encumbrances.open_end(unit.rights.get(kind="mortgage"), by=office.registrar),
            "seizure": lambda: encumbrances.open_seizure(
                unit, authority=office.party(), reference="9", by=office.registrar
            ),
        }[act]()
        assert state_of(title) == "valid"
        office.signed(case)
        assert [state_of(paper) for paper in (title, facts, other)] == ["superseded", "valid", "valid"]
        assert title.state_since > title.issued_at
        assert Entry.objects.about(title).first().data["case"] == case.number

    def test_a_split_supersedes_the_extract_and_the_plan(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        issued = [extract(unit, office.registrar), plan(unit, office.registrar)]
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        office.signed(case)
        assert [state_of(paper) for paper in issued] == ["superseded", "superseded"]
        with pytest.raises(RegisterRefusal):
            issuing.issue(unit, Extract.id, by=office.registrar)
        with pytest.raises(RegisterRefusal):
            issuing.issue(case.closed_parcels.get(), ParcelPlan.id, by=office.registrar)

    def test_a_case_that_is_only_tried_out_or_refused_supersedes_nothing(self, office, unit):
        issued = extract(unit, office.registrar)
        case = encumbrances.open_seizure(unit, authority=office.party(), reference="9", by=office.registrar)
        cases.submit(case, by=office.registrar)
        cases.refuse(case, by=office.approver, note="ناقص")
        assert state_of(issued) == "valid"

    def test_revoking_is_for_the_approver_of_the_place_and_needs_a_reason(self, client_of, office, unit):
        issued = extract(unit, office.registrar)
        for person in (office.registrar, Office().approver, UserFactory()):
            with pytest.raises(Forbidden):
                issuing.revoke(issued, by=person, reason="x")
        with pytest.raises(BadRequest):
            issuing.revoke(issued, by=office.approver, reason=" ")
        page = reverse("documents:issued", args=[issued.pk])
        assert b'name="reason"' not in client_of(office.registrar).get(page).content
        client = client_of(office.approver)
        assert client.post(page, {"reason": ""}).context["form"].errors
        assert client.post(page, {"reason": "صدر خطأً"}).status_code == 302
        assert state_of(issued) == "revoked"
        assert "صدر خطأً" in client.get(page).content.decode()
        assert office.registrar.notices.count() == 1
        assert Entry.objects.about(issued).first().act == "documents.revoke"
        with pytest.raises(TransitionNotAllowed):
            issuing.revoke(issued, by=office.approver, reason="x")

    def test_a_revoked_paper_stays_revoked_after_later_acts(self, office, unit):
        issued = extract(unit, office.registrar)
        issuing.revoke(issued, by=office.approver, reason="x")
        office.signed(encumbrances.open_end(unit.rights.get(kind="mortgage"), by=office.registrar))
        assert state_of(issued) == "revoked"


@pytest.mark.usefixtures("quick")
class TestPages:
    def test_a_registrar_issues_from_the_parcels_page_and_opens_the_paper(self, client_of, office, unit):
        client, parcel = client_of(office.registrar), unit.parcels.get()
        page = reverse("property:parcel", args=[parcel.pk])
        issue = reverse("property:issue", args=[parcel.pk, "extract"])
        assert issue in client.get(page).content.decode()
        assert issue not in client_of(office.approver).get(page).content.decode()
        answer = client.post(issue)
        issued = Issued.objects.get()
        assert answer.url == reverse("documents:issued", args=[issued.pk])
        assert "زينب علي" in client.get(answer.url).content.decode()
        paper = client.get(reverse("documents:paper", args=[issued.pk]))
        assert b"".join(paper.streaming_content) == read(issued)
        assert paper["Content-Type"] == "application/pdf"
        assert "no-store" in paper["Cache-Control"]
        for reader in (client, client_of(office.approver)):
            assert issued.number in reader.get(page).content.decode()
        assert client.post(reverse("property:issue", args=[parcel.pk, "deed"])).status_code == 404

    @pytest.mark.parametrize("who", ["anonymous", "citizen", "planner", "other registrar", "other approver"])
    def test_nobody_else_reads_a_paper(self, client, client_of, office, unit, who):
        issued = [extract(unit, office.registrar), plan(unit, office.registrar)]
        other = Office()
        person = {
            "citizen": lambda: UserFactory(),
            "planner": lambda: UserFactory(permissions=["property.view_parcel", "gis_layers.view_layer"]),
            "other registrar": lambda: other.registrar,
            "other approver": lambda: other.approver,
        }.get(who)
        client = client_of(person()) if person else client
        for paper in issued:
            for name in ("documents:issued", "documents:paper"):
                answer = client.get(reverse(name, args=[paper.pk]))
                assert answer.status_code == (302 if who == "anonymous" else 404)
        page = client.get(reverse("property:parcel", args=[unit.parcels.get().pk]))
        assert issued[0].number not in page.content.decode()

    def test_the_list_of_papers_costs_the_same_however_many(self, client_of, office, unit, django_assert_num_queries):
        client = client_of(office.approver)
        page = reverse("property:parcel", args=[unit.parcels.get().pk])
        extract(unit, office.registrar)
        client.get(page)
        with CaptureQueriesContext(connection) as before:
            client.get(page)
        for _time in range(4):
            extract(unit, office.registrar)
        with django_assert_num_queries(len(before)):
            client.get(page)


@pytest.mark.django_db(transaction=True)
def test_no_paper_slips_past_an_act_that_is_signed_meanwhile(office, quick):
    def submitted(unit):
        case = encumbrances.open_seizure(unit, authority=office.party(), reference="9", by=office.registrar)
        return cases.submit(case, by=office.registrar)

    unit, other = office.unit(), office.unit()
    case, later = submitted(unit), submitted(other)
    with meanwhile(lambda: extract(unit, office.registrar)) as refused:
        cases.sign(case, by=office.approver)
    assert isinstance(refused[0], issuing.SubjectChanged)
    with meanwhile(lambda: cases.sign(later, by=office.approver)) as signed:
        issued = extract(other, office.registrar)
    assert signed[0].state == "signed"
    assert [state_of(paper) for paper in Issued.objects.all()] == ["superseded"]
    assert Issued.objects.get() == issued


class TestSources:
    @pytest.fixture
    def case(self, office, unit):
        return encumbrances.open_seizure(unit, authority=office.party(), reference="9", by=office.registrar)

    @pytest.fixture
    def add(self):
        def add(client, case, **facts):
            typed = {"kind": "deed", "number": "٤٤", "dated": "2026-01-05", "issuer": "كاتب العدل", **facts}
            return client.post(reverse("property:add_source", args=[case.pk]), typed)

        return add

    def test_a_source_with_its_scan(self, client_of, office, case, add):
        client = client_of(office.registrar)
        answer = add(client, case, scan=SimpleUploadedFile("عقد.pdf", SCAN))
        page = client.get(answer.url).content.decode()
        source, scan = Source.objects.get(), Attachment.objects.get()
        assert (source.number, source.dated, scan.subject_id) == ("٤٤", date(2026, 1, 5), str(source.pk))
        assert "عقد.pdf" in page
        assert scan.sha256[:12] in page
        address = reverse("documents:download", args=[scan.pk])
        assert b"".join(client.get(address).streaming_content) == SCAN
        for stranger in (Office().registrar, UserFactory()):
            assert client_of(stranger).get(address).status_code == 404
        client.post(reverse("property:remove_source", args=[case.pk, source.pk]))
        assert not Source.objects.exists()
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize(("name", "content"), [("a.pdf", b"<html>"), ("a.exe", SCAN)])
    def test_a_scan_that_is_not_what_it_says_is_refused_beside_its_field(
        self, client_of, office, case, add, name, content
    ):
        answer = add(client_of(office.registrar), case, scan=SimpleUploadedFile(name, content))
        assert answer.status_code == 200
        assert answer.context["source_form"].errors["scan"]
        assert not Source.objects.exists()

    def test_only_while_it_is_in_preparation_and_only_by_its_registrars(self, client_of, office, case, add):
        source = add_source(case, by=office.registrar, kind="deed", number="1")
        for person in (office.approver, Office().registrar):
            with pytest.raises(Forbidden):
                add_source(case, by=person, kind="deed")
            with pytest.raises(Forbidden):
                remove_source(source, by=person)
            assert add(client_of(person), case).status_code in (302, 404)
        cases.submit(case, by=office.registrar)
        with pytest.raises(TransitionNotAllowed):
            add_source(case, by=office.registrar, kind="deed")
        with pytest.raises(TransitionNotAllowed):
            remove_source(source, by=office.registrar)
        client = client_of(office.registrar)
        assert b'enctype="multipart' not in client.get(reverse("property:case", args=[case.pk])).content
        add(client, case)
        client.post(reverse("property:remove_source", args=[case.pk, source.pk]))
        assert Source.objects.get() == source
        assert Case.objects.get().state == "submitted"
