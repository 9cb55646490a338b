from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "muni.notices"
    verbose_name = _("Notices")

    def ready(self):
        import_module("muni.notices.tasks")
