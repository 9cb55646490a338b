"""One search over coordinates, layers, places and features, for what the user may see."""

from dataclasses import asdict, dataclass

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Envelope, Transform
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast, Collate, JSONObject

from gis_layers.map.coordinates import parse
from gis_layers.map.indexes import ask_for_indexes
from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.core.srids import LONLAT
from muni.core.text import Fold, fold
from muni.places.models import Boundary, Place

MAX_PLACES = MAX_LAYERS = 6
MAX_FEATURES_OF_A_LAYER = 5
MAX_FEATURES = 20
CANDIDATES = 1_000
MAX_LEADING = 4
TIME_LIMIT_MS = 1500
"""Enough for indexed layers; a huge layer whose attribute has no index may not hold everybody up."""


@dataclass(frozen=True)
class Result:
    """One line of the answer. bbox: [west, south, east, north] in degrees, or None."""

    kind: str
    title: str
    detail: str = ""
    bbox: tuple | None = None
    layer: str = ""
    id: int | None = None


def search(user, text):
    """([Result as dict], whole): whole is False when time ran out before all layers had answered."""
    position = parse(text)
    found = [_coordinates(*position)] if position else []
    whole = True
    if not position and fold(text):
        layers = list(Layer.objects.visible_to(user).prefetch_related("schema"))
        features, whole = _features(layers, user, fold(text).split())
        found = [*_places(text), *_layers(layers, fold(text)), *features]
    return [asdict(result) for result in found], whole


def _coordinates(lon, lat):
    return Result("coordinates", f"{lon:.6f}, {lat:.6f}", bbox=(lon, lat, lon, lat))


def _layers(layers, needle):
    named = [layer for layer in layers if needle in fold(layer.title_ar) or needle in fold(layer.title_en)]
    return [Result("layer", layer.title, layer.get_group_display(), layer=layer.slug) for layer in named[:MAX_LAYERS]]


def _places(text):
    places = list(Place.objects.named_like(text).order_by("level", "name_ar", "pk")[:MAX_PLACES])
    if not places:
        return
    above = {code for place in places for code in place.path.strip("/").split("/")}
    names = {place.code: place.name for place in Place.objects.filter(code__in=above)}
    boxes = {
        boundary.place_id: boundary.box.extent
        for boundary in Boundary.objects.current()
        .filter(place__in=places)
        .annotate(box=Envelope(Transform("geom", LONLAT)))
        .only("place_id")
    }
    for place in places:
        if place.pk not in boxes:  # nobody has drawn it yet: what is drawn inside shows where it is
            inside = Boundary.objects.current().filter(place__path__startswith=place.path)
            boxes[place.pk] = inside.aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
        wider = [names[code] for code in reversed(place.path.strip("/").split("/")[:-1])]
        detail = " · ".join([str(place.get_level_display()), *wider])
        yield Result("place", place.name, detail, boxes.get(place.pk))


def _features(layers, user, words):
    """Two queries over all layers, the first few hits of each in a UNION: other apps' rows, whose indexes are known,
    and planners' features, where a large layer may still lack its index and then is left out."""
    searched = [layer for layer in layers if any(a.searchable for a in source_of(layer).attributes)]
    ours = _hits([layer for layer in searched if layer.is_registered], user, words)
    planners = [layer for layer in searched if not layer.is_registered]
    theirs = _hits(planners, user, words)
    if theirs is None:
        ask_for_indexes(planners)
    return _best_first(layers, [*(ours or []), *(theirs or [])], " ".join(words)), None not in (ours, theirs)


def _hits(layers, user, words):
    """Rows (slug, number, label, {other attribute: value}, box); None when time ran out."""
    branches = [branch for layer in layers for branch in _branches(layer, user, words)]
    if not branches:
        return []
    query = branches[0].union(*branches[1:], all=True) if branches[1:] else branches[0]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [TIME_LIMIT_MS])
            rows = list(query)
            cursor.execute("SET LOCAL statement_timeout = 0")
            return rows
    except OperationalError:
        return None


def _best_first(layers, rows, needle):
    named = {layer.slug: layer.title for layer in layers}
    titles = {(layer.slug, a.name): a.title for layer in layers for a in source_of(layer).attributes}
    found = {}
    for slug, number, label, others, box in rows:
        more = [f"{titles[slug, name]} {value}" for name, value in others.items() if value]
        detail = " · ".join([named[slug], *more])
        found.setdefault((slug, number), Result("feature", label or named[slug], detail, box.extent, slug, number))
    place = {layer.slug: number for number, layer in enumerate(layers)}

    def rank(hit):
        title = fold(hit.title)
        return title != needle, needle not in title, place[hit.layer], title, hit.detail, hit.id

    return sorted(found.values(), key=rank)[:MAX_FEATURES]


def _branches(layer, user, words):
    """Hits of a layer. Registered layers match from the beginning of an attribute, which its index answers; names in
    planners' layers match anywhere. Places are searched as such, not once more as boundaries."""
    source = source_of(layer)
    if layer.is_registered and source.queryset.model is Boundary:
        return
    searched = [attribute.name for attribute in source.attributes if attribute.searchable]
    for name in searched:
        label = layer.label_field if source.attribute(layer.label_field) else name
        others = {other: Cast(source.value(other), TextField()) for other in searched if other != label}
        for rows in (
            _beginning(source, user, name, searched, words)
            if layer.is_registered
            else _holding(source, user, name, words)
        ):
            yield rows.annotate(
                layer_slug=Value(layer.slug, TextField()),
                number=F(source.id_field),
                label=Cast(source.value(label), TextField()),
                others=JSONObject(**others),
                box=Envelope(Transform(source.geometry, LONLAT)),
            ).values_list("layer_slug", "number", "label", "others", "box")[:MAX_FEATURES_OF_A_LAYER]


def _holding(source, user, name, words):
    rows = source.rows(user).annotate(hit=Fold(source.value(name))).order_by()
    for word in words:
        rows = rows.filter(hit__contains=word)
    yield rows


def _beginning(source, user, name, searched, words):
    """Rows whose attribute begins with all the words; and rows where it begins with one of them and any attribute has
    the others ("12 حي الكرمة"), of which the first CANDIDATES are looked through."""

    def beginning_with(text):
        return (
            source.rows(user)
            .annotate(hit=_folded(source, name))
            .filter(hit__startswith=text)
            .order_by("hit", source.id_field)
        )

    yield beginning_with(" ".join(words))
    if len(words) == 1:
        return
    for leading in words[:MAX_LEADING]:
        rows = source.rows(user).filter(pk__in=beginning_with(leading).values("pk")[:CANDIDATES])
        rows = rows.annotate(**{f"_{other}": _folded(source, other) for other in searched}, hit=_folded(source, name))
        for word in words:
            rows = rows.filter(_any(searched, "contains", word))
        yield rows.order_by("hit", source.id_field)


def _folded(source, name):
    """The C collation lets one index both find a prefix and give the hits in order."""
    return Collate(Fold(Cast(source.value(name), TextField())), "C")


def _any(names, lookup, word):
    rule = Q()
    for name in names:
        rule |= Q(**{f"_{name}__{lookup}": word})
    return rule
