import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gis_layers.importing import services
from gis_layers.management.operator import speaking_the_terminals_language
from gis_layers.models import ImportJob, Layer, slug_validator
from muni.core.errors import DomainError
from muni.places.models import Department, Place


class Command(BaseCommand):
    help = (
        "Import a vector file as a layer: zipped Shapefile (or the .shp beside its parts), GeoPackage, GeoJSON,"
        " FlatGeobuf, GeoParquet, KML, KMZ, GPX, GML, DXF or CSV. The layer is made when it does not exist."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--layer", required=True, help="id of the layer: a-z, 0-9, - and _")
        parser.add_argument("--crs", help="EPSG:n, where the file does not say it or says it wrongly")
        parser.add_argument("--encoding", help="of the text, where the detection errs: UTF-8, cp1256, ...")
        parser.add_argument("--mode", choices=ImportJob.Mode.values, default=ImportJob.Mode.REPLACE)
        parser.add_argument("--key", help="attribute that tells features apart, for --mode upsert")
        parser.add_argument(
            "--public", action="store_true", help="show the layer to everybody; needs --source and --licence"
        )
        parser.add_argument("--title", default="", help="Arabic title of a new layer")
        parser.add_argument("--title-en", default="", help="English title of a new layer")
        parser.add_argument("--sublayer", help="which layer of a file that holds several")
        parser.add_argument("--department", help="owner of a new layer: its id, its code, or code of place/code")
        parser.add_argument("--source", default="", help="where the data comes from")
        parser.add_argument("--licence", default="")

    @speaking_the_terminals_language
    def handle(self, *, file, layer, **options):
        try:
            self._import(file, layer, **options)
        except DomainError as error:
            raise CommandError(_nothing_changed(error.message)) from None

    def _import(self, file, slug, *, department, title, title_en, public, encoding, verbosity, **options):
        if not file.is_file():
            raise CommandError(_("There is no file %(path)s. Nothing was changed.") % {"path": file})
        if not slug_validator.regex.search(slug) or len(slug) > 60:
            raise CommandError(
                _("“%(slug)s” cannot be a layer's id: %(rule)s") % {"slug": slug, "rule": slug_validator.message}
            )
        existing = Layer.objects.filter(slug=slug).select_related("department").first()
        owner = existing.department if existing and existing.department else _department(department)
        if not existing:
            self.stdout.write(
                _("The new layer “%(slug)s” will belong to %(department)s, %(place)s.")
                % {"slug": slug, "department": owner, "place": owner.place}
            )
        job = services.receive(file, name=file.name, department=owner, encoding=encoding)
        try:
            services.prepare(
                job,
                slug=slug,
                crs_text=options["crs"],
                sublayer=options["sublayer"],
                mode=options["mode"],
                key=options["key"],
                title_ar=title or slug,
                title_en=title_en,
                public=public,
                encoding=encoding,
                source=options["source"],
                licence=options["licence"],
            )
        except DomainError:
            services.forget(job)
            raise
        self._run(job)

    def _run(self, job):
        ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.QUEUED)
        try:
            services.run(job.pk, on_progress=self._show_progress)
        except KeyboardInterrupt:
            raise CommandError(_("Stopped. Nothing was changed.")) from None
        finally:
            if sys.stderr.isatty():
                sys.stderr.write("\n")
        job.refresh_from_db()
        if job.state != ImportJob.State.DONE:
            if job.rejected:
                self.stderr.write(_("Rejected rows with reasons: %(path)s") % {"path": job.reject_file})
            raise CommandError(_nothing_changed(job.error))
        self.stdout.write(services.report(job))

    def _show_progress(self, job):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{job.progress:,} / {job.total:,}")
            sys.stderr.flush()


def _nothing_changed(message):
    told = _("Nothing was changed.")
    return message if message.lower().endswith(told.lower()) else f"{message} {told}"


def _department(wanted):
    """The named department, or the GIS department of the only or first governorate; one is made in an empty house."""
    departments = Department.objects.select_related("place").order_by("place__level", "pk")
    if wanted:
        place, _slash, code = wanted.rpartition("/")
        found = departments.filter(code=code)
        if place:
            found = found.filter(place__code=place)
        elif wanted.isdigit():
            found = departments.filter(pk=wanted)
        if not found:
            raise CommandError(_("There is no department “%(name)s”. Nothing was changed.") % {"name": wanted})
        return found[0]
    if found := departments.filter(code="gis").first() or departments.first():
        return found
    governorate = Place.objects.filter(level=Place.Level.GOVERNORATE).order_by("code").first()
    if governorate is None:
        raise CommandError(
            _("A layer needs an owner, and there are no places yet: run load_reference first. Nothing was changed.")
        )
    return Department.objects.create(
        place=governorate, code="gis", name_ar="شعبة نظم المعلومات الجغرافية", name_en="GIS unit"
    )
