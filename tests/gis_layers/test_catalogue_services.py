"""Acts on layers: who is refused first, then what each act does."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import override

from gis_layers import services
from gis_layers.models import Feature, Layer, LayerEvent
from gis_layers.registry import source_of
from gis_layers.services import LayerInUse
from gis_layers.symbology import SymbologyError
from muni.core.errors import BadRequest, DomainError, Forbidden
from tests.factories import (
    AMARAH,
    DepartmentFactory,
    LayerFactory,
    LayerFieldFactory,
    UserFactory,
    fill,
    square,
)

pytestmark = pytest.mark.django_db
RIGHTS = ["gis_layers.add_layer", "gis_layers.change_layer", "gis_layers.publish_layer", "gis_layers.delete_layer"]
CATEGORY = {"kind": "category", "field": "use", "classes": [{"value": "a", "color": "#112233"}]}


@pytest.fixture
def office():
    return DepartmentFactory()


@pytest.fixture
def keeper(office):
    return UserFactory(permissions=RIGHTS, permissions__department=office)


@pytest.fixture
def layer(office):
    layer = LayerFactory(department=office, source="مسح ميداني", licence="ODbL")
    LayerFieldFactory(layer=layer, name="use", position=0)
    LayerFieldFactory(layer=layer, name="floors", position=1)
    return fill(
        layer,
        (square(*AMARAH), {"use": "a", "floors": "2"}),
        (square(47.2, 31.8), {"use": "b", "floors": "٣"}),
        (square(47.3, 31.8), {"use": "b", "floors": ""}),
    )


def acts(layer):
    return {
        "gis_layers.add_layer": lambda by: services.create_layer(
            by=by, slug="made", title_ar="جديدة", geometry_type="Point", department=layer.department
        ),
        "gis_layers.change_layer": lambda by: services.restyle(layer, by=by, symbology={"kind": "single"}),
        "gis_layers.publish_layer": lambda by: services.publish(layer, by=by),
        "gis_layers.delete_layer": lambda by: services.delete(layer, by=by),
    }


@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize("who", ["anonymous", "citizen", "other rights", "other province"])
def test_each_act_is_refused_without_its_right_in_the_owners_place(layer, right, who):
    others = [name for name in RIGHTS if name != right]
    by = {
        "anonymous": lambda: AnonymousUser(),
        "citizen": lambda: UserFactory(),
        "other rights": lambda: UserFactory(permissions=others, permissions__department=layer.department),
        "other province": lambda: UserFactory(permissions=[right]),
    }[who]()
    with pytest.raises(Forbidden):
        acts(layer)[right](by)
    assert not LayerEvent.objects.exists()


@pytest.mark.parametrize("right", RIGHTS)
def test_each_act_is_allowed_with_its_right_and_is_recorded(layer, right):
    by = UserFactory(permissions=[right], permissions__department=layer.department)
    acts(layer)[right](by)
    assert LayerEvent.objects.get().by == by


def test_describing_and_changing_the_schema_need_the_right_to_change(layer):
    by = UserFactory(permissions=["gis_layers.publish_layer"], permissions__department=layer.department)
    with pytest.raises(Forbidden):
        services.describe(layer, by=by, title_ar="س")
    with pytest.raises(Forbidden):
        services.change_schema(layer, by=by, attributes=[])
    with pytest.raises(Forbidden):
        services.withdraw(layer, by=UserFactory())


def test_registered_layers_are_restyled_and_withdrawn_by_superusers(keeper):
    parcels = Layer.objects.get(slug="parcels")
    chief = UserFactory(is_superuser=True)
    restyled = {"symbology": {"kind": "single", "symbol": {"color": "#112233"}}}
    for refused in (
        lambda: services.restyle(parcels, by=keeper, **restyled),
        lambda: services.withdraw(parcels, by=keeper),
        lambda: services.change_schema(parcels, by=chief, attributes=[]),
        lambda: services.delete(parcels, by=chief),
    ):
        with pytest.raises(Forbidden):
            refused()
    services.restyle(parcels, by=chief, **restyled)
    services.withdraw(parcels, by=chief)
    assert parcels not in Layer.objects.visible_to(keeper)
    assert parcels in Layer.objects.visible_to(chief)


def test_a_new_layer_is_private_empty_and_already_drawn(office, keeper):
    layer = services.create_layer(
        by=keeper,
        slug="wells",
        title_ar="الآبار",
        geometry_type="Point",
        department=office,
        attributes=[{"name": "depth", "type": "number", "unit": "m"}, {"name": "حالة"}],
    )
    assert (layer.visibility, layer.revision) == ("private", 0)
    assert [a.name for a in source_of(layer).attributes] == ["depth", "حالة"]
    assert layer.style[0]["type"] == "circle"


@pytest.mark.parametrize("slug", ["new", "import", "Wells", "1st", "a b", ""])
def test_an_address_that_cannot_be_one_is_refused(office, keeper, slug):
    with pytest.raises(BadRequest):
        services.create_layer(by=keeper, slug=slug, title_ar="س", geometry_type="Point", department=office)


def test_a_taken_address_is_refused(office, keeper, layer):
    with pytest.raises(BadRequest) as refused:
        services.create_layer(by=keeper, slug=layer.slug, title_ar="س", geometry_type="Point", department=office)
    assert "slug" in refused.value.fields


@pytest.mark.parametrize("missing", ["source", "licence"])
def test_publishing_needs_source_and_licence_and_says_so(layer, keeper, missing):
    Layer.objects.filter(pk=layer.pk).update(**{missing: " "})
    with pytest.raises(BadRequest) as refused:
        services.publish(layer, by=keeper)
    assert set(refused.value.fields) == {missing}
    assert services.publish(layer, by=keeper, visibility="staff").visibility == "staff"


def test_a_public_layer_keeps_what_publishing_needed(layer, keeper):
    services.publish(layer, by=keeper)
    with pytest.raises(BadRequest):
        services.describe(layer, by=keeper, source="")
    layer.refresh_from_db()
    assert layer.source


def test_publishing_and_withdrawing_change_who_sees_the_layer_at_once(layer, keeper):
    nobody = AnonymousUser()
    services.publish(layer, by=keeper)
    assert layer in Layer.objects.visible_to(nobody)
    services.withdraw(layer, by=keeper)
    assert layer not in Layer.objects.visible_to(nobody)
    with pytest.raises(DomainError):
        services.withdraw(layer, by=keeper)
    assert list(layer.events.values_list("act", "note")) == [("withdraw", "private"), ("publish", "public")]


def test_the_revision_rises_when_tiles_need_other_contents(layer, keeper):
    before = layer.revision
    layer = services.restyle(layer, by=keeper, symbology=CATEGORY)
    assert source_of(layer).tile_attributes == ["use"]
    assert layer.revision == before + 1
    recolored = {**CATEGORY, "classes": [{"value": "a", "color": "#445566"}]}
    assert services.restyle(layer, by=keeper, symbology=recolored).revision == before + 1
    labelled = {**CATEGORY, "label": {"field": "floors"}}
    assert services.restyle(layer, by=keeper, symbology=labelled).revision == before + 2
    assert services.restyle(layer, by=keeper, symbology=labelled, min_zoom=12).revision == before + 3


def test_a_style_that_is_refused_changes_nothing(layer, keeper):
    for symbology, style in (
        ({**CATEGORY, "field": "nothing"}, None),
        ({"kind": "handwritten"}, [{"type": "raster"}]),
        ({"kind": "handwritten"}, None),
    ):
        with pytest.raises(SymbologyError):
            services.restyle(layer, by=keeper, symbology=symbology, style=style)
    with pytest.raises(BadRequest):
        services.restyle(layer, by=keeper, symbology=CATEGORY, min_zoom=15, max_zoom=3)
    layer.refresh_from_db()
    assert (layer.style, layer.symbology) == ([], {})


def test_a_style_by_hand_is_kept(layer, keeper):
    style = [{"type": "fill", "paint": {"fill-color": ["match", ["get", "use"], "a", "#112233", "#445566"]}}]
    layer = services.restyle(layer, by=keeper, symbology={"kind": "handwritten"}, style=style)
    assert layer.style == [{"id": "fill-1", **style[0]}]
    assert source_of(layer).tile_attributes == ["use"]


def schema(layer, **changes):
    """The layer's attributes as the page sends them, with some changed; None removes one."""
    rows = [{"name": f.name, "type": f.type, "required": f.required} for f in layer.schema.all()]
    return [row | changes.get(row["name"], {}) for row in rows if changes.get(row["name"], {}) is not None]


