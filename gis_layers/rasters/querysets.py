from django.db import models
from django.db.models import Q


class RasterSheetQuerySet(models.QuerySet):
    def visible_to(self, user):
        """As a layer: public sheets everybody, staff's officials, private ones those who may change layers in the
        owner's place. What is not finished is for the latter alone."""
        shown = Q(state=self.model.State.DONE)
        rule = shown & Q(visibility="public")
        if not user.is_authenticated:
            return self.filter(rule)
        if user.is_superuser:
            return self.all()
        if user.is_official:
            rule |= shown & Q(visibility="staff")
        for path in user.granted_paths("gis_layers.change_layer"):
            rule |= Q(department__place__path__startswith=path)
        return self.filter(rule)

    def ready(self):
        return self.filter(state=self.model.State.DONE)
