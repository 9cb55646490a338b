from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "muni.documents"
    verbose_name = _("Documents")

    def ready(self):
        autodiscover_modules("documents")
        import_module("muni.documents.tasks")