def test_attributes_are_added_renamed_and_ordered(layer, keeper):
    rows = [{"name": "year", "type": "integer"}, *schema(layer, use={"title_ar": "الاستعمال", "unit": "—"})]
    services.change_schema(layer, by=keeper, attributes=rows)
    assert [(f.name, f.title_ar) for f in layer.schema.all()] == [("year", ""), ("use", "الاستعمال"), ("floors", "")]


def test_a_new_type_converts_the_values(layer, keeper):
    services.change_schema(layer, by=keeper, attributes=schema(layer, floors={"type": "integer"}))
    values = Feature.objects.current().order_by("feature_no").values_list("attributes", flat=True)
    assert [v["floors"] for v in values] == [2, 3, None]
    source = source_of(layer)
    rows = source.rows(keeper).annotate(v=source.value("floors")).order_by("feature_no")
    assert list(rows.values_list("v", flat=True)) == [2, 3, None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"use": {"type": "number"}}, "“a”"),
        ({"floors": {"required": True}}, "1 feature"),
        ({"use": {"choices": [{"value": "a", "label_ar": "أ", "label_en": ""}]}}, "“b”"),
    ],
)
def test_a_change_that_features_do_not_fit_says_what_and_changes_nothing(layer, keeper, change, said):
    with override("en"), pytest.raises(BadRequest) as refused:
        services.change_schema(layer, by=keeper, attributes=schema(layer, **change))
    assert said in " ".join(refused.value.fields.values())
    assert {f.type for f in layer.schema.all()} == {"text"}


