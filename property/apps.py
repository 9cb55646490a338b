from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PropertyConfig(AppConfig):
    name = "property"
    verbose_name = _("Property register")

    def ready(self):
        import_module("property.tasks")
