from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from muni.documents import access
from muni.documents.content import SHOWN
from muni.documents.models import Attachment


@login_not_required
@require_safe
def download(request, pk):
    """The file, for those who see what it belongs to; for the rest there is nothing here."""
    attachment = get_object_or_404(Attachment.objects.select_related("subject_type"), pk=pk)
    if not access.can_read(request.user, attachment):
        raise Http404
    response = FileResponse(
        attachment.file.open(),
        filename=attachment.name,
        content_type=attachment.content_type,
        as_attachment=attachment.content_type not in SHOWN,
    )
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
