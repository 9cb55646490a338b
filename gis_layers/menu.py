from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from muni.web import menu
from muni.web.menu import Entry, Figure

menu.add(
    Entry(
        "map",
        _("Map"),
        _("See parcels, streets and services, search for a place, measure and print."),
        icon="map",
        order=10,
    )
)
menu.add(
    Entry(
        "catalogue:list",
        _("Layers"),
        _("Find a map layer, read where its data comes from, and see how current it is."),
        icon="layers",
        order=20,
    )
)
menu.add(
    Entry(
        "importing:upload",
        _("Import"),
        _("Bring in a Shapefile, GeoPackage, drawing or table, check it and publish it."),
        icon="upload",
        permission="gis_layers.add_layer",
        order=30,
    )
)
menu.add_figure(Figure(_("map layers"), lambda user: Layer.objects.visible_to(user).count(), order=10))
