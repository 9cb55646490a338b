"""Arrow columns of any source as the few types that the house knows."""

import json

import pyarrow as pa


def stream_batch(shapes, problems, columns, codec=None):
    """A record batch of the stream that the reader's docstring describes. `codec`: text arrives as Latin-1 bytes."""
    arrays = [
        pa.array(shapes, pa.large_binary()),
        pa.array(problems or [None] * len(shapes), pa.string()),
        *(house_column(column, codec) for column in columns),
    ]
    return pa.record_batch(arrays, names=[str(i) for i in range(len(arrays))])


def house_column(column, codec=None):
    """text, int64, float64, bool, date or a timestamp in UTC or without zone."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return house_column(column.dictionary_decode(), codec)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _text(column, codec)
    if pa.types.is_boolean(kind) or pa.types.is_date32(kind) or pa.types.is_int64(kind) or pa.types.is_float64(kind):
        return column
    if pa.types.is_uint64(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_date(kind):
        return column.cast(pa.date32())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return pa.array([None if v is None else _json(v) for v in column.to_pylist()], pa.string())


def _text(column, codec):
    if codec is None:
        try:
            column.validate(full=True)
            return column.cast(pa.string())
        except pa.ArrowInvalid:
            raw = column.cast(pa.large_binary()).to_pylist()
            return pa.array([None if v is None else v.decode("utf-8", "replace") for v in raw], pa.string())
    return pa.array([None if v is None else _decoded(v, codec) for v in column.to_pylist()], pa.string())


def _decoded(value, codec):
    # a multi-byte character cut by the width of its cell leaves a replacement character at the end
    return value if value.isascii() else value.encode("latin-1", "replace").decode(codec, "replace").rstrip("\ufffd")


def _json(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
