from django.contrib.contenttypes.models import ContentType
from django.db import models


class EntryQuerySet(models.QuerySet):
    def about(self, subject):
        """Acts on this row, the latest first."""
        return self.filter(subject_type=ContentType.objects.get_for_model(subject), subject_id=str(subject.pk))
