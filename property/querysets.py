from django.db import models


class ParcelQuerySet(models.QuerySet):
    def current(self):
        return self.filter(status=self.model.Status.CURRENT)

    def visible_to(self, user):
        """Parcel outlines and numbers are public; persons are not part of them."""
        return self
