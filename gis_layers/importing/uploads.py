"""Uploads go straight to the data volume, hashed on the way, and leave nothing when they break off."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest

FORM_OVERHEAD = 64 * 1024  # bytes that boundaries and the other fields of the form may take


class FileTooLarge(BadRequest):
    code = "file_too_large"
    status = 413


def refuse_early(request):
    """Refuses a too large upload by its announced length, before a byte of it is read. Raises FileTooLarge."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > settings.IMPORT_MAX_BYTES + FORM_OVERHEAD:
        raise too_large()


def too_large():
    return FileTooLarge(
        _("The file is larger than %(limit)s. Zip it, or divide it into parts.")
        % {"limit": _("%(size)s GB") % {"size": f"{settings.IMPORT_MAX_BYTES / 1024**3:g}"}}
    )


class StreamedUpload(UploadedFile):
    """A file in the folder of uploads that vanishes when it is closed, unless it was moved into a job."""

    sha256 = ""

    def __init__(self, name, content_type, charset, content_type_extra):
        folder = Path(settings.MEDIA_ROOT) / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115 closed with the request
        super().__init__(file, name, content_type, 0, charset, content_type_extra)

    def move_to(self, path):
        self.file.flush()
        os.replace(self.file.name, path)

    def close(self):
        with suppress(FileNotFoundError):  # it was moved into a job
            self.file.close()


class StreamingHandler(FileUploadHandler):
    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.file = StreamedUpload(self.file_name, self.content_type, self.charset, self.content_type_extra)
        self.digest = hashlib.sha256()
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > settings.IMPORT_MAX_BYTES:
            self.file.close()
            self.request.upload_too_large = True
            raise StopUpload(connection_reset=True)
        self.digest.update(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size):
        self.file.seek(0)
        self.file.size = file_size
        self.file.sha256 = self.digest.hexdigest()
        return self.file

    def upload_interrupted(self):
        if hasattr(self, "file"):
            self.file.close()
