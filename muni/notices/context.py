from functools import cache

from muni.notices.models import Notice


def unread(request):
    """`unread_notices`: how many the reader has not opened; asked of the database where a page shows it."""
    user = getattr(request, "user", None)
    return {"unread_notices": cache(lambda: Notice.objects.visible_to(user).unread().count()) if user else 0}
