from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditingConfig(AppConfig):
    name = "gis_layers.editing"
    label = "editing"
    verbose_name = _("Layer editing")

    def ready(self):
        from gis_layers.editing import ogc
        from gis_layers.ogc import landing, openapi

        landing.CONFORMS_TO.extend(ogc.CONFORMS_TO)
        openapi.extensions.append(ogc.operations)
