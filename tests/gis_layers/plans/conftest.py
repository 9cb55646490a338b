import pytest

from muni.accounts import services
from muni.accounts.models import Membership, Role
from tests.factories import DepartmentFactory, PlaceFactory, UserFactory


@pytest.fixture
def office(db):
    """The planning department of a municipality."""
    services.load_roles()
    return DepartmentFactory(place=PlaceFactory(municipality=True))


def holder(role, office):
    user = UserFactory(username=role, email=f"{role}@example.org")
    Membership.objects.create(user=user, role=Role.objects.get(code=role), department=office)
    return user


@pytest.fixture
def drafter(office):
    return holder("planner", office)


@pytest.fixture
def approver(office):
    return holder("approver", office)
