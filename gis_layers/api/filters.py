"""What lists can be narrowed by. A FilterSet of features is made from the attributes of their layer."""

import django_filters as filters
from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers import features, parameters
from gis_layers.fields import FieldType
from gis_layers.models import Layer


class WholeNumberFilter(filters.NumberFilter):
    field_class = forms.IntegerField


_ORDERS = {"position": "position", "title_ar": "title", "changed_at": "changed_at", "slug": "id"}


class LayerFilterSet(filters.FilterSet):
    q = filters.CharFilter(method="search", help_text=_("Words of titles, abstracts and keywords, spelling-folded."))
    group = filters.ChoiceFilter(choices=Layer.Group.choices)
    geometry_type = filters.ChoiceFilter(choices=Layer.GeometryType.choices)
    visibility = filters.ChoiceFilter(choices=Layer.Visibility.choices)
    owner = WholeNumberFilter(field_name="department")
    ordering = filters.OrderingFilter(
        fields=_ORDERS,
        choices=[(sign + name, sign + name) for name in _ORDERS.values() for sign in ("", "-")],
        help_text=_("With a minus for descending."),
    )

    class Meta:
        model = Layer
        fields = ["q", "group", "geometry_type", "visibility", "owner", "ordering"]

    def search(self, layers, name, text):
        return layers.matching(text)


_FILTERS = {
    FieldType.TEXT: (filters.CharFilter, {"": "exact", "__contains": "icontains"}),
    FieldType.INTEGER: (WholeNumberFilter, {"": "exact", "__gte": "gte", "__lte": "lte"}),
    FieldType.NUMBER: (filters.NumberFilter, {"": "exact", "__gte": "gte", "__lte": "lte"}),
    FieldType.BOOLEAN: (filters.BooleanFilter, {"": "exact"}),
    FieldType.DATE: (filters.DateFilter, {"": "exact", "__gte": "gte", "__lte": "lte"}),
    FieldType.DATETIME: (filters.IsoDateTimeFilter, {"": "exact", "__gte": "gte", "__lte": "lte"}),
}


def feature_filters(source):
    """The FilterSet class of a layer's features: each attribute by its name, __contains for texts, __gte and __lte
    for numbers and dates, and bbox."""
    made = {"source": source}
    for i, attribute in enumerate(source.attributes):
        kind, lookups = _FILTERS[attribute.type]
        for ending, lookup in lookups.items():
            made[attribute.name + ending] = kind(field_name=f"_value{i}", lookup_expr=lookup, label=attribute.title)
    return type("FeatureFilterSet", (_FeatureFilterSet,), made)


class _FeatureFilterSet(filters.FilterSet):
    bbox = filters.CharFilter(method="in_box")

    def __init__(self, data, queryset, **kwargs):
        values = {f"_value{i}": self.source.value(a.name) for i, a in enumerate(self.source.attributes)}
        super().__init__(data, queryset.alias(**values), **kwargs)

    def in_box(self, rows, name, text):
        return features.in_lonlat_box(self.source, rows, *parameters.lonlat_box(text))
