"""The page on which a changeset is drawn."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from gis_layers import features
from gis_layers.api.serializers import AttributeSerializer
from gis_layers.editing import access
from gis_layers.editing.views import seen_changeset
from gis_layers.editing.words import words
from gis_layers.map.described import described, visible_layers
from gis_layers.map.words import words as map_words
from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.core.srids import MUNI_SRID

_DRAWN = {
    Layer.GeometryType.POINT: ["point"],
    Layer.GeometryType.LINE: ["line"],
    Layer.GeometryType.POLYGON: ["area"],
    Layer.GeometryType.ANY: ["point", "line", "area"],
}


@require_safe
@ensure_csrf_cookie
def editor(request, pk):
    changeset = seen_changeset(request, pk)
    layers = visible_layers(request.user)
    own = next((layer for layer in layers if layer.pk == changeset.layer_id), None)
    if own is None:
        raise Http404
    others = [layer for layer in layers if layer.pk != own.pk]
    may_edit = access.can_edit(request.user, changeset)
    attributes = source_of(own).attributes
    schema = [{**AttributeSerializer(each).data, "unit": each.unit_title} for each in attributes]
    context = {
        "changeset": changeset,
        "layer": own,
        "others": others[::-1],
        "may_edit": may_edit,
        "schema": schema,
        "drawn": _DRAWN[own.geometry_type],
        "data": {
            "changeset": str(changeset.pk),
            "user": request.user.pk,
            "address": f"/api/v1/changesets/{changeset.pk}/",
            "review": reverse("editing:review", args=[changeset.pk]),
            "layer": described(own, request.user),
            "layers": [described(layer, request.user) for layer in others],
            "schema": schema,
            "mayEdit": may_edit,
            "bounds": features.summary(source_of(own), request.user).box,
            "baseStyle": settings.BASE_STYLE_URL,
            "utmZone": _utm_zone(),
        },
        "words": words(),
        "map_words": map_words(),
    }
    return render(request, "editing/editor.html", context)


def _utm_zone():
    """The zone in which metres are shown: that of the stored coordinates, or of Baghdad where they are not UTM."""
    return MUNI_SRID - 32600 if 32600 < MUNI_SRID <= 32660 else 38
