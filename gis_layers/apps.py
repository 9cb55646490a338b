from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class GisLayersConfig(AppConfig):
    name = "gis_layers"
    verbose_name = _("Map layers")

    def ready(self):
        from gis_layers.registry import record_registered_layers

        autodiscover_modules("layers")
        import_module("gis_layers.calendar")
        post_migrate.connect(
            record_registered_layers, sender=self, dispatch_uid="gis_layers.record_registered_layers"
        )  # once, not for each app
