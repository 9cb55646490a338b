"""The life of an export: asked for, run, fetched, forgotten."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Polygon
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_layers.exporting import writers
from gis_layers.exporting.formats import FORMATS
from gis_layers.importing import crs
from gis_layers.jobs import Stopped, exclusively, report_progress
from gis_layers.models import ExportJob, Layer
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, DomainError
from muni.core.srids import LONLAT, WEB_MERCATOR

KEPT_FOR = timedelta(hours=24)
VISITORS_AT_ONCE = 20
OF_ONE_ADDRESS = 4
"""As each web process counts them."""


class TooManyExports(DomainError):
    code = "too_many_exports"
    status = 429


def start(layer, *, by=None, address="", format, crs_text="", box=None):  # noqa: A002
    """A queued ExportJob for a layer that the caller has found visible; an equal one of the last day is given again
    as long as the layer has not changed. box: (west, south, east, north) in degrees.

    by: None for visitors, of whom their network address is remembered as long as the files are. Raises BadRequest,
    TooManyExports.
    """
    from gis_layers.tasks import run_export

    wanted = {
        "layer": layer,
        "layer_revision": layer.revision,
        "made_by": by,
        "format": chosen_format(format).key,
        "crs": f"EPSG:{chosen_srid(format, crs_text)}",
        "box": list(box) if box else None,
    }
    forget_old()
    if by is not None:
        alive = [ExportJob.State.QUEUED, ExportJob.State.RUNNING, ExportJob.State.DONE]
        same_part = {"box": wanted["box"]} if box else {"box__isnull": True}
        alike = ExportJob.objects.filter(
            **{k: v for k, v in wanted.items() if k != "box"}, **same_part, state__in=alive
        ).first()
        if alike:
            return alike
    else:
        _refuse_too_many(address)
    job = ExportJob.objects.create(
        **wanted,
        state=ExportJob.State.QUEUED,
        language=get_language(),
        file_name=f"{layer.slug}.{FORMATS[format].extension}",
    )
    if by is None:
        cache.set(_of(address), [*cache.get(_of(address), []), str(job.pk)][-OF_ONE_ADDRESS:], KEPT_FOR.total_seconds())
    transaction.on_commit(lambda: run_export.enqueue(str(job.pk)))
    return job


def _refuse_too_many(address):
    """Visitors share the queue: one of them may not fill it."""
    waiting = ExportJob.objects.filter(made_by=None, state__in=["queued", "running"])
    if waiting.filter(pk__in=cache.get(_of(address), [])).count() >= OF_ONE_ADDRESS:
        raise TooManyExports(_("Your other downloads are still being made. Please wait until one of them is ready."))
    if waiting.count() >= VISITORS_AT_ONCE:
        raise TooManyExports(_("Many people are downloading just now. Please try again in a few minutes."))


def _of(address):
    return f"exports:{address}"


def chosen_format(key):
    if key not in FORMATS:
        raise BadRequest(
            _("There is no format “%(format)s”; there are: %(formats)s.")
            % {"format": key, "formats": ", ".join(FORMATS)},
            fields={"format": key},
        )
    return FORMATS[key]


def chosen_srid(format_key, text):
    chosen = FORMATS[format_key]
    if chosen.fixed_srid or not text:
        return chosen.fixed_srid or chosen.default_srid
    return int(crs.code_of(crs.parse(text)).removeprefix("EPSG:"))


def parse_box(text):
    """(west, south, east, north) from "w,s,e,n" in degrees, None for nothing. Raises BadRequest."""
    if not text:
        return None
    try:
        west, south, east, north = (float(number) for number in text.split(","))
    except ValueError:
        west = east = south = north = 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest(
            _("The box must be west,south,east,north in degrees, for example 46.9,31.7,47.3,32.0."),
            fields={"bbox": text},
        )
    return west, south, east, north


def run(job_id):
    """Writes the file; safe to call again after a worker was killed."""
    with exclusively(ExportJob, job_id) as job:
        if job is None:
            return
        with translation.override(job.language):
            try:
                layer = Layer.objects.visible_to(_user(job)).filter(pk=job.layer_id).first()
                if layer is None:
                    raise BadRequest(_("The layer is no longer open to you."))
                write(
                    layer,
                    _user(job),
                    FORMATS[job.format],
                    job.file,
                    srid=int(job.crs.removeprefix("EPSG:")),
                    box=job.box,
                    on_total=lambda total: _set_total(job, total),
                    on_progress=lambda done: report_progress(job, done),
                )
            except Stopped:
                shutil.rmtree(job.folder, ignore_errors=True)
            except DomainError as error:
                _end(job, ExportJob.State.FAILED, error.message)
            except BaseException:
                _end(job, ExportJob.State.FAILED, _("The export failed unexpectedly."))
                raise
            else:
                _end(job, ExportJob.State.DONE)


def write(layer, user, chosen, path, *, srid, box=None, on_total=lambda n: None, on_progress=lambda n: None):
    """Writes what `user` may see of the layer into the file `path`, which appears only when it is whole."""
    stopped = []

    def on_batch(done):
        try:
            on_progress(done)
        except Stopped as stop:
            stopped.append(stop)
            raise

    rows = writers.Rows(source_of(layer), user, srid, _box_3857(box), on_batch)
    total = rows.count()
    on_total(total)
    if not total:
        raise BadRequest(_("There are no features to export."))
    work = path.parent / "unfinished"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    unfinished = work / f"{layer.slug}.{chosen.extension}"
    about = metadata(layer, srid)
    try:
        if chosen.key == "shp":
            writers.write_shapefiles(rows, work / "parts", unfinished, about)
        elif chosen.driver:
            writers.write_gdal(rows, unfinished, chosen, about)
        else:
            {"parquet": writers.write_parquet, "csv": writers.write_csv}[chosen.key](rows, unfinished, about)
        unfinished.replace(path)
    except Exception:
        if stopped:  # GDAL wraps what its stream of rows raised
            raise stopped[0] from None
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def metadata(layer, srid):
    """What travels with the file, in both languages."""
    owner = layer.department
    return {
        "id": layer.slug,
        "title": layer.title,
        "description": layer.abstract,
        "title_ar": layer.title_ar,
        "title_en": layer.title_en,
        "abstract_ar": layer.abstract_ar,
        "abstract_en": layer.abstract_en,
        "keywords": layer.keywords,
        "source": layer.source,
        "licence": layer.licence,
        "contact": layer.contact,
        "lineage": layer.lineage,
        "owner": f"{owner.name}, {owner.place.name}" if owner else "",
        "revision": layer.revision,
        "changed": layer.changed_at.isoformat(),
        "crs": f"EPSG:{srid}",
        "address": f"{settings.PUBLIC_URL}/layers/{layer.slug}/",
    }


def cancel(job):
    ExportJob.objects.filter(pk=job.pk).exclude(state__in=ExportJob.ENDED).update(
        state=ExportJob.State.CANCELLED, ended_at=timezone.now()
    )
    shutil.rmtree(job.folder, ignore_errors=True)


def forget_old():
    """Files are kept for a day."""
    for job in ExportJob.objects.filter(made_at__lt=timezone.now() - KEPT_FOR):
        shutil.rmtree(job.folder, ignore_errors=True)
        job.delete()


def _user(job):
    return job.made_by or AnonymousUser()


def _box_3857(box):
    if not box:
        return None
    shape = Polygon.from_bbox(box)
    shape.srid = LONLAT
    return shape.transform(WEB_MERCATOR, clone=True)


def _set_total(job, total):
    job.total = total
    job.save(update_fields=["total"])


def _end(job, state, error=""):
    job.state, job.error, job.ended_at = state, error, timezone.now()
    job.progress = job.total if state == ExportJob.State.DONE else job.progress
    job.save()
