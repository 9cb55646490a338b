from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    name = "gis_layers.quality"
    label = "quality"
    verbose_name = _("Quality rules")
