"""Features of a draft found by their attributes, over the whole layer."""

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from gis_layers import parameters
from gis_layers.fields import FieldType
from muni.core.text import Fold, fold

_COMPARISONS = {"__lt": "lt", "__lte": "lte", "__gt": "gt", "__gte": "gte"}
_ENDINGS = ("", "__not", "__contains", "__empty", *_COMPARISONS)


def known_parameters(source):
    """Names of the query parameters that `narrowed` reads: each attribute's, and with each of the endings."""
    return {attribute.name + ending for attribute in source.attributes for ending in _ENDINGS}


def narrowed(source, rows, asked):
    """The rows for which everything holds that is asked, {parameter: text}.

    `name` and `name__not` compare, `__lt __lte __gt __gte` order, `__contains` looks into the text, `__empty` is true
    or false. Texts are compared folded: spelling variants, vowel signs and both digit sets are alike; so are the digits
    of numbers. Raises BadRequest.
    """
    for place, attribute in enumerate(source.attributes):
        name, is_text = f"_asked{place}", attribute.type == FieldType.TEXT
        for ending in _ENDINGS:
            text = asked.get(attribute.name + ending)
            if text is None:
                continue
            if ending == "__contains":
                folded = Fold(Cast(source.value(attribute.name), TextField()))
                rows = rows.alias(**{f"{name}_text": folded}).filter(**{f"{name}_text__contains": fold(text)})
                continue
            value = source.value(attribute.name)
            rows = rows.alias(**{name: Fold(value) if is_text else value})
            rows = rows.filter(_condition(name, ending, attribute, text, is_text))
    return rows


def _condition(name, ending, attribute, text, is_text):
    is_empty = Q(**{f"{name}__isnull": True})
    if ending == "__empty":
        is_empty = is_empty | Q(**{name: ""}) if is_text else is_empty
        return is_empty if parameters.truth(text, attribute.name + ending) else ~is_empty
    wanted = fold(text) if is_text else parameters.typed(attribute, text)
    if ending == "__not":
        return is_empty | ~Q(**{name: wanted})
    return Q(**{f"{name}__{_COMPARISONS.get(ending, 'exact')}": wanted})
