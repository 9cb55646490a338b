"""The life of an import: received, probed, prepared, run, ended."""

import hashlib
import shutil
from datetime import timedelta
from itertools import chain, count
from pathlib import Path

import shapely
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gis_layers import services as layer_services
from gis_layers.importing import attributes, crs
from gis_layers.importing.loading import (
    ImportRefused,
    Load,
    NothingUsable,
    drop_staged,
    end,
    remove_working_files,
)
from gis_layers.importing.source import SourceFile, sibling_files, size_of
from gis_layers.jobs import Stopped, exclusively
from gis_layers.models import ImportJob, Layer
from muni.core.errors import DomainError
from muni.core.jobs import LONG

ABANDONED_AFTER = timedelta(days=7)


def receive(path, *, name, department, by=None, sha256=None, encoding=None):
    """An ImportJob for a file, probed; the file stays where it is. Raises FileRefused and leaves nothing."""
    paths = sibling_files(path)
    job = ImportJob(
        department=department,
        made_by=by,
        file_name=name[-255:],
        file_size=size_of(paths),
        sha256=sha256 or checksum(paths),
        path=str(path),
    )
    job.folder.mkdir(parents=True, exist_ok=True)
    try:
        job.facts = probed(job, encoding=encoding)
    except Exception:
        shutil.rmtree(job.folder, ignore_errors=True)
        raise
    job.save()
    return job


def receive_upload(upload, *, by, department, layer=None):
    """A queued ImportJob for an uploaded file (see uploads.StreamedUpload), which moves into the job's folder."""
    forget_abandoned()
    job = ImportJob(
        state=ImportJob.State.QUEUED,
        department=department,
        layer=layer,
        made_by=by,
        file_name=upload.name[-255:],
        file_size=upload.size,
        sha256=upload.sha256,
    )
    job.folder.mkdir(parents=True)
    target = job.folder / f"upload{Path(upload.name).suffix.lower()[:12]}"
    upload.move_to(target)
    job.path = str(target)
    job.save()
    return job


def probed(job, *, encoding=None, sublayer=None):
    """The facts of the job's file. Raises FileRefused."""
    facts = SourceFile(Path(job.path), job.folder, job.file_name).probe(encoding=encoding, sublayer=sublayer)
    for found in facts:
        settle_crs(found)
    return facts


def look_again(job, *, sublayer, encoding):
    """Reads the head of one sublayer anew, its text in another encoding. Raises FileRefused."""
    fresh = probed(job, encoding=encoding, sublayer=sublayer)
    job.facts = [fresh[0] if facts["name"] == sublayer else facts for facts in job.facts]
    job.save(update_fields=["facts"])


