from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "rasters.describe": _("Raster sheet: description changed"),
        "rasters.show_to": _("Raster sheet: opened or closed to others"),
        "rasters.delete": _("Raster sheet: removed"),
    }
)
