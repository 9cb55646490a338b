from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST

from muni.core.errors import Forbidden, NotAuthenticated
from muni.core.figures import exposition
from muni.core.http import error_response, unauthorized
from muni.core.jobs import living_workers
from muni.web import menu


@login_not_required
def home(request):
    return render(request, "web/home.html", {"figures": menu.figures_for(request.user)})


@login_not_required
def resources(request):
    """What /api/v1/ holds, and where it is described."""
    names = ("layers", "places", "plans", "parcels", "changesets", "search")
    found = {name: request.build_absolute_uri(f"/api/v1/{name}/") for name in names}
    return JsonResponse({**found, "description": request.build_absolute_uri(reverse("docs"))})


@login_not_required
def favicon(request):
    return redirect(static("web/mark.svg"), permanent=True)


@login_not_required
def robots(request):
    """Search engines may read the pages, not the machinery of the map."""
    closed = ("/accounts/", "/admin/", "/api/", "/editor/", "/ogc/", "/tiles/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@login_not_required
def healthz(request):
    """The process is alive."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request):
    """Database, migrations and worker are ready: 200, else 503 and which of them is not."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        executor = MigrationExecutor(connection)
        checks["database"] = True
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["worker"] = bool(living_workers())
    except DatabaseError:
        connection.close()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


@login_not_required
def metrics(request):
    """Prometheus figures: counts and durations by view, method and status; no names of people, no addresses.

    For the machine itself (a request from a loopback address that no proxy passed on) and for accounts with the
    permission "accounts.view_metrics": give Prometheus an API key as its bearer token.
    """
    from_here = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not (
        settings.TRUSTED_PROXIES or {"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"} & request.headers.keys()
    )
    if not from_here and not request.user.has_perm("accounts.view_metrics"):
        if request.user.is_authenticated:
            return error_response(Forbidden(_("You do not have the right to do this.")))
        return unauthorized(request, NotAuthenticated(_("Sign in to see this.")))
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
