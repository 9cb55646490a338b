from django.db import models
from django.db.models import BigIntegerField, Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Everybody reads their own alone."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def unread(self):
        return self.filter(read_at=None)


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Superusers: addresses and telephones of everybody are in them."""
        return self if user.is_active and user.is_superuser else self.none()

    def undelivered(self):
        """Given up, or waiting after at least one attempt that failed."""
        return self.filter(Q(state=self.model.State.FAILED) | Q(state=self.model.State.QUEUED, attempts__gt=0))

    def left_behind(self):
        """Queued, but no job will send them."""
        jobs = DBTaskResult.objects.filter(
            task_path="muni.notices.tasks.deliver", status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING]
        )
        jobs = jobs.annotate(message=Cast(KeyTextTransform(0, KeyTransform("args", "args_kwargs")), BigIntegerField()))
        return self.queued().filter(~Exists(jobs.filter(message=OuterRef("pk"))))

    def queued(self):
        return self.filter(state=self.model.State.QUEUED)
