"""The life of an import: received, probed, prepared, run, ended."""

import csv
import hashlib
import json
import shutil
from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import chain, count
from pathlib import Path

import shapely
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_layers import services as layer_services
from gis_layers.importing import attributes, crs, geometry
from gis_layers.importing.source import SourceFile, sibling_files, size_of
from gis_layers.jobs import Stopped, exclusively, report_progress
from gis_layers.models import ImportJob, Layer, LayerEvent, LayerField, StagedFeature
from gis_layers.symbology import default_symbology, style_layers
from muni.core.errors import BadRequest, DomainError
from muni.core.jobs import LONG

ABANDONED_AFTER = timedelta(days=7)


class ImportRefused(BadRequest):
    """What was chosen does not fit the file or the layer."""

    code = "import_refused"


class NothingUsable(DomainError):
    code = "nothing_usable"
    status = 400


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
        _remove_working_files(job)
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
    if not facts["count"]:
        raise NothingUsable(_("The file holds no features."))
    if not crs_text and not facts["crs"]:
        raise ImportRefused(_ask_for_crs(facts), fields={"crs": ""})
    chosen = crs.parse(crs_text) if crs_text else crs.of_file(facts["crs"]["text"])
    _check_units(chosen, facts)
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
                    _Run(job).run(on_progress or (lambda job: None))
                else:
                    job.facts = probed(job)
                    job.state = ImportJob.State.WAITING
                    job.save(update_fields=["facts", "state"])
            except Stopped:
                _discard(job)
                shutil.rmtree(job.folder, ignore_errors=True)
            except DomainError as error:
                _discard(job)
                _end(job, ImportJob.State.FAILED, error=error.message)
            except BaseException:
                _discard(job)
                _end(job, ImportJob.State.FAILED, error=_("The import failed unexpectedly."))
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
        _drop_staged(job)
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


