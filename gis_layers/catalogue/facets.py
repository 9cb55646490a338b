"""The catalogue page's search: what the address asks for, and how many layers each further choice would leave."""

from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, Count, F, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_layers import features
from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.places.models import Department

SORTS = {
    "title": _("by title"),
    "changed": _("changed last first"),
    "features": _("most features first"),
}


@dataclass(frozen=True)
class Facet:
    name: str
    column: str
    title: str
    labels: dict = field(default_factory=dict)


FACETS = (
    Facet("group", "group", _("Subject"), dict(Layer.Group.choices)),
    Facet("geometry", "geometry_type", _("Geometry"), dict(Layer.GeometryType.choices)),
    Facet("owner", "department_id", _("Owner")),
    Facet("frequency", "update_frequency", _("Updated"), dict(Layer.UpdateFrequency.choices)),
    Facet("visibility", "visibility", _("Who sees it"), dict(Layer.Visibility.choices)),
)


class Search:
    """One reading of ?q=&group=&geometry=&owner=&frequency=&visibility=&sort=; values that are none are left aside."""

    def __init__(self, parameters, user):
        self.text = parameters.get("q", "").replace("\0", "").strip()[:100]
        self.sort = parameters.get("sort") if parameters.get("sort") in SORTS else "title"
        self.facets = FACETS if user.is_authenticated and user.is_official else FACETS[:-1]
        self.chosen = {}
        for facet in self.facets:
            value = parameters.get(facet.name, "")
            if value in facet.labels or (facet.name == "owner" and value.isascii() and value.isdigit()):
                self.chosen[facet.name] = value
        self.user = user
        self.found = Layer.objects.visible_to(user)
        if self.text:
            self.found = self.found.matching(self.text)

    def layers(self):
        """The found layers with their owners and their `count` of features, in the order asked for."""
        title = "title_ar" if get_language() == "ar" else "title_en"
        order = {"title": [title, "title_ar"], "changed": ["-changed_at"], "features": ["-count"]}[self.sort]
        found = self._chosen(self.found)
        counted = [
            When(pk=layer.pk, then=features.summary(source_of(layer), self.user).count)
            for layer in found.filter(is_registered=True)
        ]
        count = Case(*counted, default=F("feature_count"), output_field=BigIntegerField())
        return found.annotate(count=count).select_related("department__place").order_by(*order, "pk")

    def choices(self):
        """[(facet, [{"value", "label", "count", "chosen"}])]; each facet counts under the choices of all others."""
        return [(facet, entries) for facet in self.facets if (entries := self._entries(facet))]

    def _chosen(self, layers, *, besides=None):
        for facet in self.facets:
            if facet.name in self.chosen and facet is not besides:
                layers = layers.filter(**{facet.column: self.chosen[facet.name]})
        return layers

    def _entries(self, facet):
        rows = self._chosen(self.found, besides=facet).values_list(facet.column).order_by()
        counts = {value: n for value, n in rows.annotate(n=Count("pk")) if value is not None}
        labels = facet.labels
        if facet.name == "owner":
            labels = {d.pk: d for d in Department.objects.filter(pk__in=counts).select_related("place")}
        chosen = self.chosen.get(facet.name)
        return [
            {"value": value, "label": _owner(label), "count": counts.get(value, 0), "chosen": str(value) == chosen}
            for value, label in labels.items()
            if counts.get(value) or str(value) == chosen
        ]


def _owner(label):
    return f"{label.name} · {label.place.name}" if isinstance(label, Department) else label
