from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat

from muni.core.text import Fold, fold
from muni.places.querysets import below


class EntryQuerySet(models.QuerySet):
    def about(self, subject):
        """Acts on this row, the latest first."""
        return self.filter(subject_type=ContentType.objects.get_for_model(subject), subject_id=str(subject.pk))

    def visible_to(self, user):
        """All to superusers; to others who hold view_entry, the acts of people who have or had an office in their
        places. What citizens and the machine did belongs to no office."""
        if user.is_superuser and user.is_active:
            return self
        if not user.is_authenticated or not (paths := user.granted_paths("journal.view_entry")):
            return self.none()
        person = self.model._meta.get_field("by").related_model
        office = person._meta.get_field("memberships").related_model
        offices = office.objects.filter(below(paths, "department__place__path"))
        return self.filter(by__in=offices.values("user"))

    def matching(self, *, act="", person="", subject="", first=None, last=None):
        """Entries of an act, of a person (account or name), about a subject (spelling folded), from the first day to
        the last one."""
        found = self
        if act:
            found = found.filter(act=act)
        if person:
            found = found.alias(_name=Fold(Concat("by__first_name", Value(" "), "by__last_name")))
            found = found.filter(Q(by__username__iexact=person) | Q(_name__contains=fold(person)))
        if subject:
            found = found.alias(_subject=Fold("subject")).filter(_subject__contains=fold(subject))
        if first:
            found = found.filter(at__date__gte=first)
        if last:
            found = found.filter(at__date__lte=last)
        return found
