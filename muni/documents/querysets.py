from django.contrib.contenttypes.models import ContentType
from django.db import models


class AttachmentQuerySet(models.QuerySet):
    def about(self, subject):
        """Files of this row, in the order they came."""
        return self.filter(subject_type=ContentType.objects.get_for_model(subject), subject_id=str(subject.pk))
