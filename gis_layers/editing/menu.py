from django.utils.translation import gettext_lazy as _

from muni.web import menu
from muni.web.menu import Entry

menu.add(
    Entry(
        "editing:desk",
        _("Editor"),
        _("Draw and mend map layers in changesets; review and publish those of colleagues."),
        icon="pencil-square",
        permission="gis_layers.change_layer gis_layers.publish_layer",
        order=25,
    )
)
