import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from muni.accounts.models import Role
from muni.accounts.services import ROLES, load_roles

pytestmark = pytest.mark.django_db
DESIGN = "admin planner approver registrar citizen reviewer inspector crew dispatcher cashier officer council"


def file_of(tmp_path, *permissions):
    path = tmp_path / "roles.json"
    path.write_text(
        json.dumps(
            [
                {
                    "code": "r",
                    "name_ar": "دور",
                    "name_en": "Role",
                    "permissions": permissions,
                }
            ]
        )
    )
    return path


def test_the_roles_of_the_design_are_loaded_and_loading_again_changes_nothing():
    load_roles()
    first = list(Role.objects.values_list("pk", "code", "name_ar", "name_en", "permissions"))
    load_roles()
    assert list(Role.objects.values_list("pk", "code", "name_ar", "name_en", "permissions")) == first
    assert set(Role.objects.values_list("code", flat=True)) == set(DESIGN.split())
    assert all(role.name_ar and role.name_en for role in Role.objects.all())


def test_loading_brings_a_changed_role_back_and_leaves_local_roles_alone(tmp_path):
    local = Role.objects.create(code="local", name_ar="محلي")
    path = file_of(tmp_path, "gis_layers.view_layer", "gis_layers.publish_layer")
    load_roles(path)
    Role.objects.get(code="r").permissions.clear()
    load_roles(path)
    assert Role.objects.get(code="r").permissions.count() == 2
    assert Role.objects.filter(pk=local.pk).exists()


def test_permissions_of_an_app_that_is_not_installed_wait(tmp_path):
    load_roles(file_of(tmp_path, "gis_layers.view_layer", "an_app_to_come.act"))
    assert list(Role.objects.get(code="r").permissions.values_list("codename", flat=True)) == ["view_layer"]


def test_an_unknown_permission_of_an_installed_app_is_an_error_and_nothing_is_loaded(
    tmp_path,
):
    with pytest.raises(ImproperlyConfigured, match="gis_layers.fly_layer"):
        load_roles(file_of(tmp_path, "gis_layers.fly_layer"))
    assert not Role.objects.exists()


def test_a_citizen_has_no_right_and_every_other_role_sees_staff_layers():
    rights = {entry["code"]: entry["permissions"] for entry in json.loads(ROLES.read_text())}
    assert rights.pop("citizen") == []
    assert all("gis_layers.view_layer" in names for names in rights.values())
