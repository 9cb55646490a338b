"""Where every layer comes from.

An app registers what it shows in its `layers.py`, as `admin.py` does for the admin:

    @register
    class Parcels(ModelLayer):
        id = "parcels"
        title = _("Land parcels")
        queryset = Parcel.objects.current()
        fields = ["parcel_no", "block", "land_kind", "area_m2"]
        public = True
        min_zoom = 13

A field of a related row is written as a path, `place__name_ar`; interfaces know it by its last part, `name_ar`.

Layers that planners make are rows of Layer with rows of Feature. Both answer the same questions (LayerSource), and
tiles, OGC API, REST, export, legend, popup and search ask nothing else.
"""

from functools import cache

from django.contrib.gis.db.models import GeometryField
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import override

from gis_layers.fields import MODEL_FIELD, Attribute, Choice, FieldType
from gis_layers.models import Feature, Layer
from gis_layers.symbology import cleaned, default_symbology, style_layers
from muni.core.errors import DomainError

_registered = {}


class NotEditable(DomainError):
    code = "not_editable"


def register(source):
    """Class decorator for a ModelLayer in an app's layers.py."""
    if source.id in _registered:
        raise ImproperlyConfigured(f"Two layers are registered as {source.id!r}")
    if not hasattr(source.queryset, "visible_to"):
        raise ImproperlyConfigured(f"{source.__name__}.queryset has no visible_to(user)")
    _registered[source.id] = source
    return source


def source_of(layer):
    """The LayerSource behind a row of the catalogue."""
    return _registered[layer.slug](layer) if layer.is_registered else PlannerLayer(layer)


def editable_slugs():
    """Ids of the registered layers that changesets may edit."""
    return [slug for slug, source in _registered.items() if source.editor]


def is_editable(layer):
    """Whether changesets may edit it: planner-made layers, and registered ones whose app does it by its own rules."""
    return not layer.is_registered or source_of(layer).editor is not None


class LayerSource:
    """What every interface may ask of a layer.

    attributes           tuple of Attribute, in order
    id_field             name of the integer that identifies a feature
    geometry             name of the column in MUNI_SRID; geometry_3857: of the one for tiles
    rows(user)           QuerySet of what this user may see
    value(name)          expression of an attribute, typed, for filter, order_by and values
    json_value(name)     the same as it goes into JSON
    editor               how changesets change a registered layer (see Editor), None where they may not
    """

    id_field = "pk"
    geometry = "geom"
    geometry_3857 = "geom_3857"
    editor = None

    def __init__(self, layer):
        self.layer = layer

    def __eq__(self, other):
        """Equal sources ask the same questions for the same user."""
        return type(self) is type(other) and self._identity == other._identity

    def __hash__(self):
        return hash(self._identity)

    @property
    def _identity(self):
        return self.layer.pk, self.attributes

    def json_value(self, name):
        return self.value(name)

    def attribute(self, name):
        return next((a for a in self.attributes if a.name == name), None)

    @property
    def tile_attributes(self):
        """Names that travel in tiles: what the style and the labels need; popups fetch the rest by id."""
        used = _names_in(self.layer.style) | {self.layer.label_field}
        return [a.name for a in self.attributes if a.name in used]


class Editor:
    """How a changeset changes the rows of a registered layer when it is published: through the app's own services, in
    the transaction of the publication, so that its rules hold. What it raises as DomainError stops the publication.

    ops: which of "create", "update", "delete" are allowed. fields: names of the attributes that may be changed.
    geometry: bytes, WKB in MUNI_SRID. Subclasses override the acts that they allow.
    """

    ops = frozenset()
    fields = ()

    def create(self, attributes, geometry, *, by):
        raise NotEditable(_("Features cannot be added to this layer."))

    def update(self, number, attributes, geometry, *, by):
        raise NotEditable(_("Features of this layer cannot be changed."))

    def delete(self, number, *, by):
        raise NotEditable(_("Features cannot be removed from this layer."))


class _Key(Func):
    """A key of Feature.attributes. Django's own transform takes a key like "2019" for a place in an array."""

    template = "(%(expressions)s)"

    def __init__(self, name, *, operator, output_field):
        super().__init__(F("attributes"), Value(name), arg_joiner=f" {operator} ", output_field=output_field)


class PlannerLayer(LayerSource):
    id_field = "feature_no"

    def __init__(self, layer):
        super().__init__(layer)
        self.attributes = tuple(field.attribute for field in layer.schema.all())

    def rows(self, user):
        return Feature.objects.filter(layer=self.layer).current().visible_to(user)

    def value(self, name):
        kind = self.attribute(name).type
        text = _Key(name, operator="->>", output_field=models.TextField())
        return text if kind == FieldType.TEXT else Cast(text, MODEL_FIELD[kind]())

    def json_value(self, name):
        return _Key(name, operator="->", output_field=models.JSONField())


