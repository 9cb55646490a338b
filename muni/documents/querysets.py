from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from muni.documents import kinds
from muni.places.querysets import below


class AboutQuerySet(models.QuerySet):
    def about(self, *subjects):
        """What belongs to any of these rows, in its model's order."""
        found = Q(pk=None)
        for subject in subjects:
            found |= Q(subject_type=ContentType.objects.get_for_model(subject), subject_id=str(subject.pk))
        return self.filter(found)


class IssuedQuerySet(AboutQuerySet):
    def valid(self):
        return self.filter(state=self.model.State.VALID)

    def visible_to(self, user):
        """Whoever ordered it, and the officials who hold its kind's `reads` in its place."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(applicant=user)
        for kind in kinds.registered():
            mine |= Q(kind=kind.id) & below(user.granted_paths(kind.reads), "place__path")
        return self.filter(mine)
