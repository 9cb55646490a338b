from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from muni.core.jobs import living_workers
from muni.web import menu


@login_not_required
def home(request):
    return render(request, "web/home.html", {"figures": menu.figures_for(request.user)})


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
