"""The attributes of a layer, the same for registered and planner-made layers."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


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
