"""Boundaries of places as layers of the map: the ones in force on the day of the question."""

from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.registry import ModelLayer, register
from muni.places.models import Boundary, Place


class PlaceLayer(ModelLayer):
    fields = ["place__name_ar", "place__name_en", "place__code", "valid_from", "source"]
    searchable = ["name_ar", "name_en", "code"]
    label_field = "name_ar"
    public = True
    group = Layer.Group.PLACES

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
    position = 10
    shown_first = True


@register
class Qadhas(PlaceLayer):
    id = "qadhas"
    title = _("Qadhas")
    abstract = _("Boundaries of the qadhas (districts) in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.QADHA)
    min_zoom = 6
    position = 11


@register
class Nahiyas(PlaceLayer):
    id = "nahiyas"
    title = _("Nahiyas")
    abstract = _("Boundaries of the nahiyas (sub-districts) in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.NAHIYA)
    min_zoom = 8
    position = 12


@register
class Municipalities(PlaceLayer):
    id = "municipalities"
    title = _("Municipalities")
    abstract = _("Boundaries of the municipalities in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.MUNICIPALITY)
    min_zoom = 8
    position = 13


@register
class Neighbourhoods(PlaceLayer):
    id = "neighbourhoods"
    title = _("Neighbourhoods")
    abstract = _("Boundaries of the neighbourhoods in force today.")
    queryset = Boundary.objects.filter(place__level=Place.Level.NEIGHBOURHOOD)
    min_zoom = 11
    position = 14
    shown_first = True
