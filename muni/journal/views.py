from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from muni.journal.forms import Search
from muni.journal.models import Check, Entry
from muni.journal.tasks import verify_now

PAGE = 50


@require_safe
def journal(request):
    """The acts that the reader may see, narrowed as the address says, and whether the chain is whole."""
    if not request.user.has_perm("journal.view_entry"):
        raise PermissionDenied
    search = Search(request.GET)
    entries = Entry.objects.visible_to(request.user).select_related("by", "subject_type")
    entries = entries.matching(**search.cleaned_data) if search.is_valid() else entries.none()
    context = {
        "search": search,
        "page": Paginator(entries, PAGE).get_page(request.GET.get("page")),
        "check": Check.objects.first(),
        "may_verify": request.user.is_superuser,
    }
    return render(request, "journal/list.html", context)


@require_POST
def verify(request):
    """Queues a look at the whole chain: it may take a while, and no act is recorded meanwhile."""
    if not request.user.is_superuser:
        raise PermissionDenied
    verify_now.enqueue()
    messages.success(request, _("The journal is being verified; load this page again in a moment."))
    return redirect("journal:list")
