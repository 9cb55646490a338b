"""The reader's two tasks."""

import sys
import warnings

import pyarrow as pa

from gis_layers.importing.reader.errors import Unreadable
from gis_layers.importing.reader.sources import datasets

PREVIEW_ROWS = 100
PREVIEW_BYTES = 2 * 1024**2
BATCH = 2_000
WARNINGS = 10


def probe(options):
    """What is in the file: {"sublayers": [facts], "unpacked"}; facts of one alone when `sublayer` is given."""
    found = [
        {"name": name, **_facts(source, inner)}
        for name, source, inner in datasets(options)
        if options.get("sublayer") in {None, name}
    ]
    return {"sublayers": found}


def read(options):
    """Streams one sublayer to standard output; {"rows": how many, "warnings": GDAL's doubts}."""
    for name, source, inner in datasets(options):
        if name == options["sublayer"]:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("default")
                rows = _stream(source.batches(inner, BATCH))
            return {"rows": rows, "warnings": sorted({str(w.message)[:200] for w in told})[:WARNINGS]}
    raise Unreadable("no_such_sublayer", name=options["sublayer"])


def _stream(batches):
    rows, writer = 0, None
    with sys.stdout.buffer as out:
        for batch in batches:
            if writer is None:
                writer = pa.ipc.new_stream(out, batch.schema)
            writer.write_batch(batch)
            rows += batch.num_rows
        if writer is not None:
            writer.close()
    return rows


def _facts(source, inner):
    facts = source.facts(inner)
    head, spent = [], 0
    types, kinds = None, {}
    for batch in source.batches(inner, PREVIEW_ROWS):
        types = [_kind(field.type) for field in list(batch.schema)[2:]]
        for row in batch.to_pylist():
            shape = row.pop("0")
            spent += len(shape or b"")
            if shape and spent < PREVIEW_BYTES:
                head.append([shape.hex(), *_plain(row)])
            else:
                head.append([None, *_plain(row)])
            if shape:
                kind = int.from_bytes(shape[1:5], "little" if shape[0] else "big") & 0xFFFF
                kinds[kind % 1000] = kinds.get(kind % 1000, 0) + 1
        break
    names = facts.pop("fields")
    types = types or ["text"] * len(names)
    stated = facts.pop("types", None) or [None] * len(names)
    facts["fields"] = [
        {"name": name, "type": known or kind} for name, known, kind in zip(names, stated, types, strict=True)
    ]
    facts["head"] = head
    facts["geometry_kinds"] = kinds
    return facts


def _plain(row):
    row.pop("1")
    return [
        value if value is None or isinstance(value, bool | int | float) else str(value)[:200] for value in row.values()
    ]


def _kind(arrow_type):
    if pa.types.is_boolean(arrow_type):
        return "boolean"
    if pa.types.is_integer(arrow_type):
        return "integer"
    if pa.types.is_floating(arrow_type):
        return "number"
    if pa.types.is_date(arrow_type):
        return "date"
    if pa.types.is_timestamp(arrow_type):
        return "datetime"
    return "text"


TASKS = {"probe": probe, "read": read}
