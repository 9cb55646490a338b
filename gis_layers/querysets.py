from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Polygon
from django.db import models
from django.db.models import Q

from muni.core.prepared import Parameter, PreparedModels
from muni.core.srids import LONLAT, WEB_MERCATOR
from muni.core.text import Fold, fold


@cache
def _anonymous_question(layer):
    return PreparedModels(
        layer.objects.visible_to(AnonymousUser()).filter(slug=Parameter(1, models.CharField())), "text"
    )


class LayerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The one rule of who sees a layer: public ones everybody, staff ones officials, private ones those who may
        change or publish layers in the owner's place (registered layers have no owner: superusers)."""
        public = Q(visibility=self.model.Visibility.PUBLIC)
        if not user.is_authenticated:
            return self.filter(public)
        if user.is_superuser:
            return self.all()
        rule = public
        if user.is_official:
            rule |= Q(visibility=self.model.Visibility.STAFF)
        for path in user.granted_paths("gis_layers.change_layer", "gis_layers.publish_layer"):
            rule |= Q(department__place__path__startswith=path)
        return self.filter(rule)

    def seen_as(self, slug, user):
        """The layer of that address. Raises DoesNotExist also when the user may not see it.

        Maps ask it anonymously for every tile, so that question is prepared: writing it down costs more than asking.
        """
        if "\x00" in slug:  # PostgreSQL takes no such text
            raise self.model.DoesNotExist
        if user.is_authenticated:
            return self.visible_to(user).get(slug=slug)
        for layer in _anonymous_question(self.model).instances(slug):
            return layer
        raise self.model.DoesNotExist

    def manageable_by(self, user):
        """Layers whose style, metadata and data the user may change."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        rule = Q(pk=None)
        for path in user.granted_paths("gis_layers.change_layer"):
            rule |= Q(department__place__path__startswith=path)
        return self.filter(rule)

    def matching(self, text):
        """Spelling-folded search in titles, abstracts and keywords."""
        needle = fold(text)
        rule = Q()
        for name in ("title_ar", "title_en", "abstract_ar", "abstract_en", "keywords"):
            self = self.annotate(**{f"_{name}": Fold(name)})
            rule |= Q(**{f"_{name}__contains": needle})
        return self.filter(rule)


class FeatureQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Features of a planner-made layer are as visible as their layer, which the caller has checked."""
        return self

    def current(self):
        return self.filter(revision_to=None)

    def in_lonlat_box(self, west, south, east, north):
        """Degrees. A longitude/latitude box is a box in Web Mercator too, so this is exact."""
        box = Polygon.from_bbox((west, south, east, north))
        box.srid = LONLAT
        return self.filter(geom_3857__intersects=box.transform(WEB_MERCATOR, clone=True))
