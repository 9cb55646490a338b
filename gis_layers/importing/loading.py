"""The way of a prepared file into its layer: judged and staged batch by batch, then flipped in one transaction."""

import json
import shutil
from collections import Counter
from io import StringIO
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_layers import services as layer_services
from gis_layers.importing import attributes, crs, geometry
from gis_layers.importing.listing import Listing
from gis_layers.importing.source import SourceFile
from gis_layers.jobs import Stopped, report_progress
from gis_layers.models import ImportJob, Layer, LayerEvent, LayerField, StagedFeature
from gis_layers.symbology import default_symbology, style_layers
from muni.core.errors import BadRequest, DomainError


class ImportRefused(BadRequest):
    """What was chosen does not fit the file or the layer."""

    code = "import_refused"


class NothingUsable(DomainError):
    code = "nothing_usable"
    status = 400


class Load:
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
        drop_staged(job)
        job.transformation = self.transformation.name[:500]
        job.accuracy = self.transformation.accuracy
        job.save(update_fields=["transformation", "accuracy"])
        source = SourceFile(Path(job.path), job.folder, job.file_name)
        with (
            Listing(job.reject_file, self.columns) as self.rejects,
            Listing(job.repair_file, self.columns) as self.repairs,
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
            end(job, ImportJob.State.DONE)
        remove_working_files(job)

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


def drop_staged(job):
    StagedFeature.objects.filter(batch=job.batch).delete()


def end(job, state, error=""):
    job.state, job.error, job.ended_at = state, error, timezone.now()
    job.save()


def _copy_text(text):
    return text.replace("\\", "\\\\")


def remove_working_files(job):
    for name in ("unpacked", "unpacked.utf8", "unpacked.xml"):
        shutil.rmtree(job.folder / name, ignore_errors=True)
    if Path(job.path).is_relative_to(job.folder):
        Path(job.path).unlink(missing_ok=True)
