"""What everybody sees: the catalogue and each layer's page."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from gis_layers import access, features, symbology
from gis_layers.catalogue.facets import SORTS, Search
from gis_layers.models import Layer
from gis_layers.registry import source_of

PAGE = 20


def visible_layer(request, slug):
    """The layer, or 404 for whoever may not see it."""
    return get_object_or_404(Layer.objects.visible_to(request.user).select_related("department__place"), slug=slug)


@require_safe
@login_not_required
def catalogue(request):
    search = Search(request.GET, request.user)
    page = Paginator(search.layers(), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "gis_layers/catalogue/list.html",
        {
            "search": search,
            "page": page,
            "facets": search.choices(),
            "sorts": SORTS.items(),
            "may_create": request.user.has_perm("gis_layers.add_layer"),
        },
    )


@require_safe
@login_not_required
def layer(request, slug):
    layer = visible_layer(request, slug)
    source = source_of(layer)
    user = request.user
    return render(
        request,
        "gis_layers/catalogue/layer.html",
        {
            "layer": layer,
            "attributes": source.attributes,
            "count": features.summary(source, user).count,
            "links": _links(request, layer),
            "map": map_data(layer, user),
            "may_change": access.can_change_layer(user, layer),
            "may_edit": access.can_draft(user, layer),
            "may_publish": access.can_publish_layer(user, layer),
            "may_see_past": access.can_see_past(user, layer),
            "may_delete": access.can_delete_layer(user, layer),
            "events": layer.events.select_related("by")[:8] if user.is_authenticated and user.is_official else (),
        },
    )


@require_safe
@login_not_required
def legend_json(request, slug):
    """[{"label_ar", "label_en", "svg"}]"""
    entries = symbology.legend(visible_layer(request, slug))
    return JsonResponse(
        [
            {"label_ar": e["label_ar"], "label_en": e["label_en"], "svg": symbology.swatch_svg(e["swatch"])}
            for e in entries
        ],
        safe=False,
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
@login_not_required
def legend_svg(request, slug):
    picture = symbology.legend_svg(symbology.legend(visible_layer(request, slug)), language=get_language())
    return HttpResponse(picture, content_type="image/svg+xml")


def map_data(layer, user):
    """What the page's map needs: this layer above the base map, and where to look."""
    base = Layer.objects.visible_to(user).filter(group=Layer.Group.BASE).exclude(pk=layer.pk)
    return {
        "layers": [drawn(shown) for shown in [*base.order_by("position", "slug", "pk")[:12], layer]],
        "bounds": _where(layer, user),
        "min_zoom": layer.min_zoom,
    }


def _where(layer, user):
    """[west, south, east, north] in degrees: the box of what the user sees of the layer."""
    box = features.summary(source_of(layer), user).box
    return list(box) if box else None


def drawn(layer):
    """A layer as the map module takes it."""
    return {
        "slug": layer.slug,
        "style": symbology.style_of(layer),
        "tiles": reverse("tiles:tilejson", args=[layer.slug]),
        "minZoom": layer.min_zoom,
        "maxZoom": layer.max_zoom,
    }


def _links(request, layer):
    """[(kind, absolute address)] for other programs."""
    addresses = {
        "qgis": "/ogc/",
        "ogc": f"/ogc/collections/{layer.slug}",
        "tilejson": f"/tiles/{layer.slug}.json",
        "rest": f"/api/v1/layers/{layer.slug}/",
    }
    return [(kind, request.build_absolute_uri(address)) for kind, address in addresses.items()]
