"""Features: pages and single ones (OGC API Features Parts 1 to 3)."""

import json
from datetime import UTC, datetime
from hashlib import blake2b

import shapely
from django.contrib.gis.geos import Polygon
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from shapely.geometry import shape

from gis_layers import features, parameters
from gis_layers.catalogue.views import map_data
from gis_layers.fields import FieldType
from gis_layers.ogc import cql2
from gis_layers.ogc.cql2.translation import clean
from gis_layers.ogc.crs import CRS84, crs_named
from gis_layers.ogc.negotiation import (
    COMMON_PARAMETERS,
    GEOJSON,
    HTML,
    Answer,
    caching,
    check_parameters,
    layer_or_404,
    link,
    link_header,
    ogc_view,
    self_links,
)
from gis_layers.ogc.schemas import choices_of
from gis_layers.ogc.temporal import period_of, touching
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, NotFound

PAGING = {"limit", "after", "sortby"}
SELECTING = {"bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"}
RESERVED = PAGING | SELECTING | {"crs"} | COMMON_PARAMETERS

FORMATS = (GEOJSON, HTML)
_HTML_LIMIT = 25
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"


@ogc_view(*FORMATS, own_parameters=True)
def items(request, slug):
    """A page of features; `after` is the cursor that the `next` link carries."""
    layer = layer_or_404(request, slug)
    return page_of(request, layer, source_of(layer))


