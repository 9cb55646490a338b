"""Every address of the house against one table, access_table.py: who may open it, and that nobody writes unawares."""

import re

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from gis_layers.editing.services import open_changeset
from gis_layers.models import ExportJob, ImportJob
from gis_layers.rasters.models import RasterSheet
from muni.accounts import services
from muni.accounts.models import Membership, Role
from muni.core.models import Holiday, Job
from muni.documents.services import attach
from muni.notices.services import notify
from property.models import Identification, Survey
from property.services.citizens import send_request
from property.services.encumbrances import open_seizure
from tests.access_table import ACCESS, ADDRESSES, ROLES
from tests.factories import (
    AMARAH,
    BoundaryFactory,
    DepartmentFactory,
    LayerFactory,
    ParcelFactory,
    PlaceFactory,
    UserFactory,
    fill,
    square,
)
from tests.gis_layers.plans.factories import ObjectionFactory, PlanFactory
from tests.gis_layers.rasters.files import geotiff
from tests.muni.documents.factories import IssuedFactory
from tests.property.factories import Office, title_of

pytestmark = pytest.mark.django_db
WRITES = ("POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405}
GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def addresses(patterns=None, before=""):
    """Every address of the house as its patterns write it: "layers/<slug:slug>/style/"; a regular expression is told by
    its names alone: "admin/<app_label>/"."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = before + GROUP.sub(r"<\1>", str(entry.pattern)).lstrip("^").rstrip("$")
        if hasattr(entry, "url_patterns"):
            yield from addresses(entry.url_patterns, address)
        else:
            yield address


def official(role, department, **facts):
    user = UserFactory(**facts)
    Membership.objects.create(user=user, role=Role.objects.get(code=role), department=department)
    return user


def finished_sheet(department):
    """A private raster sheet that has become tiles."""
    facts = {"state": "done", "bounds": [47.1, 31.8, 47.2, 31.9], "max_zoom": 18, "resolution": 0.5, "file_size": 9}
    sheet = RasterSheet.objects.create(department=department, title_ar="x", stretch=None, **facts)
    sheet.folder.mkdir(parents=True)
    geotiff(sheet.cog)
    return sheet


@pytest.fixture
def world(db):
    """Things that stand in the addresses, by name; the layer is private to the planner's municipality."""
    services.load_roles()
    department = DepartmentFactory(place=PlaceFactory(municipality=True))
    citizen = UserFactory(username="citizen")
    planner = official("planner", department, username="planner")
    layer = fill(LayerFactory(slug="drains", department=department), (square(*AMARAH), {}))
    notify([planner], title="x")
    of_department = {"place": department.place, "department": department}
    draft = PlanFactory(**of_department)
    objection = ObjectionFactory(plan=PlanFactory(**of_department, state="consultation"))
    office = Office()
    case = open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar)
    held = case.holds.get().unit
    holder = held.rights.get().shares.get().party
    identification = Identification.objects.create(party=holder, user=citizen, confirmed_by=office.registrar)
    known = {
        "held unit": held,
        "held parcel": held.parcels.get(),
        "building": (house := held.parcels.get().buildings.create()),
        "flat": house.units.create(number="1", area_m2=80),
        "card": holder,
        "identification": identification,
        "request": send_request(held, "extract", by=citizen),
        "case": case,
        "right": title_of(case.holds.get().unit),
        "draft plan": draft,
        "zone type": draft.zone_types.first(),
        "proposal": objection.plan,
        "objection": objection,
        "issued": IssuedFactory(place=department.place),
        "attachment": attach(layer, SimpleUploadedFile("a.pdf", b"%PDF-1.7"), by=planner),
        "notice": planner.notices.get(),
        "user": citizen,
        "role": Role.objects.get(code="crew"),
        "membership": planner.memberships.get(),
        "apikey": services.make_key(citizen, name="QGIS")[0],
        "place": department.place,
        "boundary": BoundaryFactory(place=department.place),
        "department": department,
        "layer": layer,
        "accessattempt": AccessAttempt.objects.create(username="x", failures_since_start=1),
        "accesslog": AccessLog.objects.create(username="x"),
        "job": Job.objects.create(args_kwargs={}, backend_name="default", run_after=timezone.now()),
        "parcel": ParcelFactory(),
        "holiday": Holiday.objects.create(name_ar="x", first_day="2026-03-20", last_day="2026-03-22"),
        "sheet": finished_sheet(department),
        "rule": (rule := layer.quality_rules.create(kind="valid")),
        "finding": rule.findings.create(feature_no=1, subject="1", details={"reason": "empty"}),
        "waiver": rule.waivers.create(subject="2", reason="x", by=planner),
        "import": ImportJob.objects.create(
            state="failed", made_by=planner, department=department, layer=layer, file_name="drains.zip"
        ),
        "export": ExportJob.objects.create(
            state="failed", made_by=planner, layer=layer, layer_revision=1, format="geojson", crs="EPSG:4326"
        ),
        "survey": Survey.objects.create(
            place=planner.memberships.get().department.place, state="done", made_by=planner, choices={"fields": []}
        ),
        "changeset": open_changeset(layer, by=planner, title="Corrections"),
        "content type": ContentType.objects.get_for_model(type(citizen)),
    }
    return {
        "clients": {
            "anonymous": visitor(),
            "citizen": signed_in(citizen),
            "planner": signed_in(planner),
            "outsider": signed_in(official("planner", DepartmentFactory(), username="outsider")),
            "admin": signed_in(UserFactory(username="admin", is_staff=True, is_superuser=True)),
        },
        "values": {name: str(thing.pk) for name, thing in known.items()}
        | {"slug": layer.slug, "number": str(layer.features.get().feature_no)}
        | {"revision": "1", "file format": "csv"}
        | {"z": "14", "x": "10337", "y": "6661", "matrix": "14", "row": "6661", "column": "10337"},
    }


