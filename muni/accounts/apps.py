from axes import apps as axes_apps
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "muni.accounts"
    verbose_name = _("Accounts and access")

    def ready(self):
        from muni.accounts import signals  # noqa: F401


class AdminConfig(admin_apps.AdminConfig):
    """django.contrib.admin with our own site."""

    default = False
    default_site = "muni.accounts.site.AdminSite"


class AxesConfig(axes_apps.AppConfig):
    """django-axes with a caption of our own: the library has none that can be translated."""

    default = False
    verbose_name = _("Sign-in attempts")
