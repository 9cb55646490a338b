from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "muni.journal"
    verbose_name = _("Journal")

    def ready(self):
        autodiscover_modules("acts")
        import_module("muni.journal.tasks")
