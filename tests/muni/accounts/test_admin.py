import re

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.gis.geos import MultiPolygon
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from muni.accounts import access, services
from muni.accounts.models import ApiKey, Membership, Role, User
from muni.accounts.services import load_roles
from muni.notices.tasks import deliver
from muni.places.models import Boundary, Place
from tests.factories import AMARAH, BoundaryFactory, DepartmentFactory, LayerFactory, PlaceFactory, UserFactory, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db):
    return UserFactory(username="root", is_staff=True, is_superuser=True)


@pytest.fixture
def department(db):
    return DepartmentFactory()


@pytest.fixture
def local_admin(department):
    """Holds the role "admin" in one place."""
    load_roles()
    user = UserFactory(username="local", is_staff=True)
    Membership.objects.create(user=user, department=department, role=Role.objects.get(code="admin"))
    return user


def official(department, **facts):
    user = UserFactory(**facts)
    role, _made = Role.objects.get_or_create(code="some", name_ar="دور")
    Membership.objects.create(user=user, department=department, role=role)
    return user


# Refusals first


@pytest.mark.parametrize("who", ["citizen", "planner"])
def test_the_administration_is_closed_to_everybody_else(client_of, request, who):
    client = client_of(request.getfixturevalue(who))
    assert client.get("/admin/").status_code == 403
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_strangers_go_through_our_own_sign_in_page(client):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").url == "/accounts/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "root", "password": "x"}).status_code == 302
    assert not AccessAttempt.objects.exists(), "no password is taken there"


def test_a_session_older_than_the_second_factor_does_not_open_it(client_of, root):
    client = client_of(root)
    assert client.get("/admin/").status_code == 200
    TOTPDevice.objects.create(user=root, confirmed=True)
    assert client.get("/admin/").status_code == 403


def test_a_local_administrator_never_reaches_superusers_or_people_elsewhere(client_of, local_admin, department, root):
    mine, citizen = official(department), UserFactory()
    elsewhere = official(DepartmentFactory())
    both = official(department)
    Membership.objects.create(user=both, department=DepartmentFactory(), role=Role.objects.get(code="some"))
    assert set(access.accounts_of(local_admin)) == {local_admin, mine, citizen}
    client = client_of(local_admin)
    assert client.get(f"/admin/accounts/user/{mine.pk}/change/").status_code == 200
    for user in (root, elsewhere, both):
        assert client.get(f"/admin/accounts/user/{user.pk}/change/").status_code == 302
        assert (
            client.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": "x", "password2": "x"}).status_code
            != 200
        )


def test_a_local_administrator_cannot_make_anybody_a_superuser(client_of, local_admin, department):
    mine = official(department)
    client = client_of(local_admin)
    page = client.get(f"/admin/accounts/user/{mine.pk}/change/").content.decode()
    assert 'name="is_superuser"' not in page
    assert 'name="is_staff"' not in page
    client.post(
        f"/admin/accounts/user/{mine.pk}/change/",
        form_of(page) | {"is_superuser": "on", "is_staff": "on", "first_name": "علي"},
    )
    mine.refresh_from_db()
    assert (mine.first_name, mine.is_superuser, mine.is_staff) == ("علي", False, False)


def test_a_local_administrator_gives_offices_only_at_home(client_of, local_admin, department):
    other, person = DepartmentFactory(), UserFactory()
    client = client_of(local_admin)
    page = client.get("/admin/accounts/membership/add/").content.decode()
    offered = page[page.index('<select name="department"') :].partition("</select>")[0]
    assert f'<option value="{department.pk}"' in offered
    assert f'<option value="{other.pk}"' not in offered
    facts = {"user": person.pk, "role": Role.objects.get(code="planner").pk, "valid_from": "2026-01-01"}
    client.post("/admin/accounts/membership/add/", facts | {"department": other.pk})
    assert not person.memberships.exists()
    client.post("/admin/accounts/membership/add/", facts | {"department": department.pk})
    assert person.memberships.get().department == department


def test_a_local_administrator_does_not_change_roles(client_of, local_admin):
    role = Role.objects.get(code="planner")
    client = client_of(local_admin)
    assert 'name="permissions"' not in client.get(f"/admin/accounts/role/{role.pk}/change/").content.decode()
    assert client.post(f"/admin/accounts/role/{role.pk}/change/", {"name_ar": "x"}).status_code == 403


def test_a_local_administrator_sees_the_layers_of_the_place(client_of, local_admin, department):
    mine, other = LayerFactory(department=department), LayerFactory()
    client = client_of(local_admin)
    assert client.get(f"/admin/gis_layers/layer/{mine.pk}/change/").status_code == 200
    assert client.get(f"/admin/gis_layers/layer/{other.pk}/change/").status_code == 302


def test_accounts_are_switched_off_and_not_deleted(client_of, root, citizen):
    assert client_of(root).post(f"/admin/accounts/user/{citizen.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=citizen.pk).exists()


def test_secrets_of_second_factors_have_no_page():
    labels = {model._meta.label for model in admin.site._registry}
    assert not labels & {"otp_totp.TOTPDevice", "otp_static.StaticDevice", "auth.Group"}


# What works


def form_of(page):
    """Fields of an administration page with the values they show."""
    fields = dict(re.findall(r'<input type="(?:text|hidden|number|email)" name="([^"]+)"(?: value="([^"]*)")?', page))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.S):
        fields[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    fields |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)"[^>]* checked', page), "on")
    return fields