def free_slug(text):
    """An address for a new layer after a file's name, not taken yet."""
    stem = attributes.identifier(text, (), 1).lower()[:50].strip("_")
    taken = set(Layer.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | layer_services.RESERVED
    return next(slug for slug in chain([stem], (f"{stem}_{n}" for n in count(2))) if slug not in taken)


def forget_abandoned():
    """Files that nobody came back for are removed after a week, with the file of failed imports."""
    for job in ImportJob.objects.filter(
        state__in=[ImportJob.State.WAITING, ImportJob.State.FAILED], made_at__lt=timezone.now() - ABANDONED_AFTER
    ):
        remove_working_files(job)
        if job.state == ImportJob.State.WAITING:
            forget(job)


def settle_crs(facts):
    """Replaces what the file says of its CRS by {"code", "title", "found_by"}, or by None when a person must say it:
    nothing is said, or it is said of coordinates that it cannot be true of."""
    found = crs.of_file(facts["crs"])
    if found and found.is_geographic and not _looks_like_degrees(facts["head"]):
        found = None
        facts["crs_contradicted"] = True
    facts["crs"] = found and {
        "code": crs.code_of(found),
        "text": crs.code_of(found) or found.to_wkt(),
        "title": crs.title(found),
        "found_by": facts.pop("crs_found_by"),
    }


def _looks_like_degrees(head):
    """False when most of the first shapes cannot be longitudes and latitudes."""
    shapes = shapely.from_wkb([bytes.fromhex(row[0]) for row in head if row[0]], on_invalid="ignore")
    boxes = [shape.bounds for shape in shapes if shape is not None and not shape.is_empty]
    return sum(map(_are_degrees, boxes)) * 2 >= len(boxes)


def _are_degrees(extent):
    west, south, east, north = extent
    return west >= -361 and east <= 361 and south >= -91 and north <= 91


def facts_of(job, sublayer=None):
    """The facts of the chosen sublayer, or of the only one. Raises ImportRefused when one must be chosen."""
    by_name = {facts["name"]: facts for facts in job.facts}
    if sublayer:
        if sublayer not in by_name:
            raise ImportRefused(
                _("The file holds no layer “%(name)s”; it holds: %(names)s.")
                % {"name": sublayer, "names": ", ".join(by_name)},
                fields={"sublayer": sublayer},
            )
        return by_name[sublayer]
    if len(by_name) > 1 and job.facts[0]["format"] != "DXF":
        listing = ", ".join(f"{name} ({facts['count']})" for name, facts in by_name.items())
        raise ImportRefused(
            _("The file holds several layers: %(names)s. Say which one to import.") % {"names": listing},
            fields={"sublayer": ""},
        )
    return job.facts[0]


def prepare(
    job,
    *,
    slug,
    sublayer=None,
    crs_text=None,
    mode=ImportJob.Mode.REPLACE,
    key=None,
    columns=None,
    title_ar="",
    title_en="",
    geometry_type=Layer.GeometryType.ANY,
    public=False,
    encoding=None,
    source="",
    licence="",
):
    """Checks the choices and writes them into the job, which can then be run. Raises ImportRefused or UnknownCrs.

    slug: the target layer, made when it does not exist. columns: list of attributes.Column; None matches by name.
    public: publish the layer when the import is done. source, licence: also fill what an existing layer lacks.
    """
    layer = Layer.objects.filter(slug=slug).first()
    if layer and layer.is_registered:
        raise ImportRefused(
            _("The layer “%(slug)s” shows a register of its own; files cannot be imported into it.") % {"slug": slug}
        )
    if public and not all([source or layer and layer.source, licence or layer and layer.licence]):
        raise ImportRefused(
            _(
                "Everybody will see this layer, so say where its data comes from and under which licence it is given:"
                " --source and --licence."
            ),
            fields={"source": source, "licence": licence},
        )
    facts = facts_of(job, sublayer)
    chosen = chosen_crs(facts, crs_text)
    if columns is None:
        columns = attributes.columns_for(facts["fields"], layer)
    if mode == ImportJob.Mode.UPSERT:
        key = _key_column(key, columns)
    job.layer = layer
    job.mode = mode
    job.encoding = encoding or (facts["encoding"] or {}).get("name", "")
    job.crs = crs.title(chosen)
    job.source = source
    job.licence = licence
    job.total = facts["count"]
    job.error = ""
    job.choices = {
        "slug": slug,
        "sublayer": facts["name"],
        "crs": crs.code_of(chosen) or chosen.to_wkt(),
        "extent": facts["extent"],
        "encoding": encoding,
        "key": key,
        "columns": [column.as_json() for column in columns],
        "title_ar": title_ar or (layer.title_ar if layer else slug),
        "title_en": title_en,
        "geometry_type": layer.geometry_type if layer else geometry_type,
        "public": public,
    }
    job.save()
    return job


def chosen_crs(facts, crs_text=None):
    """The CRS that a person named, else the file's own. Raises NothingUsable for an empty file, ImportRefused where
    nobody says it or it cannot be, UnknownCrs."""
    if not facts["count"]:
        raise NothingUsable(_("The file holds no features."))
    if not crs_text and not facts["crs"]:
        raise ImportRefused(_ask_for_crs(facts), fields={"crs": ""})
    chosen = crs.parse(crs_text) if crs_text else crs.of_file(facts["crs"]["text"])
    _check_units(chosen, facts)
    return chosen


def _ask_for_crs(facts):
    if facts.get("crs_unknown"):
        return _(
            "The file names a coordinate system that is not known (“%(name)s”). Say which one its coordinates are in,"
            " as an EPSG code."
        ) % {"name": facts["crs_unknown"]}
    if facts.get("crs_contradicted"):
        return _(
            "The coordinates of the file are not the degrees that it says they are. Say which coordinate system they"
            " are in, as an EPSG code."
        )
    return _("The file does not say its coordinate system. Say it, as an EPSG code such as EPSG:32638.")


def _check_units(chosen, facts):
    """Degrees are no metres and metres no degrees; a drawing may well have a small plan of its own."""
    extent = facts["extent"]
    if not extent or facts["format"] == "DXF":
        return
    if chosen.is_projected and _are_degrees(extent):
        raise ImportRefused(
            _("The coordinates look like degrees (%(low)s to %(high)s), but %(crs)s counts in metres.")
            % {"low": _pair(extent[:2]), "high": _pair(extent[2:]), "crs": crs.title(chosen)},
            fields={"crs": ""},
        )


def _pair(numbers):
    return ", ".join(f"{number:.0f}" for number in numbers)


def _key_column(key, columns):
    for column in columns:
        if column.keep and key and key in {column.name, column.source}:
            return column.name
    names = ", ".join(column.source for column in columns if column.keep)
    raise ImportRefused(
        _("Updating needs a key among the file's columns; “%(key)s” is none of them (%(names)s).")
        % {"key": key or "", "names": names},
        fields={"key": key or ""},
    )


def run(job_id, on_progress=None):
    """Probes a new upload, or runs a prepared import to its end; safe to call again after a worker was killed. Never
    raises DomainError: the job says what was wrong. Does nothing when another worker is at it or it has ended.

    on_progress(job) is called after every batch."""
    with exclusively(ImportJob, job_id) as job:
        if job is None:
            return
        with translation.override(job.language):
            try:
                if job.facts:
                    Load(job).run(on_progress or (lambda job: None))
                else:
                    job.facts = probed(job)
                    job.state = ImportJob.State.WAITING
                    job.save(update_fields=["facts", "state"])
            except Stopped:
                _discard(job)
                shutil.rmtree(job.folder, ignore_errors=True)
            except DomainError as error:
                _discard(job)
                end(job, ImportJob.State.FAILED, error=error.message)
            except BaseException:
                _discard(job)
                end(job, ImportJob.State.FAILED, error=_("The import failed unexpectedly."))
                raise


def queue(job):
    """Hands a prepared import to the workers."""
    from gis_layers.tasks import run_import

    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.QUEUED, progress=0, ended_at=None, error="")
    task = run_import.using(queue_name=LONG) if job.facts else run_import  # without facts it only looks at the file
    transaction.on_commit(lambda: task.enqueue(str(job.pk)))


