import pytest
from django.contrib.auth.models import AnonymousUser

from gis_layers import statistics
from gis_layers.registry import source_of
from muni.core.errors import BadRequest
from tests.factories import AMARAH, LayerFactory, LayerFieldFactory, ParcelFactory, fill, square

pytestmark = pytest.mark.django_db
ANYBODY = AnonymousUser()


@pytest.fixture
def source():
    layer = LayerFactory()
    LayerFieldFactory(layer=layer, name="kind")
    LayerFieldFactory(layer=layer, name="floors", type="integer")
    LayerFieldFactory(layer=layer, name="area", type="number")
    rows = [{"kind": "a", "floors": n, "area": n * 1.5} for n in range(1, 21)]
    rows += [{"kind": "b", "floors": None}, {"kind": ""}, {}]
    return source_of(fill(layer, *((square(*AMARAH), row) for row in rows)))


def test_values_are_counted_most_frequent_first(source):
    assert statistics.most_frequent(source, ANYBODY, "kind", 1) == ([("a", 20)], 2, 2)


@pytest.mark.parametrize("method", ["equal", "quantile", "natural"])
@pytest.mark.parametrize("name", ["floors", "area"])
def test_counts_of_classes_add_up_to_all_rows(source, method, name):
    found = statistics.classes(source, ANYBODY, name, method, 4)
    assert sum(found["counts"]) == 20
    assert found["missing"] == 3
    assert len(found["counts"]) == len(found["breaks"]) - 1 <= 4
    assert all(found["counts"])


def test_quantiles_hold_as_many_rows_each(source):
    assert statistics.classes(source, ANYBODY, "area", "quantile", 4)["counts"] == [4, 5, 5, 6]


def test_decimal_columns_of_registered_layers_are_numbers():
    from gis_layers.models import Layer

    for number, area in enumerate([100, 200, 300]):
        ParcelFactory(area_m2=area, parcel_no=str(number))
    found = statistics.classes(source_of(Layer.objects.get(slug="parcels")), ANYBODY, "area_m2", "equal", 2)
    assert (found["breaks"], found["counts"]) == ([100, 200, 300], [1, 2])


def test_texts_have_no_classes_and_empty_attributes_no_breaks(source):
    with pytest.raises(BadRequest):
        statistics.classes(source, ANYBODY, "kind", "equal", 3)
    LayerFieldFactory(layer=source.layer, name="nothing", type="number")
    assert statistics.classes(source_of(source.layer), ANYBODY, "nothing", "equal", 3)["breaks"] == []
