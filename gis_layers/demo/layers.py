"""The layers of a demo province: schema, look and place in the tree."""

from gis_layers.fields import Choice, FieldType
from gis_layers.models import Layer

_PIXELS_A_METRE = {"12": 0.062, "18": 3.95}  # of a 512-pixel tile at 32° north, so that streets keep their true width


def _street_width(extra):
    stops = []
    for zoom, scale in _PIXELS_A_METRE.items():
        stops += [int(zoom), ["+", ["*", ["coalesce", ["get", "width_m"], 8], scale], extra]]
    return ["interpolate", ["exponential", 2], ["zoom"], *stops]


_LINE = {"line-cap": "round", "line-join": "round"}
STREETS = [
    {
        "id": "casing",
        "type": "line",
        "layout": _LINE,
        "paint": {"line-color": "#d8d0c0", "line-width": _street_width(1.5)},
    },
    {
        "id": "street",
        "type": "line",
        "layout": _LINE,
        "paint": {"line-color": "#ffffff", "line-width": _street_width(0)},
    },
    {
        "id": "label",
        "type": "symbol",
        "minzoom": 15,
        "layout": {
            "symbol-placement": "line",
            "text-field": ["to-string", ["get", "name_ar"]],
            "text-font": ["IBM Plex Sans Arabic"],
            "text-size": 12,
        },
        "paint": {"text-color": "#5b5346", "text-halo-color": "#ffffff", "text-halo-width": 1.5},
    },
]

NAMES = [
    ("name_ar", "الاسم", "Arabic name", FieldType.TEXT),
    ("name_en", "الاسم بالإنكليزية", "English name", FieldType.TEXT),
]

ROADS = [
    Choice("arterial", "شارع رئيسي", "arterial"),
    Choice("collector", "شارع مجمّع", "collector"),
    Choice("local", "شارع محلي", "local street"),
    Choice("alley", "زقاق", "alley"),
    Choice("bridge", "جسر", "bridge"),
]
ZONES = {
    "mixed": ("مختلط", "mixed", "#f3e3cf"),
    "residential": ("سكني", "residential", "#f5ecd9"),
    "commercial": ("تجاري", "commercial", "#f2d7d0"),
    "industrial": ("صناعي", "industrial", "#e0dae6"),
    "public": ("خدمات عامة", "public services", "#d9e3ee"),
    "green": ("خضراء", "green", "#d3e6c5"),
    "agricultural": ("زراعي", "agricultural", "#e3ebc6"),
}
FACILITIES = {
    "primary_school": ("مدرسة ابتدائية", "primary school", "#0072b2"),
    "secondary_school": ("مدرسة ثانوية", "secondary school", "#56b4e9"),
    "kindergarten": ("روضة", "kindergarten", "#8e6bb5"),
    "health": ("مركز صحي", "health centre", "#d55e00"),
    "mosque": ("جامع", "mosque", "#007a5a"),
    "market": ("سوق", "market", "#cc5f8f"),
    "park": ("متنزه", "park", "#5a9e2f"),
    "office": ("دائرة حكومية", "public office", "#555555"),
}
USES = {
    "residential": ("سكني", "residential"),
    "commercial": ("تجاري", "commercial"),
    "industrial": ("صناعي", "industrial"),
    "education": ("تعليمي", "education"),
    "health": ("صحي", "health"),
    "religious": ("ديني", "religious"),
    "public": ("خدمات عامة", "public services"),
    "agricultural": ("زراعي", "agricultural"),
    "green": ("أخضر", "green"),
    "vacant": ("خالٍ", "vacant"),
}


def _choices(table):
    return [Choice(value, row[0], row[1]) for value, row in table.items()]


def _categories(field, table):
    return {
        "kind": "category",
        "field": field,
        "classes": [
            {"value": value, "label_ar": row[0], "label_en": row[1], "color": row[2]} for value, row in table.items()
        ],
    }


LAYERS = {
    "landuse": {
        "titles": ("استعمالات الأرض", "Land use"),
        "geometry_type": Layer.GeometryType.POLYGON,
        "group": Layer.Group.BASE,
        "position": 5,
        "shown_first": True,
        "fields": [("zone", "الاستعمال", "Use", FieldType.TEXT, _choices(ZONES))],
        "symbology": _categories("zone", ZONES) | {"symbol": {"opacity": 0.9, "outline_width": 0}},
    },
    "water": {
        "titles": ("الأنهار", "Rivers"),
        "geometry_type": Layer.GeometryType.POLYGON,
        "group": Layer.Group.BASE,
        "position": 10,
        "shown_first": True,
        "fields": NAMES,
        "label_field": "name_ar",
        "symbology": {
            "symbol": {"color": "#a8d0e2", "opacity": 1, "outline": "#8bbcd3", "outline_width": 0.5},
            "label": {"field": "name_ar", "min_zoom": 12},
        },
    },
    "streets": {
        "titles": ("الشوارع", "Streets"),
        "geometry_type": Layer.GeometryType.LINE,
        "group": Layer.Group.BASE,
        "position": 20,
        "shown_first": True,
        "fields": [
            *NAMES,
            ("road", "الصنف", "Class", FieldType.TEXT, ROADS),
            ("width_m", "العرض", "Width", FieldType.NUMBER, [], "m"),
        ],
        "label_field": "name_ar",
        "searchable": {"name_ar", "name_en"},
        "style": STREETS,
    },
    "blocks": {
        "titles": ("البلوكات", "Blocks"),
        "geometry_type": Layer.GeometryType.POLYGON,
        "group": Layer.Group.LAND,
        "position": 30,
        "fields": [
            ("name", "الرمز", "Code", FieldType.TEXT),
            ("area_m2", "المساحة", "Area", FieldType.NUMBER, [], "m²"),
        ],
        "min_zoom": 11,
        "symbology": {
            "symbol": {"color": "#efe6d2", "opacity": 0.4, "outline": "#a3936f", "outline_width": 0.75},
            "label": {"field": "name", "min_zoom": 16},
        },
    },
    "buildings": {
        "titles": ("المباني", "Buildings"),
        "geometry_type": Layer.GeometryType.POLYGON,
        "group": Layer.Group.BASE,
        "position": 50,
        "shown_first": True,
        "min_zoom": 14,
        "fields": [
            ("use", "الاستعمال", "Use", FieldType.TEXT, _choices(USES)),
            ("storeys", "عدد الطوابق", "Storeys", FieldType.INTEGER),
            ("height_m", "الارتفاع", "Height", FieldType.NUMBER, [], "m"),
        ],
        "symbology": {"symbol": {"color": "#dccfba", "opacity": 0.9, "outline": "#bfae92", "outline_width": 0.5}},
    },
    "facilities": {
        "titles": ("المرافق العامة", "Public facilities"),
        "geometry_type": Layer.GeometryType.POINT,
        "group": Layer.Group.SERVICES,
        "position": 80,
        "shown_first": True,
        "min_zoom": 13,
        "fields": [*NAMES, ("kind", "النوع", "Kind", FieldType.TEXT, _choices(FACILITIES))],
        "label_field": "name_ar",
        "searchable": {"name_ar", "name_en"},
        "symbology": _categories("kind", FACILITIES)
        | {"symbol": {"size": 5}, "label": {"field": "name_ar", "min_zoom": 16, "size": 12}},
    },
}