class _Run:
    """One pass over the file: judge, stage, then flip."""

    def __init__(self, job):
        self.job = job
        self.columns = [attributes.Column(**told) for told in job.choices["columns"]]
        self.crs = crs.of_file(job.choices["crs"])
        self.transformation = crs.transformation(self.crs, job.choices["extent"])
        fields = {field.name: field for field in job.layer.schema.all()} if job.layer else {}
        self.converters = [
            (position, attributes.Converter(column, fields.get(column.name)))
            for position, column in enumerate(self.columns)
            if column.keep
        ]
        missing = [f for f in fields.values() if f.required and f.name not in {c.name for _p, c in self.converters}]
        if missing:
            raise ImportRefused(
                _("The file lacks “%(field)s”, which the layer requires.") % {"field": missing[0].attribute.title}
            )
        self.kinds = Counter()
        self.flattened = 0
        self.read = self.kept = 0
        self.first_reason = ""

    def run(self, on_progress):
        job = self.job
        _drop_staged(job)
        job.transformation = self.transformation.name[:500]
        job.accuracy = self.transformation.accuracy
        job.save(update_fields=["transformation", "accuracy"])
        source = SourceFile(Path(job.path), job.folder, job.file_name)
        with (
            _Listing(job.reject_file, self.columns) as self.rejects,
            _Listing(job.repair_file, self.columns) as self.repairs,
            source.reading(job.choices["sublayer"], encoding=job.choices["encoding"]) as reader,
        ):
            for batch in reader.batches():
                self._stage(batch)
                report_progress(job, self.read)
                on_progress(job)
        self.doubts = reader.warnings
        if not self.kept:
            self._nothing_usable()
        self._finish()

    def _stage(self, batch):
        columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
        judged = geometry.judge(
            columns[0], columns[1], self.transformation, self.crs.is_geographic, self.job.choices["geometry_type"]
        )
        lines = StringIO()
        hexes = geometry.to_ewkb_hex(judged.shapes)
        for row in range(batch.num_rows):
            reason = judged.rejected.get(row)
            if reason is None:
                try:
                    values = {c.name: c(columns[position + 2][row]) for position, c in self.converters}
                except attributes.NotConvertible as error:
                    reason = str(error)
            if reason is not None:
                self.rejects.add(self.read + row + 1, reason, columns[0][row], [c[row] for c in columns[2:]])
                self.first_reason = self.first_reason or reason
                continue
            if row in judged.repaired:
                self.repairs.add(
                    self.read + row + 1, judged.repaired[row], columns[0][row], [c[row] for c in columns[2:]]
                )
            self.kept += 1
            lines.write(f"{self.job.batch}\t{_copy_text(json.dumps(values, ensure_ascii=False))}\t{hexes[row]}\n")
        lines.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert("COPY gis_layers_stagedfeature (batch, attributes, geom) FROM STDIN", lines)
        self.read += batch.num_rows
        self.kinds += judged.kinds
        self.flattened += judged.flattened

    def _nothing_usable(self):
        job = self.job
        job.read = job.rejected = self.read
        job.save(update_fields=["read", "rejected"])
        if not self.read:
            raise NothingUsable(_("The file holds no features."))
        raise NothingUsable(
            _("None of the %(count)s features can be used. The first one: %(reason)s.")
            % {"count": self.read, "reason": self.first_reason}
        )

    def _finish(self):
        job, choices = self.job, self.job.choices
        with transaction.atomic():
            if not ImportJob.objects.select_for_update(of=("self",)).filter(pk=job.pk, state=job.State.RUNNING):
                raise Stopped
            layer = Layer.objects.filter(slug=choices["slug"]).first() or Layer(
                slug=choices["slug"],
                title_ar=choices["title_ar"],
                title_en=choices["title_en"],
                department=job.department,
                geometry_type=geometry.geometry_type_of(self.kinds),
            )
            created = layer.pk is None
            if created:
                layer.symbology = default_symbology(layer.geometry_type)
                layer.style = style_layers(layer.symbology, layer.geometry_type)
            layer.source, layer.licence = layer.source or job.source, layer.licence or job.licence
            layer.save()
            if created:
                LayerEvent.objects.create(layer=layer, slug=layer.slug, act=LayerEvent.Act.CREATE, by=job.made_by)
            fields = LayerField.objects.bulk_create(attributes.new_fields(layer, self.columns))
            self.added = [] if created else [field.attribute.title for field in fields]
            layer = layer_services.flip(layer, job.batch, mode=job.mode, key=choices["key"], by=job.made_by, job=job)
            if choices["public"] and layer.visibility != Layer.Visibility.PUBLIC:
                layer = layer_services.publish(layer, by=job.made_by)
            job.layer = layer
            job.revision = layer.revision
            job.read, job.kept, job.rejected, job.repaired = (
                self.read,
                self.kept,
                self.rejects.count,
                self.repairs.count,
            )
            job.notes = list(self._notes(layer))
            job.progress = job.total = self.read
            _end(job, ImportJob.State.DONE)
        _remove_working_files(job)

    def _notes(self, layer):
        """(message id, values) pairs, translated when they are shown."""
        if self.flattened:
            yield (
                gettext_noop("%(count)s features carried heights or measures; the map keeps their ground plan."),
                {"count": self.flattened},
            )
        if self.doubts:
            yield (
                gettext_noop("The program that reads the file remarks: %(remarks)s"),
                {"remarks": "; ".join(self.doubts)},
            )
        if left_out := [column.source for column in self.columns if not column.keep]:
            yield gettext_noop("Columns left out: %(names)s."), {"names": ", ".join(left_out)}
        if self.added:
            yield (
                gettext_noop("The layer has new attributes, which were not in it before: %(names)s."),
                {"names": ", ".join(self.added)},
            )
        if layer.extent and crs.outside_muni_area(layer.extent.extent):
            yield (
                gettext_noop(
                    "The data lies outside the area of the house's coordinate system: it shows on the map rightly, but"
                    " areas and distances measured in it will be wrong."
                ),
                {},
            )
        if self.transformation.accuracy is None:
            yield (
                gettext_noop("The accuracy of the transformation is not known: check some points against the map."),
                {},
            )


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


class _Listing:
    """A table of rows with what befell each, for a spreadsheet: row number, reason, the row's own values, its geometry
    as WKT in the file's coordinates. Made when the first row comes."""

    def __init__(self, path, columns):
        self.path = path
        self.columns = columns
        self.count = 0
        self._file = None
        path.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._file:
            self._file.close()

    def add(self, number, reason, wkb, values):
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115 closed by __exit__
            self._csv = csv.writer(self._file)
            self._csv.writerow([_("row"), _("reason"), *(column.source for column in self.columns), "wkt"])
        self.count += 1
        self._csv.writerow([number, reason, *map(_harmless, values), _wkt(wkb)])


def _wkt(wkb):
    shape = shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
    return "" if shape is None else shapely.to_wkt(shape, rounding_precision=-1)


def _harmless(value):
    """A spreadsheet would run what begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "@", "\t", "\r"} else value


def _copy_text(text):
    return text.replace("\\", "\\\\")


def _drop_staged(job):
    StagedFeature.objects.filter(batch=job.batch).delete()


def _discard(job):
    """A failed import leaves nothing but its report."""
    try:
        _drop_staged(job)
    except DatabaseError:
        connection.close()
        _drop_staged(job)


def _end(job, state, error=""):
    job.state, job.error, job.ended_at = state, error, timezone.now()
    job.save()


def _remove_working_files(job):
    for name in ("unpacked", "unpacked.utf8", "unpacked.xml"):
        shutil.rmtree(job.folder / name, ignore_errors=True)
    if Path(job.path).is_relative_to(job.folder):
        Path(job.path).unlink(missing_ok=True)
