"""Some layers show what is in force today, so they change at midnight without anybody writing."""

from django.contrib.gis.db.models import Collect
from django.contrib.gis.db.models.functions import Envelope
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gis_layers.models import Layer, LayerChange
from gis_layers.registry import source_of
from muni.core.daily import nightly


@nightly
def turn_the_day():
    """Moves each dated layer on which a feature has begun or ended since its last change to its next revision."""
    for layer in Layer.objects.filter(is_registered=True):
        turn(layer)


@transaction.atomic
def turn(layer, today=None):
    """Whether the layer moved on. today: a date, by default the one of settings.TIME_ZONE."""
    source = source_of(layer)
    if not source.period:
        return False
    today = today or timezone.localdate()
    seen = timezone.localdate(layer.changed_at)
    turned = Q()
    for name in source.period:
        turned |= Q(**{f"{name}__gt": seen, f"{name}__lte": today})
    found = source.queryset.filter(turned).aggregate(box=Collect(Envelope(source.geometry_3857)))["box"]
    if found is None:
        return False
    LayerChange.objects.create(layer_slug=layer.slug, extent=found.envelope)
    return True