def try_again(job):
    """A failed import goes back to its choices, as long as its file is there."""
    if job.state == ImportJob.State.FAILED and job.facts and Path(job.path).exists():
        ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.WAITING, ended_at=None, error="")


def cancel(job):
    """Stops an import wherever it is; nothing of it stays. False when it had ended already."""
    stopped = (
        ImportJob.objects.filter(pk=job.pk)
        .exclude(state__in=ImportJob.ENDED)
        .update(state=ImportJob.State.CANCELLED, ended_at=timezone.now())
    )
    if stopped:
        drop_staged(job)
        shutil.rmtree(job.folder, ignore_errors=True)
    return bool(stopped)


def forget(job):
    """Removes an import that never ran, with its files."""
    shutil.rmtree(job.folder, ignore_errors=True)
    job.delete()


def checksum(paths):
    """SHA-256 of the files one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
    return digest.hexdigest()


def notes_of(job):
    return [_(message) % values for message, values in job.notes]


def report(job):
    """What an ended import did, as lines of text."""
    accuracy = _("not known") if job.accuracy is None else _("%(metres)g m") % {"metres": job.accuracy}
    lines = [
        _("Layer “%(slug)s”, revision %(revision)s: %(title)s")
        % {"slug": job.layer.slug, "revision": job.revision, "title": job.layer.title},
        _("read %(read)s, kept %(kept)s, repaired %(repaired)s, rejected %(rejected)s")
        % {"read": job.read, "kept": job.kept, "repaired": job.repaired, "rejected": job.rejected},
        _("coordinate system: %(crs)s") % {"crs": job.crs},
        _("transformation: %(name)s; accuracy: %(accuracy)s") % {"name": job.transformation, "accuracy": accuracy},
    ]
    if job.encoding:
        lines.append(_("encoding: %(encoding)s") % {"encoding": job.encoding})
    lines.append(f"SHA-256: {job.sha256}")
    lines += notes_of(job)
    if job.repaired:
        lines.append(_("Repaired rows: %(path)s") % {"path": job.repair_file})
    if job.rejected:
        lines.append(_("Rejected rows with reasons: %(path)s") % {"path": job.reject_file})
    return "\n".join(lines)


def _discard(job):
    """A failed import leaves nothing but its report."""
    try:
        drop_staged(job)
    except DatabaseError:
        connection.close()
        drop_staged(job)
