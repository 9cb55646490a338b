from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from muni.accounts import second_factor


class AdminSite(admin.AdminSite):
    """The administration, entered through our own sign-in page: the same lock-out and second factor."""

    site_header = site_title = _("Baladiya: administration")
    index_title = _("Accounts, places and layers")
    # Rights come from roles; secrets of second factors are nobody's to read; failures are kept as attempts; background
    # jobs are shown by muni.core.
    left_out = {
        "auth.Group",
        "axes.AccessFailureLog",
        "django_tasks_database.DBTaskResult",
        "otp_static.StaticDevice",
        "otp_totp.TOTPDevice",
    }

    def register(self, model_or_iterable, admin_class=None, **options):
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        super().register([m for m in models if m._meta.label not in self.left_out], admin_class, **options)

    def has_permission(self, request):
        user = request.user
        return super().has_permission(request) and (user.is_verified() or second_factor.device_of(user) is None)

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return guarded

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", ""), "accounts:login")
