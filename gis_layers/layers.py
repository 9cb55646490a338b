"""Boundaries of places as layers of the map: the ones in force on the day of the question."""

import shapely
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.registry import Editor, ModelLayer, register
from muni.core.errors import Forbidden
from muni.places.models import Boundary, Place
from muni.places.services import set_boundary


def outlines(color, width, label_size, label_zoom):
    """Boundaries as lines over what lies in them; the faint fill lets a click inside find the place."""
    return {
        "symbol": {"color": color, "opacity": 0.02, "outline": color, "outline_width": width},
        "label": {"field": "name_ar", "size": label_size, "min_zoom": label_zoom},
    }


class BoundaryEditor(Editor):
    """A boundary drawn anew holds from the day of its publication; the one before stays as history."""

    ops = frozenset({"update"})
    fields = ("source",)

    def update(self, number, attributes, geometry, *, by):
        """Raises Forbidden for whoever may not publish in the place, BoundaryRefused."""
        boundary = Boundary.objects.select_related("place").get(pk=number)
        if not by.has_perm("gis_layers.publish_layer", boundary.place):
            raise Forbidden(_("You may not publish boundaries of %(place)s.") % {"place": boundary.place})
        set_boundary(
            boundary.place,
            shapely.from_wkb(geometry),
            valid_from=timezone.localdate(),
            source=attributes["source"] or "",
            licence=boundary.licence,
        )


class PlaceLayer(ModelLayer):
    fields = ["place__name_ar", "place__name_en", "place__code", "valid_from", "source"]
    searchable = ["name_ar", "name_en", "code"]
    label_field = "name_ar"
    public = True
    group = Layer.Group.PLACES
    editor = BoundaryEditor()
    period = ("valid_from", "valid_to")
    thing = "place"

    def rows(self, user):
        """The registered queryset is made when the process starts; the day is asked for here."""
        return super().rows(user).current()


@register
class Governorates(PlaceLayer):
    id = "governorates"
    title = _("Governorates")
    abstract = _("Boundaries of the governorates in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.GOVERNORATE)
    max_zoom = 12
    position = 74
    shown_first = True
    symbology = outlines("#6b4d8a", 3, 16, 5)


@register
class Qadhas(PlaceLayer):
    id = "qadhas"
    title = _("Qadhas")
    abstract = _("Boundaries of the qadhas (districts) in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.QADHA)
    min_zoom = 6
    position = 73
    symbology = outlines("#7b5ea0", 2, 14, 7)


@register
class Nahiyas(PlaceLayer):
    id = "nahiyas"
    title = _("Nahiyas")
    abstract = _("Boundaries of the nahiyas (sub-districts) in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.NAHIYA)
    min_zoom = 8
    position = 72
    symbology = outlines("#8a71ad", 1.5, 13, 9)


@register
class Municipalities(PlaceLayer):
    id = "municipalities"
    title = _("Municipalities")
    abstract = _("Boundaries of the municipalities in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.MUNICIPALITY)
    min_zoom = 8
    position = 71
    symbology = outlines("#7a4f6d", 2, 14, 9)


@register
class Neighbourhoods(PlaceLayer):
    id = "neighbourhoods"
    title = _("Neighbourhoods")
    abstract = _("Boundaries of the neighbourhoods in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.NEIGHBOURHOOD)
    min_zoom = 11
    position = 70
    shown_first = True
    symbology = outlines("#8c5a7c", 1, 14, 12)
