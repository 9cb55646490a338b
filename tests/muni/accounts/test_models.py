from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from muni.accounts import services
from muni.accounts.models import ApiKey, Membership, Role, User
from tests.factories import DepartmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def refused(name, act):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


def test_phone_is_iraqi_or_empty():
    refused("phone_is_iraqi_or_empty", lambda: UserFactory(phone="07701234567"))
    UserFactory(phone="")
    UserFactory(phone="+9647701234567")


def test_phone_belongs_to_one_account():
    UserFactory(phone="+9647701234567")
    refused("phone_belongs_to_one_account", lambda: UserFactory(phone="+9647701234567"))
    UserFactory(phone="")
    UserFactory(phone="")


def test_one_open_membership_for_each_role():
    role = Role.objects.create(code="r", name_ar="دور")
    facts = {"user": UserFactory(), "department": DepartmentFactory(), "role": role}
    Membership.objects.create(**facts, valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1))
    Membership.objects.create(**facts)
    refused("one_open_membership_for_each_role", lambda: Membership.objects.create(**facts))


def test_membership_ends_not_before_it_begins():
    role = Role.objects.create(code="r", name_ar="دور")
    facts = {"user": UserFactory(), "department": DepartmentFactory(), "role": role}
    refused(
        "membership_ends_not_before_it_begins",
        lambda: Membership.objects.create(**facts, valid_from=date(2021, 1, 2), valid_to=date(2021, 1, 1)),
    )


def test_key_expires_after_it_is_made():
    yesterday = timezone.now() - timedelta(days=1)
    refused("key_expires_after_it_is_made", lambda: services.make_key(UserFactory(), name="QGIS", expires_at=yesterday))


def test_key_digest_is_sha256():
    refused(
        "key_digest_is_sha256",
        lambda: ApiKey.objects.create(user=UserFactory(), name="QGIS", prefix="bld_1", digest="the key itself"),
    )


def test_key_prefix_is_unique():
    user = UserFactory()
    ApiKey.objects.create(user=user, name="a", prefix="bld_1", digest="0" * 64)
    refused("prefix", lambda: ApiKey.objects.create(user=user, name="b", prefix="bld_1", digest="1" * 64))


def test_an_account_is_found_by_name_or_phone_and_the_name_goes_first():
    by_phone = UserFactory(phone="+9647701234567")
    by_name = UserFactory(username="07701234567")
    assert User.objects.named("٠٧٧٠ ١٢٣ ٤٥٦٧").first() == by_phone
    assert User.objects.named("07701234567").first() == by_name
    assert User.objects.named("").first() is None


def test_a_phone_is_tidied_when_a_form_checks_the_account():
    user = UserFactory.build(phone="٠٧٧٠١٢٣٤٥٦٧")
    user.full_clean()
    assert user.phone == "+9647701234567"
    user.phone = "12"
    with pytest.raises(ValidationError) as error:
        user.full_clean()
    assert "phone" in error.value.message_dict


def test_rights_hold_in_a_place_and_below_only_while_the_membership_lasts():
    department = DepartmentFactory()
    user = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=department)
    elsewhere = DepartmentFactory().place
    assert user.has_perm("gis_layers.change_layer", department.place)
    assert not user.has_perm("gis_layers.change_layer", elsewhere)
    user.memberships.update(valid_from=date(2020, 1, 1), valid_to=timezone.localdate())
    user = User.objects.get(pk=user.pk)
    assert not user.has_perm("gis_layers.change_layer", department.place)
    assert not user.is_official


def test_a_role_without_rights_makes_no_official():
    user = UserFactory()
    role = Role.objects.create(code="citizen", name_ar="مواطن")
    Membership.objects.create(user=user, role=role, department=DepartmentFactory())
    assert not user.is_official
