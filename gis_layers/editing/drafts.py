"""A layer as it would be with a changeset: the sources that interfaces ask."""

import json

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import Case, Exists, F, Func, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce

from gis_layers import features
from gis_layers.editing.models import DraftFeature, Edit
from gis_layers.editing.narrowing import narrowed
from gis_layers.editing.published import snapshots
from gis_layers.fields import MODEL_FIELD
from gis_layers.registry import LayerSource, PlannerLayer, source_of
from muni.core.srids import MUNI_SRID, WEB_MERCATOR

DECIMALS = 9
"""Of degrees: a tenth of a millimetre, so that a vertex which comes back is known again (content.SAME_PLACE_M)."""


class DraftLayer(PlannerLayer):
    """A planner-made layer with a changeset's edits; `changeset` is one that the user may see."""

    def __init__(self, changeset):
        super().__init__(changeset.layer)
        self.changeset = changeset

    def rows(self, user):
        return DraftFeature.objects.filter(changeset=self.changeset, layer=self.layer)

    version = F("version")
    edit = F("edit")

    @property
    def _identity(self):
        return *super()._identity, self.changeset.pk


class EditedRows(PlannerLayer):
    """The edited features of a registered layer, under the attributes of that layer."""

    def __init__(self, changeset):
        LayerSource.__init__(self, changeset.layer)
        self.changeset = changeset
        self.attributes = source_of(changeset.layer).attributes

    def rows(self, user):
        return self.changeset.edits.exclude(op=Edit.Op.DELETE)

    version = Func(F("version"), template="'e' || %(expressions)s", output_field=TextField())
    edit = F("op")


class UneditedRows(LayerSource):
    """The features of a registered layer that a changeset leaves alone."""

    version = Value("", output_field=TextField())
    edit = Value(None, output_field=TextField())

    def __init__(self, changeset):
        super().__init__(changeset.layer)
        self.changeset, self.source = changeset, source_of(changeset.layer)
        self.attributes, self.id_field = self.source.attributes, self.source.id_field
        self.geometry, self.geometry_3857 = self.source.geometry, self.source.geometry_3857

    def rows(self, user):
        edited = self.changeset.edits.values("feature_no")
        return self.source.rows(user).exclude(**{f"{self.id_field}__in": edited})

    def value(self, name):
        return self.source.value(name)

    def json_value(self, name):
        return self.source.json_value(name)


class DraftRegister(LayerSource):
    """A registered layer with a changeset's edits as one source, for interfaces that sort and filter. Rows that were
    added are not in it: the app has no rows for them yet."""

    geometry, geometry_3857 = "_draft_geom", "_draft_geom_3857"

    def __init__(self, changeset):
        super().__init__(changeset.layer)
        self.changeset, self.source, self.edited = changeset, source_of(changeset.layer), EditedRows(changeset)
        self.attributes, self.id_field = self.source.attributes, self.source.id_field

    def rows(self, user):
        removed = self.changeset.edits.filter(op=Edit.Op.DELETE).values("feature_no")
        rows = self.source.rows(user).exclude(**{f"{self.id_field}__in": removed})
        shapes = (("geom", self.source.geometry, MUNI_SRID), ("geom_3857", self.source.geometry_3857, WEB_MERCATOR))
        return rows.annotate(
            **{
                f"_draft_{name}": Coalesce(self._edit(F(name)), F(column), output_field=GeometryField(srid=srid))
                for name, column, srid in shapes
            }
        )

    def value(self, name):
        field = MODEL_FIELD[self.attribute(name).type]()
        is_edited = When(Exists(self._edits), then=self._edit(self.edited.value(name)))
        return Case(is_edited, default=self.source.value(name), output_field=field)

    def version(self, number):
        """The token of a feature's state in the draft, None where it is not there."""
        edit = self.changeset.edits.filter(feature_no=number).first()
        if edit:
            return None if edit.op == Edit.Op.DELETE else f"e{edit.version}"
        return _tokens(self.changeset, [number]).get(number)

    @property
    def _edits(self):
        return self.edited.rows(None).filter(feature_no=OuterRef(self.id_field)).order_by()

    def _edit(self, value):
        return Subquery(self._edits.annotate(_value=value).values("_value")[:1])

    @property
    def _identity(self):
        return *super()._identity, self.changeset.pk


def sources_of(changeset):
    """The sources that together are the draft: one, or two where another app owns the rows."""
    if changeset.layer.is_registered:
        return [EditedRows(changeset), UneditedRows(changeset)]
    return [DraftLayer(changeset)]


def draft_rows(changeset, user, *, box=None, number=None, asked=None):
    """[(source, its rows)] of the draft's features.

    box: (west, south, east, north) in degrees; number: of one feature; asked: see narrowing.narrowed.
    """
    found = []
    for source in sources_of(changeset):
        rows = source.rows(user)
        if box:
            rows = features.in_lonlat_box(source, rows, *box)
        if number is not None:
            rows = rows.filter(**{source.id_field: number})
        found.append((source, narrowed(source, rows, asked) if asked else rows))
    return found


def draft_page(changeset, parts, *, limit, after=None):
    """The first `limit` features of draft_rows in order of their numbers: [(number, GeoJSON text with their `version`
    and `edit`)]. after: the number to continue behind."""
    found = []
    for source, rows in parts:
        if after is not None:
            rows = rows.filter(**{f"{source.id_field}__gt": after})
        text = features.feature_text(source, decimals=DECIMALS)
        rows = rows.order_by(source.id_field).values_list(source.id_field, text, source.version, source.edit)
        found += features.read(rows[:limit])
    found.sort(key=lambda row: row[0])
    del found[limit:]
    tokens = _tokens(changeset, [number for number, _text, version, _edit in found if not version])
    return [
        (number, with_members(text, version=version or tokens[number], edit=edit))
        for number, text, version, edit in found
    ]


def with_members(text, **members):
    """The GeoJSON text of a feature with further members."""
    return f"{text[:-1]},{json.dumps(members)[1:]}"


def removed_in(changeset, box=None):
    """Numbers of published features that the draft removes, in the box where one is given."""
    edits = changeset.edits.filter(op=Edit.Op.DELETE, base_version__isnull=False)
    if box:
        there = features.touching_lonlat_box("_there", *box)
        edits = edits.alias(_there=Transform("base_geom", WEB_MERCATOR)).filter(there)
    return list(edits.order_by("feature_no").values_list("feature_no", flat=True))


def _tokens(changeset, numbers):
    return {number: s.token for number, s in snapshots(changeset.layer, numbers).items()} if numbers else {}
