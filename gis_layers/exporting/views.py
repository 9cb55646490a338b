"""Downloads of a layer: choose a format, watch, fetch. Whoever may see the layer may have it."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from gis_layers.exporting import services
from gis_layers.exporting.formats import FORMATS
from gis_layers.importing import crs
from gis_layers.models import ExportJob, Layer
from gis_layers.registry import source_of
from muni.core.errors import DomainError
from muni.core.http import client_address

MINE = "exports"  # a visitor's exports, in the session


@require_safe
@login_not_required
def export(request, slug):
    """The page of formats; with ?format= the export starts (or an equal one of today is given) and is shown.

    ?crs=EPSG:n, ?bbox=west,south,east,north in degrees.
    """
    layer = get_object_or_404(Layer.objects.visible_to(request.user), slug=slug)
    refusal = None
    if chosen := request.GET.get("format"):
        try:
            job = services.start(
                layer,
                by=request.user if request.user.is_authenticated else None,
                address=client_address(request),
                format=chosen,
                crs_text=request.GET.get("crs", ""),
                box=services.parse_box(request.GET.get("bbox", "")),
            )
        except DomainError as error:
            refusal = error
        else:
            if not request.user.is_authenticated:
                request.session[MINE] = [*request.session.get(MINE, []), str(job.pk)][-50:]
            return redirect("exporting:job", job.pk)
    context = {
        "layer": layer,
        "formats": FORMATS.values(),
        "count": source_of(layer).rows(request.user).count(),
        "known_crs": [(f"EPSG:{code}", title) for code, title in crs.COMMON],
        "refusal": refusal,
    }
    return render(request, "gis_layers/exporting/export.html", context, status=refusal.status if refusal else 200)


@require_safe
@login_not_required
def job(request, pk):
    job = _job(request, pk)
    context = {"job": job, "format": FORMATS[job.format], "size": _size(job)}
    if request.htmx:
        response = render(request, "gis_layers/exporting/progress_bar.html", context)
        if job.has_ended:
            response.headers["HX-Refresh"] = "true"
        return response
    return render(request, "gis_layers/exporting/job.html", context)


@require_safe
@login_not_required
def download(request, pk):
    job = _job(request, pk)
    if job.state != ExportJob.State.DONE or not job.file.exists():
        raise Http404
    response = FileResponse(
        job.file.open("rb"),
        as_attachment=True,
        filename=job.file_name,
        content_type=FORMATS[job.format].media_type,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@login_not_required
def cancel(request, pk):
    job = _job(request, pk)
    services.cancel(job)
    return redirect("exporting:export", job.layer.slug)


def _job(request, pk):
    """One's own export of a layer that one may still see; else 404."""
    job = get_object_or_404(ExportJob.objects.select_related("layer"), pk=pk)
    mine = job.made_by_id == request.user.pk if job.made_by_id else str(job.pk) in request.session.get(MINE, [])
    if not mine or not Layer.objects.visible_to(request.user).filter(pk=job.layer_id).exists():
        raise Http404
    return job


def _size(job):
    return job.file.stat().st_size if job.state == ExportJob.State.DONE and job.file.exists() else None
