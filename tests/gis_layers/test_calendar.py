from datetime import date

import pytest

from gis_layers.calendar import turn
from gis_layers.models import Layer, LayerChange
from tests.factories import BoundaryFactory

pytestmark = pytest.mark.django_db(transaction=True)


def governorates():
    return Layer.objects.get(slug="governorates")


@pytest.fixture
def changed_on():
    def set_day(day):
        Layer.objects.filter(slug="governorates").update(changed_at=f"{day} 12:00+03:00")

    return set_day


@pytest.mark.parametrize(
    ("today", "moves"),
    [
        (date(2026, 3, 9), False),
        (date(2026, 3, 10), True),  # the first day of the boundary
        (date(2026, 3, 12), True),  # a night was missed
        (date(2026, 4, 1), True),  # the day after its last
    ],
)
def test_a_layer_moves_on_when_a_boundary_begins_or_ends(changed_on, today, moves):
    BoundaryFactory(valid_from=date(2026, 3, 10), valid_to=date(2026, 4, 1))
    changed_on("2026-03-08")
    before = governorates().revision
    assert turn(governorates(), today) is moves
    assert governorates().revision == before + moves
    if moves:
        assert LayerChange.objects.latest("pk").extent


def test_a_day_turns_once(changed_on):
    BoundaryFactory(valid_from=date(2026, 3, 10))
    changed_on("2026-03-10")
    assert turn(governorates(), date(2026, 3, 10)) is False


def test_layers_without_dates_stay(changed_on):
    assert turn(Layer.objects.get(slug="parcels"), date(2030, 1, 1)) is False
