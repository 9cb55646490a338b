from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from muni.notices import services
from muni.notices.models import Notice

PAGE = 30


def notices(request):
    mine = Notice.objects.visible_to(request.user)
    return render(request, "notices/list.html", {"page": Paginator(mine, PAGE).get_page(request.GET.get("page"))})


def follow(request, pk):
    """To what the notice is about; it counts as read from then on."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    services.mark_read(Notice.objects.filter(pk=notice.pk))
    return redirect(notice.url or "notices:list")


@require_POST
def read_all(request):
    services.mark_read(Notice.objects.visible_to(request.user))
    return redirect("notices:list")
