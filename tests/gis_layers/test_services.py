import pytest
from django.contrib.auth.models import AnonymousUser

from gis_layers.models import Feature, Layer
from gis_layers.registry import source_of
from gis_layers.services import KeyConflict, create_layer, flip
from muni.core.errors import BadRequest
from tests.factories import (
    AMARAH,
    DepartmentFactory,
    LayerFactory,
    LayerFieldFactory,
    ParcelFactory,
    StagedFeature,
    UserFactory,
    fill,
    square,
)

pytestmark = pytest.mark.django_db
BATCH = "4f7c9a1e-0000-4000-8000-000000000001"


def stage(*rows):
    for geometry, attributes in rows:
        StagedFeature.objects.create(batch=BATCH, geom=geometry, attributes=attributes)


def test_upsert_keeps_equal_rows_versions_changed_ones_and_adds_new_ones():
    layer = fill(LayerFactory(), (square(*AMARAH), {"k": "1", "v": 1}), (square(47.2, 31.8), {"k": "2", "v": 2}))
    numbers = {f.attributes["k"]: f.feature_no for f in Feature.objects.current()}
    stage(
        (square(*AMARAH), {"k": "1", "v": 1}),
        (square(47.2, 31.8), {"k": "2", "v": 9}),
        (square(47.3, 31.8), {"k": "3", "v": 3}),
    )
    layer = flip(layer, BATCH, mode="upsert", key="k")
    now = {f.attributes["k"]: f for f in Feature.objects.current()}
    assert layer.feature_count == 3
    assert (now["1"].revision_from, now["2"].revision_from, now["3"].revision_from) == (1, 2, 2)
    assert now["2"].feature_no == numbers["2"]
    assert Feature.objects.get(feature_no=numbers["2"], revision_to=2).attributes["v"] == 2


@pytest.mark.parametrize("keys", [["1", "1"], ["1", ""], ["1", None]])
def test_upsert_refuses_a_repeated_or_empty_key_and_changes_nothing(keys):
    layer = fill(LayerFactory(), (square(*AMARAH), {"k": "1"}))
    stage(*((square(*AMARAH), {"k": key}) for key in keys))
    with pytest.raises(KeyConflict):
        flip(layer, BATCH, mode="upsert", key="k")
    layer.refresh_from_db()
    assert (layer.revision, Feature.objects.count()) == (1, 1)


def test_replace_closes_what_was_there():
    layer = fill(LayerFactory(), (square(*AMARAH), {"k": "1"}))
    stage((square(47.2, 31.8), {"k": "2"}))
    flip(layer, BATCH, mode="replace")
    assert [f.attributes["k"] for f in Feature.objects.current()] == ["2"]
    assert Feature.objects.filter(revision_to=2).count() == 1
    assert not StagedFeature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_any_write_to_a_registered_table_bumps_its_layer_at_commit():
    before = Layer.objects.get(slug="parcels").revision
    parcel = ParcelFactory()
    after_insert = Layer.objects.get(slug="parcels").revision
    type(parcel).objects.filter(pk=parcel.pk).update(land_use="سكني")
    after_update = Layer.objects.get(slug="parcels").revision
    parcel.delete()
    assert before < after_insert < after_update < Layer.objects.get(slug="parcels").revision


def test_typed_values_of_a_planner_layer():
    layer = LayerFactory()
    LayerFieldFactory(layer=layer, name="storeys", type="integer")
    fill(layer, (square(*AMARAH), {"storeys": 9}), (square(*AMARAH), {"storeys": 10}))
    source = source_of(layer)
    rows = source.rows(AnonymousUser()).annotate(s=source.value("storeys"))
    assert list(rows.order_by("s").values_list("s", flat=True)) == [9, 10]


@pytest.mark.parametrize(("name", "fits"), [("ا" * 31, True), ("ا" * 32, False), ("a" * 63, True), ("a" * 64, False)])
def test_an_attributes_name_fits_into_a_column_of_postgresql(client, name, fits):
    creating = {
        "by": UserFactory(is_superuser=True),
        "slug": "wells",
        "title_ar": "آبار",
        "geometry_type": "Polygon",
        "department": DepartmentFactory(),
        "attributes": [{"name": name}],
    }
    if not fits:
        with pytest.raises(BadRequest, match="31"):
            create_layer(**creating)
        return
    layer = create_layer(**creating)
    fill(layer, (square(*AMARAH), {name: "عميق"}))
    Layer.objects.filter(pk=layer.pk).update(visibility="public")
    assert client.get("/ogc/collections/wells/items").json()["features"][0]["properties"] == {name: "عميق"}
