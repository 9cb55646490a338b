from django.db import models


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Everybody reads their own alone."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def unread(self):
        return self.filter(read_at=None)


class MessageQuerySet(models.QuerySet):
    def queued(self):
        return self.filter(state=self.model.State.QUEUED)
