"""A strict reader of vector tiles by the rules of the Mapbox Vector Tile specification 2.1; what it accepts and refuses
is held against @mapbox/mvt-fixtures."""

from google.protobuf.message import DecodeError, EncodeError
from mapbox_vector_tile.Mapbox import vector_tile_pb2

POINT, LINE, POLYGON = 1, 2, 3
MOVE, LINE_TO, CLOSE = 1, 2, 7


class TileError(ValueError):
    pass


def check(content):
    """{layer name: number of features} of a tile; TileError names the rule that is broken."""
    tile = vector_tile_pb2.tile()
    try:
        tile.ParseFromString(content)
        tile.DiscardUnknownFields()
        is_whole = len(tile.SerializeToString()) == len(content)
    except (DecodeError, EncodeError) as error:
        raise TileError("not a tile") from error
    _refuse(not is_whole, "nothing but the fields of the specification, each once")
    names = [layer.name for layer in tile.layers]
    _refuse(len(set(names)) < len(names), "two layers have one name")
    for layer in tile.layers:
        _check_layer(layer)
    return {layer.name: len(layer.features) for layer in tile.layers}


def _refuse(condition, rule):
    if condition:
        raise TileError(rule)


def _check_layer(layer):
    _refuse(not layer.HasField("version") or layer.version != 2, "the version is 2")
    _refuse(not layer.HasField("name") or not layer.name, "a layer has a name")
    for value in layer.values:
        _refuse(len(value.ListFields()) != 1, "a value has one type")
    ids = [feature.id for feature in layer.features if feature.HasField("id")]
    _refuse(len(set(ids)) < len(ids), "ids are unique")
    for feature in layer.features:
        _refuse(not feature.HasField("type"), "a feature has a type")
        tags = list(feature.tags)
        _refuse(len(tags) % 2, "tags come in pairs")
        _refuse(any(tag >= len(layer.keys) for tag in tags[::2]), "keys exist")
        _refuse(any(tag >= len(layer.values) for tag in tags[1::2]), "values exist")
        _refuse(not feature.geometry, "a feature has a geometry")
        if feature.type in {POINT, LINE, POLYGON}:
            _check_geometry(list(feature.geometry), feature.type)


def _check_geometry(commands, kind):
    """MoveTo; LineTo for lines; MoveTo, LineTo, ClosePath for rings; the first ring of an area is exterior."""
    position, at, ring, rings, previous = [0, 0], 0, [], [], None
    while at < len(commands):
        command, times = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == CLOSE:
            _refuse(kind != POLYGON or times != 1 or previous != LINE_TO, "ClosePath ends a ring, once")
            _refuse(len(ring) < 3, "a ring has three corners")
            rings.append(ring)
        elif command in {MOVE, LINE_TO}:
            _refuse(not times or at + 2 * times > len(commands), "as many coordinates as counted")
            _refuse(command == LINE_TO and (kind == POINT or previous != MOVE), "LineTo follows MoveTo")
            _refuse(command == MOVE and kind != POINT and times != 1, "one MoveTo begins a line or ring")
            for n in range(at, at + 2 * times, 2):
                step = [(commands[n] >> 1) ^ -(commands[n] & 1), (commands[n + 1] >> 1) ^ -(commands[n + 1] & 1)]
                _refuse(command == LINE_TO and step == [0, 0], "no two equal points in a row")
                position = [position[0] + step[0], position[1] + step[1]]
                ring = [position] if command == MOVE else [*ring, position]
            at += 2 * times
        else:
            raise TileError("an unknown command")
        previous = command
    _refuse(kind == LINE and previous != LINE_TO, "a line ends with LineTo")
    _refuse(kind == POLYGON and previous != CLOSE, "a ring is closed")
    _refuse(kind == POLYGON and _area(rings[0]) <= 0, "the first ring is exterior")


def _area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
