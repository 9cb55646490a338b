from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from muni.core.errors import DomainError
from muni.notices import services
from muni.notices.models import Message, Notice

PAGE = 30


def notices(request):
    mine = Notice.objects.visible_to(request.user)
    return render(request, "notices/list.html", {"page": Paginator(mine, PAGE).get_page(request.GET.get("page"))})


def follow(request, pk):
    """To what the notice is about; it counts as read from then on."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    services.mark_read(Notice.objects.filter(pk=notice.pk))
    return redirect(notice.url or "notices:list")


@require_safe
def undelivered(request):
    """What could not be sent, for administrators."""
    _refuse_others(request)
    found = Message.objects.visible_to(request.user).undelivered()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/undelivered.html", {"page": page})


@require_POST
def try_again(request, pk):
    _refuse_others(request)
    try:
        services.try_again(get_object_or_404(Message, pk=pk), by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The message is on its way again."))
    return redirect("notices:undelivered")


def _refuse_others(request):
    if not request.user.is_superuser:
        raise PermissionDenied


@require_POST
def read_all(request):
    services.mark_read(Notice.objects.visible_to(request.user))
    return redirect("notices:list")
