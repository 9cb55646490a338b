"""Pages of changesets."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gis_layers.editing.models import Changeset


def seen_changeset(request, pk):
    """The changeset, or 404 for whoever may not see it."""
    return get_object_or_404(Changeset.objects.visible_to(request.user).with_layer(), pk=pk)


@require_safe
def desk(request):
    return render(request, "editing/desk.html", {})


@require_safe
def review(request, pk):
    return render(request, "editing/review.html", {"changeset": seen_changeset(request, pk)})


@require_safe
def conflicts(request, pk):
    return render(request, "editing/conflicts.html", {"changeset": seen_changeset(request, pk)})
