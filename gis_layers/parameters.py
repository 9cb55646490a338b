"""Query parameters that several interfaces read. What cannot be read raises BadRequest with a sentence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from gis_layers.features import DEFAULT_LIMIT, MAX_LIMIT
from gis_layers.fields import FieldType
from muni.core.errors import BadRequest
from muni.core.text import western_digits

_SORT_KEYS = 3
_DAY_END = time(23, 59, 59, 999999)


def refuse(parameter, sentence):
    return BadRequest(sentence, fields={parameter: [sentence]})


def number(text, parameter):
    """A finite number, in either digit set."""
    try:
        value = float(western_digits(text))
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise refuse(parameter, _("“%(value)s” is not a number.") % {"value": text[:40]})
    return value


def limit(text, default=DEFAULT_LIMIT):
    """A page size of 1 to 10,000; more is cut to that, as OGC API Features asks."""
    if not text:
        return default
    try:
        size = int(western_digits(text))
    except ValueError:
        size = 0
    if size < 1:
        raise refuse("limit", _("“limit” is a whole number of at least 1."))
    return min(size, MAX_LIMIT)


def box(text, parameter="bbox"):
    """Four numbers, or six of which the two heights are left aside: (first, second, first, second) axis."""
    values = [number(part, parameter) for part in text.split(",")]
    if len(values) == 6:
        values = [*values[:2], *values[3:5]]
    if len(values) != 4:
        raise refuse(parameter, _("“%(name)s” is four numbers, or six with heights.") % {"name": parameter})
    return tuple(values)


def lonlat_box(text, parameter="bbox"):
    """West, south, east, north in degrees; west > east crosses the antimeridian."""
    west, south, east, north = box(text, parameter)
    check_lonlat(west, south, parameter)
    check_lonlat(east, north, parameter)
    if south > north:
        raise refuse(parameter, _("The southern edge of the box is north of its northern edge."))
    return west, south, east, north


def check_lonlat(lon, lat, parameter):
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise refuse(parameter, _("Longitude is between -180 and 180 degrees, latitude between -90 and 90."))


@dataclass(frozen=True)
class Interval:
    """A closed span of time; None is open. Bounds are dates or aware datetimes."""

    start: date | datetime | None
    end: date | datetime | None

    def dates(self):
        return tuple(_as_date(bound) for bound in (self.start, self.end))

    def instants(self):
        """A day begins at its midnight and ends with its last microsecond, local time."""
        return _instant(self.start, time.min), _instant(self.end, _DAY_END)


def interval(text, parameter="datetime"):
    """RFC 3339: a date, a date and time, or two of them with a slash; ".." or nothing is open."""
    parts = text.split("/")
    if len(parts) > 2:
        raise refuse(parameter, _("A span of time is two moments with one slash between them."))
    bounds = [None if part in {"", ".."} else moment(part, parameter) for part in parts]
    if not any(bounds):
        raise refuse(parameter, _("“%(name)s” is a date, or two with a slash.") % {"name": parameter})
    start, end = bounds[0], bounds[-1]
    if start and end and _instant(start, time.min) > _instant(end, _DAY_END):
        raise refuse(parameter, _("The span of time ends before it begins."))
    return Interval(start, end)


def moment(text, parameter):
    """An ISO 8601 date, or date and time (local where it carries no zone)."""
    text = western_digits(text)
    try:
        value = parse_date(text) or parse_datetime(text.replace(" ", "+"))
        if isinstance(value, datetime):
            value = timezone.make_aware(value) if timezone.is_naive(value) else value
            value.astimezone(UTC)
    except (ValueError, OverflowError):
        value = None
    if value is None:
        raise refuse(
            parameter,
            _("“%(value)s” is not a date or time like 2026-11-22 or 2026-11-22T08:30:00Z.") % {"value": text[:40]},
        )
    return value


def truth(text, parameter):
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise refuse(parameter, _("“%(name)s” is true or false.") % {"name": parameter}) from None


def ordering(source, text, parameter):
    """name,-other as [(attribute name, is descending)]."""
    order = []
    for part in filter(None, (text or "").split(",")):
        name = part[1:] if part[0] in "+- " else part
        if source.attribute(name) is None:
            raise refuse(parameter, _("This layer has no attribute “%(name)s”.") % {"name": name[:63]})
        order.append((name, part[0] == "-"))
    if len(order) > _SORT_KEYS:
        raise refuse(parameter, _("At most %(most)d attributes can be sorted by.") % {"most": _SORT_KEYS})
    return order


def typed(attribute, text):
    """The text of a parameter as a value of the attribute's type."""
    kind = attribute.type
    if kind == FieldType.TEXT:
        return text
    if kind == FieldType.NUMBER:
        return number(text, attribute.name)
    if kind == FieldType.INTEGER:
        value = number(text, attribute.name)
        if value != int(value) or abs(value) >= 2**63:
            raise refuse(attribute.name, _("“%(value)s” is not a whole number.") % {"value": text[:40]})
        return int(western_digits(text)) if "." not in text and "e" not in text.lower() else int(value)
    if kind == FieldType.BOOLEAN:
        return truth(text, attribute.name)
    value = moment(text, attribute.name)
    return _as_date(value) if kind == FieldType.DATE else _instant(value, time.min)


def _as_date(value):
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _instant(value, at):
    if value is None or isinstance(value, datetime):
        return value
    return timezone.make_aware(datetime.combine(value, at))
