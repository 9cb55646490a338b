"""Puts a demo province into the database: places with boundaries, and the planner-made layers."""

import json
import uuid
from datetime import date
from io import StringIO

import shapely
from django.db import connection

from gis_layers import services
from gis_layers.demo.layers import LAYERS
from gis_layers.models import Layer, LayerField
from gis_layers.symbology import cleaned, style_layers
from muni.core.srids import MUNI_SRID
from muni.places.models import Department, Place
from muni.places.services import set_boundary

SOURCE = "Demo data, generated · بيانات تجريبية مولّدة"
LICENCE = "CC0"
SINCE = date(2020, 1, 1)


def offices(governorate):
    """The departments of the demo: of the governorate and its GIS unit."""
    for code, name_ar, name_en in (
        ("gis", "شعبة نظم المعلومات الجغرافية", "GIS unit"),
        ("governorate", "ديوان المحافظة", "Governorate office"),
    ):
        Department.objects.update_or_create(
            place=governorate, code=code, defaults={"name_ar": name_ar, "name_en": name_en, "is_demo": True}
        )


def municipality(town, province):
    """The town's municipality under its qadha, with its neighbourhoods and their boundaries: {number: Place}."""
    qadha = Place.objects.get(code=town.spec["qadha"])
    body, _made = Place.objects.update_or_create(
        code=f"{province.slug}-{town.code}",
        defaults={
            "level": Place.Level.MUNICIPALITY,
            "parent": qadha,
            "name_ar": f"بلدية {town.name_ar}",
            "name_en": f"{town.name_en} municipality",
            "is_demo": True,
        },
    )
    body.children.all().delete()
    body.boundaries.all().delete()
    set_boundary(body, town.municipality, valid_from=SINCE, source=SOURCE, licence=LICENCE)
    quarters = {0: body}
    for row in town.neighbourhoods.to_dict("records"):
        quarter = Place.objects.create(
            code=f"{body.code}-{row['number']}",
            level=Place.Level.NEIGHBOURHOOD,
            parent=body,
            name_ar=row["name_ar"],
            name_en=row["name_en"],
            is_demo=True,
        )
        set_boundary(quarter, row["geometry"], valid_from=SINCE, source=SOURCE, licence=LICENCE)
        quarters[row["number"]] = quarter
    return quarters


ROUGH = "Demo data: a rough outline around the demo towns · بيانات تجريبية: حدود تقريبية حول المدن التجريبية"
AROUND = 12_000  # metres of country around the outermost towns
LONG_AGO = date(1900, 1, 1)  # so that a real boundary of any date succeeds it


def outlines(governorate, province):
    """Gives the governorate, and its qadhas and nahiyas that have a demo town, a boundary: the country nearest to their
    towns. A boundary that somebody brought stays."""
    centres = [shapely.Point(town.spec["centre"]) for town in province.towns]
    whole = shapely.unary_union([town.municipality for town in province.towns]).convex_hull.buffer(AROUND)
    nearest = [whole]
    if len(centres) > 1:
        cells = shapely.voronoi_polygons(shapely.MultiPoint(centres), extend_to=whole, ordered=True)
        nearest = shapely.intersection(shapely.get_parts(cells), whole)
    shapes = {governorate.code: [whole]}
    for town, cell in zip(province.towns, nearest, strict=True):
        shapes.setdefault(town.spec["qadha"], []).append(cell)
        names = [town.name_ar, f"مركز {town.name_ar}"]
        around = Place.objects.filter(level=Place.Level.NAHIYA, parent__code=town.spec["qadha"], name_ar__in=names)
        for nahiya in around[:1]:
            shapes[nahiya.code] = [cell]
    for place in Place.objects.filter(code__in=shapes):
        place.boundaries.filter(source=ROUGH).delete()
        if not place.boundaries.filter(valid_to=None).exists():
            shape = shapely.unary_union(shapes[place.code])
            set_boundary(place, shape, valid_from=LONG_AGO, source=ROUGH, licence=LICENCE)


class DemoLayer:
    """One planner-made layer of the province, filled chunk by chunk and flipped at the end."""

    def __init__(self, kind, province, governorate):
        told = LAYERS[kind]
        self.batch = uuid.uuid4()
        self.layer, _made = Layer.objects.update_or_create(
            slug=f"{province.slug}-{kind}",
            defaults={
                "title_ar": f"{told['titles'][0]} - {governorate.name_ar}",
                "title_en": f"{told['titles'][1]} - {governorate.name_en}",
                "department": governorate.departments.get(code="gis"),
                "geometry_type": told["geometry_type"],
                "group": told["group"],
                "position": told["position"],
                "shown_first": told.get("shown_first", False),
                "min_zoom": told.get("min_zoom", 0),
                "label_field": told.get("label_field", ""),
                "visibility": Layer.Visibility.PUBLIC,
                "source": SOURCE,
                "licence": LICENCE,
                "is_demo": True,
            },
        )
        self._describe(told)

    def _describe(self, told):
        self.layer.schema.all().delete()
        for position, (name, title_ar, title_en, kind, *rest) in enumerate(told["fields"]):
            choices, unit = [*rest, [], ""][:2] if len(rest) < 2 else rest
            LayerField.objects.create(
                layer=self.layer,
                name=name,
                title_ar=title_ar,
                title_en=title_en,
                type=kind,
                unit=unit or "",
                searchable=name in told.get("searchable", ()),
                choices=[vars(choice) for choice in choices],
                position=position,
            )
        self.names = [field[0] for field in told["fields"]]
        attributes = [field.attribute for field in self.layer.schema.all()]
        symbology = cleaned(told.get("symbology", {}), self.layer.geometry_type, attributes)
        self.layer.style = told.get("style") or style_layers(symbology, self.layer.geometry_type)
        self.layer.symbology = symbology | ({"kind": "handwritten"} if "style" in told else {})
        self.layer.save(update_fields=["style", "symbology"])

    def add(self, frame):
        """Stages the rows of a GeoDataFrame."""
        geometries = shapely.to_wkb(shapely.set_srid(frame.geometry.values, MUNI_SRID), hex=True, include_srid=True)
        columns = [frame[name].tolist() for name in self.names]
        rows = StringIO()
        for geometry, *values in zip(geometries, *columns, strict=True):
            attributes = json.dumps(dict(zip(self.names, values, strict=True)), ensure_ascii=False)
            rows.write(f"{self.batch}\t{escaped(attributes)}\t{geometry}\n")
        copy("gis_layers_stagedfeature (batch, attributes, geom)", rows)

    def show(self):
        """Replaces what the layer held; earlier demo features leave no history."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM gis_layers_feature WHERE layer_id = %s", [self.layer.pk])
        return services.flip(self.layer, self.batch, mode="append")


def escaped(text):
    """Text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def copy(target, rows):
    """Writes tab-separated rows into a table: "name (column, ...)"."""
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {target} FROM STDIN", rows)