def test_removing_an_attribute_with_values_needs_a_yes(layer, keeper):
    with pytest.raises(LayerInUse) as refused:
        services.change_schema(layer, by=keeper, attributes=schema(layer, floors=None))
    assert set(refused.value.fields) == {"floors"}
    revision = services.change_schema(layer, by=keeper, attributes=schema(layer, floors=None), erase=True).revision
    assert all("floors" not in f.attributes for f in Feature.objects.all())
    assert revision == layer.revision + 1


def test_an_attribute_that_the_style_reads_stays(layer, keeper):
    services.restyle(layer, by=keeper, symbology=CATEGORY)
    with pytest.raises(LayerInUse):
        services.change_schema(layer, by=keeper, attributes=schema(layer, use=None), erase=True)


@pytest.mark.parametrize("name", ["", "1a", "a b", "a'b", "x" * 64])
def test_names_that_cannot_be_keys_are_refused(layer, keeper, name):
    with pytest.raises(BadRequest):
        services.change_schema(layer, by=keeper, attributes=[*schema(layer), {"name": name}])


def test_deleting_takes_the_features_and_leaves_a_record(layer, keeper):
    services.publish(layer, by=keeper)
    with pytest.raises(LayerInUse):
        services.delete(layer, by=keeper)
    services.withdraw(layer, by=keeper)
    services.delete(layer, by=keeper)
    assert not Layer.objects.filter(pk=layer.pk).exists()
    assert not Feature.objects.filter(layer_id=layer.pk).exists()
    assert LayerEvent.objects.filter(slug=layer.slug, act="delete", layer=None).exists()