def page_of(request, layer, source, *, own_parameters=frozenset(), counts=True):
    """The answer of `items` from any source. own_parameters: further names that may stand in the query; counts: whether
    the source's counts may be remembered for the layer's revision."""
    queryable = {a.name: a for a in source.attributes if a.name not in RESERVED | own_parameters}
    check_parameters(request, RESERVED | own_parameters | set(queryable))
    asked = request.GET
    crs = _crs(request)
    limit = parameters.limit(asked.get("limit"), _HTML_LIMIT if request.ogc_format is HTML else features.DEFAULT_LIMIT)
    every = source.rows(request.user)
    rows = _selected(source, every, asked, queryable)
    found = features.page(
        source,
        rows,
        features.feature_text(source, **_form(crs)),
        limit=limit,
        order=parameters.ordering(source, asked.get("sortby"), "sortby"),
        after=asked.get("after"),
    )
    is_first = "after" not in asked
    number_matched = len(found.features) if is_first and not found.following else None
    if counts:
        number_matched = features.matched(
            source,
            rows,
            is_filtered=rows is not every,
            limit=limit,
            user=request.user,
            page=found,
            is_first=is_first,
        )
    links = _page_links(request, layer, found)
    members = {
        "numberReturned": len(found.features),
        "links": links,
        "timeStamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if number_matched is not None:
        members["numberMatched"] = number_matched
    headers = {**caching(layer, request), "Content-Crs": f"<{crs.uri}>", "Link": link_header(links)}
    if request.ogc_format is HTML:
        return Answer({}, "gis_layers/ogc/items.html", _page_context(request, layer, source, found, members), headers)
    return Answer(found.collection(**members), headers=headers)


@ogc_view(*FORMATS, parameters={"crs"})
def item(request, slug, number):
    """One feature, with an ETag that stays while it stays."""
    layer = layer_or_404(request, slug)
    return feature_of(request, layer, source_of(layer), number)


def feature_of(request, layer, source, number, *, version=None):
    """The answer of `item` from any source. version: token of the feature's state, as its ETag."""
    crs = _crs(request)
    text = features.one(source, request.user, feature_id(number), **_form(crs))
    if text is None:
        raise NotFound(_("There is no feature “%(id)s” in this collection.") % {"id": number[:40]})
    collection = reverse("ogc:collection", args=[layer.slug])
    links = [*self_links(request, FORMATS), link(request, "collection", collection, title=layer.title)]
    headers = {**caching(layer, request), "Content-Crs": f"<{crs.uri}>", "Link": link_header(links)}
    if request.ogc_format is HTML:
        feature = json.loads(text)
        context = {
            "layer": layer,
            "feature": feature,
            "rows": labelled(source, feature["properties"]),
            "map": _map(request, layer, [feature]),
        }
        return Answer({}, "gis_layers/ogc/item.html", context, headers)
    mark = version or blake2b(f"{text}{crs.uri}{get_language()}".encode(), digest_size=12).hexdigest()
    body = f'{text[:-1]},"links":{json.dumps(links, ensure_ascii=False)}}}'
    return Answer(body.encode(), headers={**headers, "ETag": f'"{mark}"'})


def labelled(source, properties):
    """[(title, value as people read it, unit)] of a feature."""
    return [(a.title, _readable(a, properties[a.name]), a.unit_title) for a in source.attributes]


def _readable(attribute, value):
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return choices_of(attribute).get(value, value) if isinstance(value, str) else value


def _crs(request):
    """The reference system of the answer; pages draw a map, which takes degrees."""
    crs = crs_named(request.GET.get("crs", CRS84.uri), "crs")
    return CRS84 if request.ogc_format is HTML else crs


def _form(crs):
    return {"srid": crs.srid, "decimals": crs.decimals, "flipped": crs.latitude_first}


def feature_id(number):
    """The number in an address. Raises NotFound."""
    if not number.isascii() or not number.isdecimal() or len(number) > 19:
        raise NotFound(_("There is no feature “%(id)s” in this collection.") % {"id": number[:40]})
    return int(number)


def _selected(source, rows, asked, queryable):
    """The rows that bbox, datetime, filter and the queryables select; `rows` itself when none of them is given."""
    if "bbox" in asked:
        rows = _in_box(source, rows, asked)
    elif "bbox-crs" in asked:
        crs_named(asked["bbox-crs"], "bbox-crs")
    if "datetime" in asked:
        interval = parameters.interval(asked["datetime"])
        if period := period_of(source):
            rows = touching(source, rows, period, interval)
    for name in asked:
        if name in queryable:
            rows = _with_value(source, rows, queryable[name], asked.getlist(name))
    filter_crs = crs_named(asked.get("filter-crs", CRS84.uri), "filter-crs")
    language = asked.get("filter-lang", "cql2-text")
    if "filter" in asked:
        rows = rows.filter(cql2.condition(cql2.read(asked["filter"], language), source, filter_crs))
    elif language not in cql2.LANGUAGES:
        cql2.read("", language)
    return rows


def _in_box(source, rows, asked):
    crs = crs_named(asked.get("bbox-crs", CRS84.uri), "bbox-crs")
    if crs is CRS84:
        return features.in_lonlat_box(source, rows, *parameters.lonlat_box(asked["bbox"]))
    first, second, third, fourth = parameters.box(asked["bbox"])
    if crs.is_degrees:
        text = ",".join(map(repr, (second, first, fourth, third)))
        return features.in_lonlat_box(source, rows, *parameters.lonlat_box(text))
    if first > third or second > fourth or max(map(abs, (first, second, third, fourth))) > 1e8:
        raise BadRequest(_("The corners of the box are out of range or in the wrong order."), fields={"bbox": []})
    box = Polygon.from_bbox((first, second, third, fourth))
    box.srid = crs.srid
    return rows.filter(**{f"{source.geometry}__intersects": box})


def _with_value(source, rows, attribute, texts):
    """Features whose attribute has one of the values."""
    values = []
    for text in texts:
        value = parameters.typed(attribute, text)
        choices = choices_of(attribute)
        if choices and value not in choices:
            raise parameters.refuse(
                attribute.name,
                _("“%(value)s” is none of the values of “%(name)s”.") % {"value": text[:40], "name": attribute.name},
            )
        values.append(value)
    if attribute.type == FieldType.TEXT:
        values = [clean(value, attribute.name) for value in values]
    name = f"_is{source.attributes.index(attribute)}"
    return rows.alias(**{name: source.value(attribute.name)}).filter(Q(**{f"{name}__in": values}))


def _page_links(request, layer, found):
    links = self_links(request, FORMATS)
    if found.following:
        query = request.GET.copy()
        query["after"] = found.following
        query["f"] = request.ogc_format.key
        address = f"{request.path}?{query.urlencode()}"
        links.append(link(request, "next", address, request.ogc_format.media_type, _("Next page")))
    links.append(link(request, "collection", reverse("ogc:collection", args=[layer.slug]), title=layer.title))
    queryables = reverse("ogc:queryables", args=[layer.slug])
    links.append(link(request, _QUERYABLES, queryables, "application/schema+json", _("What can be filtered by")))
    return links


def _page_context(request, layer, source, found, members):
    shown = [json.loads(text) for text in found.features]
    return {
        "layer": layer,
        "attributes": source.attributes,
        "rows": [(feature["id"], labelled(source, feature["properties"])) for feature in shown],
        "map": _map(request, layer, shown),
        "matched": members.get("numberMatched"),
        "next": next((each["href"] for each in members["links"] if each["rel"] == "next"), None),
        "filter": request.GET.get("filter", ""),
    }


def _map(request, layer, shown):
    """What the page's map shows: the layer, and the features of the page on top."""
    bare = {"type": "FeatureCollection", "features": [{**feature, "properties": {}} for feature in shown]}
    bounds = shapely.total_bounds([shape(f["geometry"]) for f in shown if f["geometry"]]) if shown else None
    return {**map_data(layer, request.user), "features": bare, "bounds": None if bounds is None else bounds.tolist()}
