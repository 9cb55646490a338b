from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from gis_layers.map.described import described, grouped, visible_layers
from gis_layers.map.forms import PrintForm
from gis_layers.map.search import search
from gis_layers.map.words import words

MAX_QUERY = 200


@require_safe
@login_not_required
def page(request):
    layers = visible_layers(request.user)
    context = {
        "groups": grouped(layers),
        "layers": [described(layer, request.user) for layer in layers],
        "base_style": settings.BASE_STYLE_URL,
        "words": words(),
        "query": request.GET.get("q", "")[:MAX_QUERY],
    }
    return render(request, "gis_layers/map/page.html", context)


@require_safe
@login_not_required
def results(request):
    """GET /api/v1/search/?q= gives {"query", "results": [{kind, title, detail, bbox, layer, id}], "whole"}."""
    text = request.GET.get("q", "").replace("\0", "")[:MAX_QUERY]
    found, whole = search(request.user, text)
    response = JsonResponse(
        {"query": text, "results": found, "whole": whole}, json_dumps_params={"ensure_ascii": False}
    )
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
    return response


@require_safe
@login_not_required
def print_page(request):
    """A sheet at a true scale. What stands on the map comes in the fragment, as on the map page."""
    layers = visible_layers(request.user)
    form = PrintForm(request.GET or None)
    context = {
        "form": form,
        "sheet": form.cleaned_data if form.is_valid() else form.defaults,
        "groups": grouped(layers),
        "layers": [described(layer, request.user) for layer in layers],
        "base_style": settings.BASE_STYLE_URL,
        "words": words(),
    }
    return render(request, "gis_layers/map/print.html", context)