class ModelLayer(LayerSource):
    """Declares an app's rows as a layer; see the module's docstring."""

    id = None
    title = None
    abstract = ""
    queryset = None
    fields = ()
    searchable = ()
    label_field = ""
    public = False
    min_zoom = 0
    max_zoom = 22
    group = Layer.Group.OTHER
    position = 100
    shown_first = False
    style = ()
    symbology = {}
    period = ()
    """Paths of the dates between which a row shows, [from, to), where rows come and go by the calendar."""
    thing = ""
    """Path of what stays the same while its dated rows come and go, such as the place of a boundary."""

    @property
    def attributes(self):
        return _attributes(type(self))

    def rows(self, user):
        return self.queryset.all().visible_to(user)

    def value(self, name):
        return F(next(path for path in self.fields if _public(path) == name))

    @classmethod
    def geometry_type(cls):
        kind = cls.queryset.model._meta.get_field(cls.geometry).geom_type.removeprefix("MULTI")
        return {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}.get(kind, "Geometry")

    @classmethod
    def _attribute(cls, path):
        model, name = cls.queryset.model, _public(path)
        for relation in path.split(LOOKUP_SEP)[:-1]:
            model = model._meta.get_field(relation).related_model
        column = model._meta.get_field(name)
        titles = {}
        for language in ("ar", "en"):
            with override(language):
                titles[f"title_{language}"] = str(column.verbose_name)
        return Attribute(
            name=name,
            **titles,
            type=_field_type(column),
            required=not column.null and not column.blank,
            searchable=name in cls.searchable,
            choices=tuple(_choices(column)),
        )


@cache
def _attributes(kind):
    """The attributes of a ModelLayer class: they are the code's, so they stay while the process lives."""
    return tuple(kind._attribute(path) for path in kind.fields)


def record_registered_layers(**kwargs):
    """Gives every registered layer its row in the catalogue; what people changed there (style, visibility) stays."""
    for source in _registered.values():
        titles = {}
        for language in ("ar", "en"):
            with override(language):
                titles[f"title_{language}"] = str(source.title)
                titles[f"abstract_{language}"] = str(source.abstract)
        told_by_code = {**titles, "geometry_type": source.geometry_type(), "label_field": source.label_field}
        Layer.objects.update_or_create(
            slug=source.id,
            defaults={**told_by_code, "is_registered": True},
            create_defaults={
                **told_by_code,
                "is_registered": True,
                "visibility": Layer.Visibility.PUBLIC if source.public else Layer.Visibility.STAFF,
                "min_zoom": source.min_zoom,
                "max_zoom": source.max_zoom,
                "group": source.group,
                "position": source.position,
                "shown_first": source.shown_first,
                **_drawing(source),
            },
        )


def _drawing(source):
    """Symbology and style of a layer fresh from code: its own MapLibre style, or what it declares."""
    geometry_type = source.geometry_type()
    declared = source.symbology or default_symbology(geometry_type, source.label_field)
    symbology = cleaned(declared, geometry_type, source(None).attributes)
    if source.style:
        return {"style": list(source.style), "symbology": symbology | {"kind": "handwritten"}}
    return {"style": style_layers(symbology, geometry_type), "symbology": symbology}


def _public(path):
    return path.rpartition(LOOKUP_SEP)[2]


def _field_type(column):
    if isinstance(column, models.BooleanField):
        return FieldType.BOOLEAN
    if isinstance(column, models.DateTimeField):
        return FieldType.DATETIME
    if isinstance(column, models.DateField):
        return FieldType.DATE
    if isinstance(column, models.IntegerField):
        return FieldType.INTEGER
    if isinstance(column, models.FloatField | models.DecimalField):
        return FieldType.NUMBER
    if isinstance(column, GeometryField):
        raise ImproperlyConfigured(f"{column} is a geometry, not an attribute")
    return FieldType.TEXT


def _choices(column):
    for value, label in column.flatchoices:
        labels = {}
        for language in ("ar", "en"):
            with override(language):
                labels[f"label_{language}"] = str(label)
        yield Choice(value=value, **labels)


def _names_in(style):
    """Attribute names that MapLibre expressions of a style read: ["get", name] and ["has", name]."""
    found = set()
    stack = [style]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            if len(node) == 2 and node[0] in ("get", "has") and isinstance(node[1], str):
                found.add(node[1])
            stack.extend(node)
        elif isinstance(node, dict):
            stack.extend(node.values())
    return found
