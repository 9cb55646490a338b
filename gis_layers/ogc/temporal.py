"""When a feature is: the attributes that `datetime` and the temporal extent speak of."""

from django.db.models import Q

from gis_layers.fields import FieldType

_KINDS = {FieldType.DATE, FieldType.DATETIME}


def period_of(source):
    """(beginning, end) attributes: valid_from and valid_to where a layer has both, else its first date twice; None
    for a layer without dates."""
    dated = {a.name: a for a in source.attributes if a.type in _KINDS}
    if {"valid_from", "valid_to"} <= dated.keys():
        return dated["valid_from"], dated["valid_to"]
    first = next(iter(dated.values()), None)
    return (first, first) if first else None


def touching(source, rows, period, interval):
    """Features in force at some moment of the interval, and those without a date. [valid_from, valid_to) is half
    open."""
    first, last = period
    rows = rows.alias(_begins=source.value(first.name), _ends=source.value(last.name))
    start, end = _bounds(first, interval)[0], _bounds(last, interval)[1]
    if start is not None:
        ends_later = "gte" if first is last else "gt"
        rows = rows.filter(Q(**{f"_ends__{ends_later}": start}) | Q(_ends=None))
    if end is not None:
        rows = rows.filter(Q(_begins__lte=end) | Q(_begins=None))
    return rows


def _bounds(attribute, interval):
    return interval.dates() if attribute.type == FieldType.DATE else interval.instants()
