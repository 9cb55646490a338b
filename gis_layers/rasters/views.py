"""Raster sheets: send one in pieces that resume, watch it being converted, see it on the map, fetch its tiles."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_layers.access import departments_for_new_layers
from gis_layers.catalogue.views import drawn
from gis_layers.models import Layer
from gis_layers.rasters import access, services, tiles
from gis_layers.rasters.forms import AnnouncementForm, NewSheetForm, SheetForm, VisibilityForm
from gis_layers.rasters.models import RasterSheet
from muni.core.errors import BadRequest, DomainError
from muni.core.http import error_response

PAGE = 20
OFFSET, LENGTH = "Upload-Offset", "Upload-Length"


@require_safe
@login_not_required
def sheets(request):
    found = RasterSheet.objects.visible_to(request.user).exclude(state=RasterSheet.State.CANCELLED)
    page = Paginator(found.select_related("department__place"), PAGE).get_page(request.GET.get("page"))
    may_add = request.user.has_perm("gis_layers.add_layer")
    return render(request, "rasters/list.html", {"page": page, "may_add": may_add})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request):
    """The form; its script announces the file with POST (JSON) and is told where to send the pieces:
    201 {"upload", "page", "offset"}."""
    if not departments_for_new_layers(request.user).exists():
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "rasters/add.html", {"form": NewSheetForm(user=request.user)})
    try:
        sheet = _announced(request)
    except DomainError as error:
        return error_response(error)
    return JsonResponse(
        {
            "upload": reverse("rasters:upload", args=[sheet.pk]),
            "page": reverse("rasters:sheet", args=[sheet.pk]),
            "offset": sheet.received,
        },
        status=201,
    )


def _announced(request):
    try:
        given = json.loads(request.body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadRequest(_("The announcement of the file did not arrive whole. Try again."))
    form = AnnouncementForm(given, user=request.user)
    if not form.is_valid():
        fields = {name: " ".join(sentences) for name, sentences in form.errors.items()}
        raise BadRequest(_("Some values are not valid."), fields=fields)
    return services.announce(by=request.user, **form.cleaned_data)


@require_http_methods(["GET", "HEAD", "PATCH"])
def upload(request, pk):
    """HEAD tells how far the file has come (Upload-Offset, Upload-Length); PATCH with Upload-Offset appends the body:
    204, or 409 when the file does not end there. Both answers carry the offset."""
    sheet = get_object_or_404(RasterSheet.objects.select_related("department__place"), pk=pk)
    if not access.can_change_sheet(request.user, sheet):
        raise Http404
    response = HttpResponse(status=204)
    if request.method == "PATCH":
        try:
            services.receive(
                sheet,
                offset=_number(request.headers.get(OFFSET)),
                stream=request,
                length=_number(request.headers.get("Content-Length")),
            )
        except DomainError as error:
            response = error_response(error)
        sheet.refresh_from_db(fields=["state"])
    response.headers[OFFSET] = sheet.received if sheet.state == RasterSheet.State.WAITING else sheet.file_size
    response.headers[LENGTH] = sheet.file_size
    response.headers["Cache-Control"] = "no-store"
    return response


def _number(text):
    try:
        number = int(text)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise BadRequest(_("The piece must say where it begins and how long it is."))
    return number


@require_safe
@login_not_required
def sheet(request, pk):
    """One address for the whole way: arriving, being converted, shown."""
    sheet = _sheet(request, pk)
    if request.htmx:
        response = render(request, "rasters/progress_bar.html", {"sheet": sheet})
        if sheet.has_ended:
            response.headers["HX-Refresh"] = "true"
        return response
    context = {
        "sheet": sheet,
        "may_change": access.can_change_sheet(request.user, sheet),
        "may_publish": access.can_publish_sheet(request.user, sheet),
    }
    if sheet.state == RasterSheet.State.DONE:
        context |= {
            "map": _map(sheet, request.user),
            "tiles": request.build_absolute_uri("/").rstrip("/") + _tiles_of(sheet),
        }
        context["visibility_form"] = VisibilityForm(initial={"visibility": sheet.visibility})
    return render(request, "rasters/sheet.html", context)


@require_safe
@login_not_required
def tile(request, pk, z, x, y):
    """A tile as PNG; 304 when the client's copy is current."""
    sheet = get_object_or_404(RasterSheet.objects.visible_to(request.user).ready(), pk=pk)
    etag = f'"{sheet.cog_sha256[:20]}-{z}-{x}-{y}"'
    is_public = sheet.visibility == Layer.Visibility.PUBLIC
    try:
        current = etag in request.headers.get("If-None-Match", "")
        response = HttpResponse(status=304) if current else HttpResponse(tiles.tile(sheet, z, x, y), "image/png")
    except DomainError as error:
        return error_response(error)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=3600" if is_public else "private, no-cache"
    if is_public:
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        patch_vary_headers(response, ["Authorization", "Cookie"])
    return response


def change(request, pk):
    sheet = _changeable(request, pk)
    form = SheetForm(request.POST or None, instance=sheet)
    if request.method == "POST" and form.is_valid():
        services.describe(sheet, by=request.user, **form.cleaned_data)
        messages.success(request, _("The description is saved."))
        return redirect("rasters:sheet", pk)
    return render(request, "rasters/change.html", {"sheet": sheet, "form": form})


@require_POST
def show_to(request, pk):
    sheet = _sheet(request, pk)
    form = VisibilityForm(request.POST)
    if form.is_valid():
        try:
            services.show_to(sheet, by=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
        except DomainError as error:
            messages.error(request, error.message)
    return redirect("rasters:sheet", pk)


@require_POST
def cancel(request, pk):
    services.cancel(_changeable(request, pk), by=request.user)
    messages.info(request, _("Stopped. Nothing of the file was kept."))
    return redirect("rasters:list")


@require_POST
def delete(request, pk):
    try:
        services.delete(_changeable(request, pk), by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("rasters:sheet", pk)
    messages.info(request, _("The sheet is gone."))
    return redirect("rasters:list")


def _sheet(request, pk):
    sheets = RasterSheet.objects.visible_to(request.user).select_related("department__place", "made_by")
    return get_object_or_404(sheets, pk=pk)


def _changeable(request, pk):
    sheet = _sheet(request, pk)
    if not access.can_change_sheet(request.user, sheet):
        raise PermissionDenied
    return sheet


def _tiles_of(sheet):
    address = reverse("rasters:tile", args=[sheet.pk, 0, 0, 0])
    return address.replace("0/0/0.png", "{z}/{x}/{y}.png")


def _map(sheet, user):
    base = Layer.objects.visible_to(user).filter(group=Layer.Group.BASE).order_by("position", "slug", "pk")[:12]
    return {
        "layers": [drawn(layer) for layer in base],
        "tiles": f"{_tiles_of(sheet)}?v={sheet.cog_sha256[:12]}",
        "bounds": sheet.bounds,
        "maxZoom": sheet.max_zoom,
        "attribution": sheet.source,
    }
