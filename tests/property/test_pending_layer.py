"""Cases under way on the map: for officials of their register, and without a word to the public layer."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from gis_layers.models import Layer
from gis_layers.registry import source_of
from property.models import PendingParcel
from property.services import cases, encumbrances, parcels, surveys
from tests.factories import UserFactory
from tests.property.factories import Office
from tests.property.test_services import halves
from tests.property.test_surveys import office, row, surveyed  # noqa: F401 fixtures

pytestmark = pytest.mark.django_db


def revisions():
    """What the deferred triggers of commits made of the two layers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return dict(Layer.objects.filter(slug__in=["parcels", "pending_parcels"]).values_list("slug", "revision"))


def shown(user):
    rows = source_of(Layer.objects.get(slug="pending_parcels")).rows(user)
    return sorted(set(rows.values_list("part", "act")))


def test_a_case_shows_until_it_ends_to_its_own_register_alone(office):  # noqa: F811
    unit = office.unit()
    case = parcels.open_split(unit, halves(unit), by=office.registrar)
    assert shown(office.approver) == [("proposed", "split"), ("touched", "split")]
    assert PendingParcel.objects.count() == 3
    for person in (AnonymousUser(), UserFactory(), Office().registrar):
        assert shown(person) == []
    cases.withdraw(case, by=office.registrar)
    assert shown(office.approver) == []
    encumbrances.open_seizure(unit, authority=office.party(), reference="1", by=office.registrar)
    assert shown(office.approver) == [("touched", "seizure")]


def test_a_survey_shows_while_its_case_is_open(office, surveyed):  # noqa: F811
    survey = surveyed(row(0, "1"), row(40, ""))
    assert shown(office.approver) == []
    case = surveys.open_survey(survey, by=office.registrar)
    assert shown(office.approver) == [("proposed", "survey")]
    assert PendingParcel.objects.get().parcel_no == "1"
    office.signed(case)
    assert shown(office.approver) == []


def test_the_layer_is_not_public(client_of, office):  # noqa: F811
    layer = Layer.objects.get(slug="pending_parcels")
    assert layer.visibility == Layer.Visibility.STAFF
    assert client_of(UserFactory()).get("/tiles/pending_parcels.json").status_code == 404
    assert client_of(office.registrar).get("/tiles/pending_parcels.json").status_code == 200


def test_only_what_the_public_layer_shows_moves_its_revision(office):  # noqa: F811
    unit = office.unit()
    before = revisions()
    case = parcels.open_split(unit, halves(unit), by=office.registrar)
    opened = revisions()
    assert opened["parcels"] == before["parcels"]
    assert opened["pending_parcels"] > before["pending_parcels"]
    cases.withdraw(case, by=office.registrar)
    assert revisions()["parcels"] == before["parcels"]
    office.signed(parcels.open_split(unit, halves(unit), by=office.registrar))
    signed = revisions()
    assert signed["parcels"] > before["parcels"]
    assert signed["pending_parcels"] > opened["pending_parcels"]
