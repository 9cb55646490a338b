from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from muni.web import views

urlpatterns = [
    path("", include("gis_layers.urls")),  # first: most requests are a map's
    path("", views.home, name="home"),
    path("accounts/", include("muni.accounts.urls")),
    path("admin/", admin.site.urls),
    path("notices/", include("muni.notices.urls")),
    path("journal/", include("muni.journal.urls")),
    path("documents/", include("muni.documents.urls")),
    path("verify/", include("muni.documents.verify_urls")),
    path("property/", include("property.urls")),
    path("api/v1/", include("muni.places.api.urls")),
    path("api/v1/", include("gis_layers.api.urls")),
    path("api/v1/", include("gis_layers.editing.api.urls")),
    path("api/v1/", include("gis_layers.plans.api.urls")),
    path("api/v1/", include("property.api.urls")),
    path("api/schema/", login_not_required(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="docs"),
    path("api/v1/", views.resources),
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", views.metrics),
]

handler400 = "muni.web.errors.bad_request"
handler403 = "muni.web.errors.forbidden"
handler404 = "muni.web.errors.not_found"
handler500 = "muni.web.errors.failed"
