"""Columns of a file as attributes of a layer: names, types, values."""

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from gis_layers.fields import FieldType
from gis_layers.models import LayerField
from muni.core.text import fold, western_digits

# What KML says about drawing, not about the thing itself.
PRESENTATION = {"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet"}
NAME = re.compile(r"nam|اسم|title|label|عنوان", re.IGNORECASE)
NAME_LENGTH = 63
SHAPEFILE_NAME = 10  # bytes that a dBase field name may have

_LATIN = dict(zip(
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئ",
    ["a", "b", "t", "th", "j", "h", "kh", "d", "dh", "r", "z", "s", "sh", "s", "d", "t", "z", "a", "gh", "f", "q", "k",
     "l", "m", "n", "h", "w", "y", "a", "a", "", "a", "a", "i", "u", "y"], strict=True,
))  # fmt: skip
_LATIN.update({"گ": "g", "چ": "ch", "پ": "p", "ژ": "zh", "ی": "y", "ک": "k", "ڤ": "v", "ە": "e", "ۆ": "o", "ێ": "e"})


@dataclass
class Column:
    """What becomes of a column: `source` is its title in the file, `name` the attribute's key. `new`: the layer does
    not have the attribute yet."""

    source: str
    name: str
    type: str
    title_ar: str = ""
    title_en: str = ""
    keep: bool = True
    new: bool = True

    def as_json(self):
        return asdict(self)


def identifier(title, taken, position):
    """A key for an attribute: Latin letters, digits and _, at most 63, unlike those in `taken`. A title that is one
    already stays as it is."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", title) and title not in taken:
        return title
    latin = "".join(_LATIN.get(c, c) for c in western_digits(title))
    latin = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[: NAME_LENGTH - 4] or f"field_{position}"
    if stem[0].isdigit():
        stem = f"f_{stem}"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name


def columns_for(fields, layer=None):
    """Columns of a file, as the probe tells them, matched with an existing layer's attributes or made into new ones."""
    existing = list(layer.schema.all()) if layer else []
    taken = {field.name for field in existing}
    columns, used = [], set()
    for position, told in enumerate(fields, 1):
        match = next((f for f in existing if f.name not in used and _same(told["name"], f)), None)
        if match:
            used.add(match.name)
            columns.append(Column(told["name"], match.name, match.type, match.title_ar, match.title_en, new=False))
            continue
        name = identifier(told["name"], taken, position)
        taken.add(name)
        is_arabic = any("\u0600" <= c <= "\u06ff" for c in told["name"])
        columns.append(
            Column(
                told["name"],
                name,
                told["type"],
                title_ar=told["name"][:200] if is_arabic else "",
                title_en="" if is_arabic or told["name"] == name else told["name"][:200],
                keep=told["name"] not in PRESENTATION,
            )
        )
    return columns


def _same(title, field):
    """The attribute's key or one of its titles, also cut short by a shapefile."""
    names = [field.name, field.title_ar, field.title_en]
    if fold(title) in {fold(name) for name in names if name}:
        return True
    raw = title.encode()
    return len(raw) in {SHAPEFILE_NAME, SHAPEFILE_NAME - 1} and any(
        name and fold(name.encode()[: len(raw)].decode(errors="ignore")) == fold(title) for name in names
    )


class NotConvertible(ValueError):
    pass


class Converter:
    """Turns the values of one column into JSON values of one attribute."""

    def __init__(self, column, field=None):
        self.name = column.name
        self.source = column.source
        self.required = bool(field and field.required)
        self.convert = _CONVERTERS[column.type]
        self.type_name = FieldType(column.type).label
        self.choices = {}
        for choice in field.choices if field else []:
            for text in (choice["value"], choice.get("label_ar"), choice.get("label_en")):
                if text not in {None, ""}:
                    self.choices.setdefault(fold(str(text)), choice["value"])

    def __call__(self, value):
        """None stays None. Raises NotConvertible with the reason."""
        if value is None or value == "":
            if self.required:
                raise NotConvertible(_("“%(field)s” is required and empty") % {"field": self.source})
            return None
        try:
            value = self.convert(value)
        except (ValueError, OverflowError, TypeError) as error:
            raise NotConvertible(
                _("“%(value)s” in “%(field)s” is not of the type “%(type)s”")
                % {"value": str(value)[:60], "field": self.source, "type": self.type_name}
            ) from error
        if self.choices and value is not None:
            try:
                return self.choices[fold(str(value))]
            except KeyError as error:
                raise NotConvertible(
                    _("“%(value)s” is not one of the choices of “%(field)s”")
                    % {"value": str(value)[:60], "field": self.source}
                ) from error
        return value


def _text(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\0", "")


def _integer(value):
    if isinstance(value, str):
        value = float(western_digits(value).replace("٬", "").strip()) if not _plain_integer(value) else int(value)
    if int(value) != value:
        raise ValueError
    return int(value)


def _plain_integer(text):
    return re.fullmatch(r"\s*[-+]?\d{1,18}\s*", text) is not None


def _number(value):
    number = float(western_digits(value).replace("٬", "").strip()) if isinstance(value, str) else float(value)
    if number != number:
        return None
    if number in {float("inf"), float("-inf")}:
        raise ValueError
    return number


_YES = {"true", "yes", "t", "y", "1", "نعم", "صح", "1.0"}
_NO = {"false", "no", "f", "n", "0", "كلا", "لا", "خطا", "0.0"}


def _boolean(value):
    text = fold(str(value))
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError


def _date(value):
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = western_digits(str(value)).strip()
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):  # day first, as Iraq writes it
        return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    if match := re.fullmatch(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})", text):
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    return datetime.fromisoformat(text).date().isoformat()


def _datetime(value):
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        value = datetime.fromisoformat(western_digits(str(value)).strip().replace("Z", "+00:00"))
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.get_default_timezone())
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_CONVERTERS = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}


def new_fields(layer, columns):
    """LayerField rows for the columns that the layer does not have yet. In a new layer, the first text that sounds like
    a name is searched."""
    start = layer.schema.count()
    named = (c for c in columns if c.keep and c.type == FieldType.TEXT and NAME.search(fold(c.source)))
    searched = None if start else next(named, None)
    return [
        LayerField(
            layer=layer,
            name=column.name,
            title_ar=column.title_ar,
            title_en=column.title_en,
            type=column.type,
            searchable=column is searched,
            position=start + position,
        )
        for position, column in enumerate(c for c in columns if c.keep and c.new)
    ]
