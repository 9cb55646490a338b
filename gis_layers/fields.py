"""The attributes of a layer, the same for registered and planner-made layers."""

import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from muni.core.text import western_digits


class FieldType(models.TextChoices):
    TEXT = "text", _("text")
    INTEGER = "integer", _("whole number")
    NUMBER = "number", _("number")
    BOOLEAN = "boolean", _("yes or no")
    DATE = "date", _("date")
    DATETIME = "datetime", _("date and time")


MODEL_FIELD = {
    FieldType.TEXT: models.TextField,
    FieldType.INTEGER: models.BigIntegerField,
    FieldType.NUMBER: models.FloatField,
    FieldType.BOOLEAN: models.BooleanField,
    FieldType.DATE: models.DateField,
    FieldType.DATETIME: models.DateTimeField,
}

JSON_SCHEMA = {
    FieldType.TEXT: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
}


UNITS = {"m": _("m"), "m²": _("m²"), "km": _("km"), "km²": _("km²"), "m2": _("m²"), "km2": _("km²")}
"""Those that each language writes in its own letters."""


@dataclass(frozen=True)
class Choice:
    value: str
    label_ar: str
    label_en: str = ""

    @property
    def label(self):
        return (self.label_ar if get_language() == "ar" else self.label_en) or self.label_ar or self.value


@dataclass(frozen=True)
class Attribute:
    """One attribute of a layer's features. `name` is its key in every interface."""

    name: str
    title_ar: str = ""
    title_en: str = ""
    type: FieldType = FieldType.TEXT
    unit: str = ""
    required: bool = False
    searchable: bool = False
    choices: tuple[Choice, ...] = field(default=())

    @property
    def title(self):
        return (
            (self.title_ar if get_language() == "ar" else self.title_en) or self.title_en or self.title_ar or self.name
        )

    @property
    def unit_title(self):
        return str(UNITS.get(self.unit, self.unit))


_YES, _NO = {"true", "yes", "1", "t", "نعم"}, {"false", "no", "0", "f", "لا", "كلا"}


def as_type(text, kind):
    """A written value as JSON holds it: "١٢" as 12, "نعم" as true; empty is None. Raises ValueError when it is not one.

    Dates are ISO 8601 (2024-03-01), so nobody's day is taken for a month.
    """
    if kind == FieldType.TEXT:
        return text
    written = western_digits(text).strip()
    if not written:
        return None
    if kind == FieldType.INTEGER:
        if not re.fullmatch(r"[-+]?\d{1,18}(\.0+)?", written):
            raise ValueError(text)
        return int(written.partition(".")[0])
    if kind == FieldType.NUMBER:
        number = float(written)
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    if kind == FieldType.BOOLEAN:
        if written.lower() not in _YES | _NO:
            raise ValueError(text)
        return written.lower() in _YES
    return (date if kind == FieldType.DATE else datetime).fromisoformat(written).isoformat()
