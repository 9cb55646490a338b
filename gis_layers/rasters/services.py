"""The life of a raster sheet: announced, received in pieces, converted, shown, taken away."""

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pyproj import Geod

from gis_layers.jobs import Stopped, exclusively, report_progress
from gis_layers.models import Layer
from gis_layers.rasters import access
from gis_layers.rasters.conversion import convert
from gis_layers.rasters.models import RasterSheet
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.journal.services import record

ABANDONED_AFTER = timedelta(days=7)
PIECE = 64 * 1024
_EARTH = Geod(ellps="WGS84")


class SheetInUse(DomainError):
    code = "sheet_in_use"


class SheetTooLarge(BadRequest):
    code = "sheet_too_large"
    status = 413


class OffsetConflict(DomainError):
    """The piece does not begin where the file ends; ask for the offset and go on from there."""

    code = "offset_conflict"


class UploadBusy(DomainError):
    code = "upload_busy"
    status = 423


class UploadEnded(DomainError):
    code = "upload_ended"


@transaction.atomic
def announce(*, by, department, title_ar, file_name, file_size, title_en="", source="", licence=""):
    """A RasterSheet that waits for its file; the same file of the same person that did not all arrive is given again.
    Raises Forbidden, BadRequest, SheetTooLarge."""
    forget_abandoned()
    if not access.can_add_sheet(by, department):
        raise Forbidden(_("You may not add raster sheets for this department."))
    if not title_ar.strip():
        raise BadRequest(_("The sheet needs a title."), fields={"title_ar": _("Fill this in.")})
    if file_size > settings.RASTER_MAX_BYTES:
        raise SheetTooLarge(
            _("The file is larger than %(limit)s MB. Divide the picture into sheets.")
            % {"limit": settings.RASTER_MAX_BYTES // 1024**2}
        )
    if file_size < 1:
        raise BadRequest(_("The file is empty."))
    wanted = {"department": department, "file_name": file_name[-255:], "file_size": file_size, "made_by": by}
    waiting = RasterSheet.objects.filter(**wanted, title_ar=title_ar, state=RasterSheet.State.WAITING).first()
    if waiting:
        return waiting
    sheet = RasterSheet.objects.create(
        **wanted,
        title_ar=title_ar,
        title_en=title_en,
        source=source,
        licence=licence,
        language=get_language(),
        total=100,
    )
    sheet.folder.mkdir(parents=True)
    return sheet


def receive(sheet, *, offset, stream, length):
    """Appends a piece of `length` bytes that begins at `offset`; gives the new offset. What arrived of a piece that
    broke off stays. Queues the conversion when the file is whole.

    Raises OffsetConflict, UploadBusy, UploadEnded, SheetTooLarge.
    """
    if sheet.state != RasterSheet.State.WAITING:
        raise UploadEnded(_("This upload has ended."))
    with _locked_file(sheet) as file:
        at = file.seek(0, os.SEEK_END)
        if offset != at:
            raise OffsetConflict(_("The file goes on at byte %s.") % at)
        if at + length > sheet.file_size:
            raise SheetTooLarge(_("More bytes arrived than were announced."))
        left = length
        while left and (piece := stream.read(min(PIECE, left))):
            file.write(piece)
            left -= len(piece)
        file.flush()
        os.fsync(file.fileno())
        at = file.tell()
    if at == sheet.file_size:
        _queue(sheet)
    return at


@contextmanager
def _locked_file(sheet):
    """The incoming file for one writer at a time: a request that hangs may still be writing when the next comes."""
    with open(sheet.incoming, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy(_("Another piece of this file is arriving just now.")) from None
        yield file


def _queue(sheet):
    from gis_layers.rasters.tasks import convert_sheet

    with transaction.atomic():
        queued = RasterSheet.objects.filter(pk=sheet.pk, state=RasterSheet.State.WAITING).update(
            state=RasterSheet.State.QUEUED
        )
        if queued:
            transaction.on_commit(lambda: convert_sheet.enqueue(str(sheet.pk)))


def run(sheet_id):
    """Converts the file; safe to call again after a worker was killed. Never raises DomainError: the sheet says what
    was wrong. Does nothing when another worker is at it or it has ended."""
    with exclusively(RasterSheet, sheet_id) as sheet:
        if sheet is None:
            return
        with translation.override(sheet.language):
            try:
                _convert(sheet)
            except Stopped:
                shutil.rmtree(sheet.folder, ignore_errors=True)
            except DomainError as error:
                _fail(sheet, error.message)
            except BaseException:
                _fail(sheet, _("The conversion failed unexpectedly."))
                raise


def _convert(sheet):
    work = sheet.folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    facts = convert(sheet.incoming, work, lambda percent: report_progress(sheet, percent))
    middle, aside, down = facts["step"]
    sheet.sha256, sheet.cog_sha256 = _checksum(sheet.incoming), _checksum(work / "sheet.tif")
    sheet.cog_size = (work / "sheet.tif").stat().st_size
    sheet.resolution = max(_EARTH.inv(*middle, *other)[2] for other in (aside, down))
    for name in ("crs", "bounds", "width", "height", "bands", "max_zoom", "stretch"):
        setattr(sheet, name, facts[name])
    (work / "sheet.tif").replace(sheet.cog)
    with transaction.atomic():
        if not RasterSheet.objects.select_for_update(of=("self",)).filter(pk=sheet.pk, state=sheet.State.RUNNING):
            raise Stopped
        sheet.state, sheet.ended_at, sheet.progress = sheet.State.DONE, timezone.now(), 100
        sheet.save()
    sheet.incoming.unlink(missing_ok=True)
    shutil.rmtree(work, ignore_errors=True)


def _fail(sheet, sentence):
    """A failed sheet leaves nothing but its sentence."""
    shutil.rmtree(sheet.folder, ignore_errors=True)
    RasterSheet.objects.filter(pk=sheet.pk).exclude(state__in=RasterSheet.ENDED).update(
        state=RasterSheet.State.FAILED, error=sentence, ended_at=timezone.now()
    )


def cancel(sheet, *, by):
    """Stops an upload or a conversion wherever it is; nothing of it stays."""
    _refuse_unless(access.can_change_sheet(by, sheet))
    stopped = (
        RasterSheet.objects.filter(pk=sheet.pk)
        .exclude(state__in=RasterSheet.ENDED)
        .update(state=RasterSheet.State.CANCELLED, ended_at=timezone.now())
    )
    if stopped:
        shutil.rmtree(sheet.folder, ignore_errors=True)


@transaction.atomic
def describe(sheet, *, by, **words):
    """Changes title, source, licence. Returns the sheet."""
    _refuse_unless(access.can_change_sheet(by, sheet))
    sheet = RasterSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    for name in ("title_ar", "title_en", "source", "licence"):
        if name in words:
            setattr(sheet, name, words[name])
    sheet.save()
    record(act="rasters.describe", subject=sheet, by=by)
    return sheet


@transaction.atomic
def show_to(sheet, *, by, visibility):
    """Says who sees the sheet. Everybody: it needs its source and licence first. Returns the sheet."""
    if not access.can_publish_sheet(by, sheet):
        raise Forbidden(_("You may not say who sees this sheet."))
    sheet = RasterSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if sheet.state != RasterSheet.State.DONE:
        raise DomainError(_("The sheet is not ready yet."))
    if visibility == Layer.Visibility.PUBLIC and not (sheet.source.strip() and sheet.licence.strip()):
        raise BadRequest(_("Before everybody may see the sheet, say its source and its licence."))
    sheet.visibility = visibility
    sheet.save(update_fields=["visibility"])
    record(act="rasters.show_to", subject=sheet, by=by, visibility=visibility)
    return sheet


@transaction.atomic
def delete(sheet, *, by):
    """Takes the sheet away with its files. Raises SheetInUse."""
    _refuse_unless(access.can_change_sheet(by, sheet))
    if sheet.visibility == Layer.Visibility.PUBLIC:
        raise DomainError(_("The sheet is public. Withdraw it first."))
    record(act="rasters.delete", subject=sheet, by=by, title=sheet.title_ar, sha256=sheet.sha256)
    folder = sheet.folder
    try:
        sheet.delete()
    except ProtectedError:
        raise SheetInUse(
            _("A city plan shows this sheet. Take it out of the plan first; one in force keeps it.")
        ) from None
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def forget_abandoned():
    """Uploads that nobody came back for are removed after a week."""
    for sheet in RasterSheet.objects.filter(
        state=RasterSheet.State.WAITING, made_at__lt=timezone.now() - ABANDONED_AFTER
    ):
        with suppress(OSError):
            if timezone.now().timestamp() - sheet.incoming.stat().st_mtime < ABANDONED_AFTER.total_seconds():
                continue
        shutil.rmtree(sheet.folder, ignore_errors=True)
        sheet.delete()


def _refuse_unless(allowed):
    if not allowed:
        raise Forbidden(_("You may not change this sheet."))


def _checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
