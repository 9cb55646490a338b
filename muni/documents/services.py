import hashlib
from pathlib import PurePosixPath

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest
from muni.documents.content import EXTENSIONS, kind_of
from muni.documents.models import Attachment


class FileNotTaken(BadRequest):
    code = "file_not_taken"


def check(file):
    """The media type of an uploaded file. Raises FileNotTaken: too large, empty, of a type that is not taken, or named
    as something that its content is not."""
    if file.size > settings.DOCUMENT_MAX_BYTES:
        raise FileNotTaken(
            _("“%(name)s” is larger than %(limit)s.")
            % {"name": file.name, "limit": filesizeformat(settings.DOCUMENT_MAX_BYTES)}
        )
    kind = kind_of(file) if file.size else None
    if kind is None:
        raise FileNotTaken(
            _("“%(name)s” cannot be taken: send a PDF, a picture (PNG, JPEG, WebP), or a Word or Excel file.")
            % {"name": file.name}
        )
    if PurePosixPath(file.name).suffix.lower().lstrip(".") not in EXTENSIONS[kind]:
        raise FileNotTaken(
            _("The name of “%(name)s” does not fit what is in it. Save it again under its right type.")
            % {"name": file.name}
        )
    return kind


@transaction.atomic
def attach(subject, file, *, by, title=""):
    """Keeps an uploaded file (Django's UploadedFile) with the row `subject`; returns the Attachment.

    Whether `by` (a User or None) may add to the subject is for the caller to check. Raises FileNotTaken.
    """
    kind = check(file)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    attachment = Attachment(
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=str(subject.pk),
        title=title,
        name=_shortened(file.name),
        content_type=kind,
        size=file.size,
        sha256=digest.hexdigest(),
        by=by,
    )
    attachment.file.save(attachment.name, file, save=False)
    try:
        attachment.save(force_insert=True)
    except BaseException:
        attachment.file.storage.delete(attachment.file.name)
        raise
    return attachment


@transaction.atomic
def remove(attachment):
    """Takes the file away; whether the user may is for the caller to check."""
    storage, name = attachment.file.storage, attachment.file.name
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(name))


def _shortened(name):
    path = PurePosixPath(name.replace("\\", "/"))
    return f"{path.stem[:150]}{path.suffix[:10]}"