def visitor():
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def signed_in(user):
    client = visitor()
    client.force_login(user)
    return client


def path_of(address, row, values):
    """The address with its parameters filled from the world, or literally where the world has no such thing."""

    def value(found):
        name = row.fill.get(found[1], found[1])
        return values.get(name, name)

    return "/" + PARAMETER.sub(value, address) + row.query


def line(address, statuses, row=None):
    extra = "".join(
        f", {name}={value!r}" for name, value in (row._asdict() if row else {}).items() if name != "get" and value
    )
    return f'    "{address}": row("{" ".join(map(str, statuses))}"{extra}),'


def test_every_address_stands_in_the_table_and_the_table_has_no_others():
    ours = set(addresses())
    missing = sorted(ours - ACCESS.keys())
    gone = sorted(ACCESS.keys() - ours)
    assert not missing, (
        "\nAdd to tests/access_table.py, with the statuses for "
        + ", ".join(ROLES)
        + ":\n"
        + "\n".join(line(address, "?????") for address in missing)
    )
    assert not gone, "\nTake out of tests/access_table.py:\n" + "\n".join(gone)


def test_the_table_is_sorted():
    assert list(ADDRESSES) == sorted(ADDRESSES)


def test_who_may_open_what(world):
    wrong = []
    for address, row in ACCESS.items():
        path = path_of(address, row, world["values"])
        found = []
        for role in ROLES:
            answer = world["clients"][role].get(path, REMOTE_ADDR="10.0.0.7")
            if answer.streaming:
                list(answer.streaming_content)  # closes the file
            found.append(answer.status_code)
        if found != list(row.get):
            wrong.append(f"was   {line(address, row.get, row)}\nfound {line(address, found, row)}")
    assert not wrong, "\nIf the statuses found are right, put them into tests/access_table.py:\n" + "\n".join(wrong)


def test_a_register_of_all_towns_is_not_ruled_from_one_of_them(world):
    for page in ("about", "style", "visibility"):
        found = [world["clients"][role].get(f"/layers/parcels/{page}/").status_code for role in ROLES]
        assert found == [302, 403, 403, 403, 200], page


def test_programs_are_told_401_and_never_sent_to_the_sign_in_page(world):
    later_steps = {"accounts/login/code/", "admin/login/"}
    later_steps |= {address for address in ACCESS if address.startswith("plans/<int:pk>/say/")}
    for address, row in ACCESS.items():
        if row.get[0] == 302 and address not in later_steps:
            path = path_of(address, row, world["values"])
            answer = world["clients"]["anonymous"].get(path, headers={"Accept": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), address


@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_nobody_writes_without_the_token_of_a_form(world, role):
    """A session alone never writes, whatever rights it has: another site could send the request."""
    wrong = []
    for address, row in ACCESS.items():
        path = path_of(address, row, world["values"])
        for method in WRITES:
            client = world["clients"][role]
            answer = client.generic(method, path, REMOTE_ADDR="10.0.0.7")
            sent_to_sign_in = answer.status_code == 302 and "login/" in answer.url
            if answer.status_code not in REFUSED | row.writes.get(method, set()) and not sent_to_sign_in:
                wrong.append(f"{role}: {method} {address} gave {answer.status_code}")
    assert not wrong, "\nThese were not refused (row(…, writes={method: {status}}) allows one):\n" + "\n".join(wrong)