@pytest.mark.parametrize(
    "path",
    [
        "accounts/user", "accounts/role", "accounts/membership", "accounts/apikey", "places/place", "places/boundary",
        "places/department", "gis_layers/layer", "axes/accessattempt", "axes/accesslog", "core/job",
    ],
)  # fmt: skip
def test_every_list_opens_in_arabic(client_of, root, path):
    services.make_key(root, name="QGIS")
    BoundaryFactory()
    LayerFactory()
    page = client_of(root).get(f"/admin/{path}/?q=a").content.decode()
    assert 'dir="rtl"' in page


def test_every_caption_of_the_administration_is_arabic(client_of, root):
    deliver.enqueue(message_id=1)
    AccessLog.objects.create(username="somebody")
    captions = []
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = client_of(root).get(path).content.decode()
        captions += re.findall(r'<div class="text">\s*<(?:a|span)[^>]*>([^<]+)<', page)
        if first := model.objects.first():
            page = client_of(root).get(f"{path}{first.pk}/change/").content.decode()
            captions += re.findall(r"<label[^>]*>([^<]+)</label>", page)
    captions += re.findall(r"<caption>\s*<a[^>]*>([^<]+)<", client_of(root).get("/admin/").content.decode())
    assert len(captions) > 60
    assert [caption for caption in captions if not re.search("[\u0600-\u06ff]", caption)] == []


@pytest.mark.parametrize(
    "path", ["places/boundary/add", "places/place/add", "gis_layers/layer/add", "accounts/user/add"]
)
def test_no_page_calls_the_internet(client_of, root, path):
    page = client_of(root).get(f"/admin/{path}/").content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', page)
    assert "openlayers" not in page.lower()


@pytest.mark.parametrize("form", ["geojson", "ewkt"])
def test_a_boundary_is_added_as_text(client_of, root, form):
    place = PlaceFactory()
    shape = MultiPolygon(square(*AMARAH, 0.1), srid=32638)
    text = shape.transform(4326, clone=True).json if form == "geojson" else shape.ewkt
    client_of(root).post("/admin/places/boundary/add/", {"place": place.pk, "valid_from": "2020-01-01", "geom": text})
    assert Place.objects.at(47.2, 31.9).get() == place
    assert Boundary.objects.get().geom.area == pytest.approx(shape.area, rel=1e-6)


def test_a_boundary_that_cannot_be_read_is_refused_with_a_sentence(client_of, root):
    facts = {"place": PlaceFactory().pk, "valid_from": "2020-01-01", "geom": "a drawing"}
    assert "errorlist" in client_of(root).post("/admin/places/boundary/add/", facts).content.decode()
    assert not Boundary.objects.exists()


def test_the_shape_of_a_boundary_is_written_once(client_of, root):
    boundary = BoundaryFactory()
    client = client_of(root)
    page = client.get(f"/admin/places/boundary/{boundary.pk}/change/").content.decode()
    assert 'name="geom"' not in page
    client.post(
        f"/admin/places/boundary/{boundary.pk}/change/", {"valid_to": "2026-01-01", "geom": "POINT(0 0)", "source": "س"}
    )
    boundary.refresh_from_db()
    assert (str(boundary.valid_to), boundary.geom.geom_type) == ("2026-01-01", "MultiPolygon")


def test_places_are_found_in_any_spelling(client_of, root):
    PlaceFactory(name_ar="قلعة صالح", name_en="Qal'at Saleh")
    PlaceFactory(name_ar="الكحلاء")
    page = client_of(root).get("/admin/places/place/?q=قلعه").content.decode()
    assert "قلعة صالح" in page
    assert "الكحلاء" not in page


def test_keys_are_seen_and_revoked_but_not_made_or_changed(client_of, root, citizen):
    key, _secret = services.make_key(citizen, name="QGIS")
    client = client_of(root)
    assert client.get("/admin/accounts/apikey/add/").status_code == 403
    assert client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": key.pk}).status_code == 302
    assert ApiKey.objects.get().revoked_at is not None
    assert LogEntry.objects.filter(user=root, change_message="key revoked").exists()


def test_a_lost_telephone(client_of, root, citizen):
    TOTPDevice.objects.create(user=citizen, confirmed=True)
    client_of(root).post("/admin/accounts/user/", {"action": "remove_second_factor", "_selected_action": citizen.pk})
    assert not TOTPDevice.objects.exists()
    assert LogEntry.objects.filter(user=root, change_message="second factor removed").exists()


def test_an_administrator_unlocks_by_deleting_the_attempts(client_of, root):
    UserFactory(username="zainab")
    stranger = Client()
    for _ in range(8):
        stranger.post("/accounts/login/", {"username": "zainab", "password": "wrong"})
    attempt = AccessAttempt.objects.get()
    client_of(root).post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})
    right = {"username": "zainab", "password": "a long secret"}
    assert stranger.post("/accounts/login/", right).status_code == 302


def test_a_user_is_added_with_a_tidied_telephone(client_of, root):
    client_of(root).post(
        "/admin/accounts/user/add/",
        {
            "username": "new",
            "phone": "٠٧٧٠١٢٣٤٥٦٧",
            "usable_password": "true",
            "password1": "nakhla-dijla-9",
            "password2": "nakhla-dijla-9",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )
    assert User.objects.get(username="new").phone == "+9647701234567"


def test_a_changed_membership_stands_in_the_history_and_in_the_log(client_of, root, department, caplog):
    member = official(department)
    membership = member.memberships.get()
    with caplog.at_level("INFO", "muni.security"):
        client_of(root).post(
            f"/admin/accounts/membership/{membership.pk}/change/",
            {
                "user": member.pk,
                "department": department.pk,
                "role": membership.role_id,
                "valid_from": "2026-01-01",
                "valid_to": "2026-02-01",
            },
        )
    assert LogEntry.objects.filter(object_id=str(membership.pk)).exists()
    assert any("membership changed" in record.getMessage() for record in caplog.records)
