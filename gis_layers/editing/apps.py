from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditingConfig(AppConfig):
    name = "gis_layers.editing"
    label = "editing"
    verbose_name = _("Layer editing")
