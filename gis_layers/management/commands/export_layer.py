from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gis_layers.exporting import services
from gis_layers.exporting.formats import FORMATS
from gis_layers.management.operator import EVERYTHING, speaking_the_terminals_language
from gis_layers.models import Layer
from muni.core.errors import DomainError


class Command(BaseCommand):
    help = "Write a layer into a file; the format follows the file's name: " + ", ".join(
        "zip (Shapefile)" if f.extension == "zip" else f.extension for f in FORMATS.values()
    )

    def add_arguments(self, parser):
        parser.add_argument("layer", help="id of the layer")
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", default="", help="EPSG:n; default: degrees, metres for DXF")
        parser.add_argument("--bbox", default="", help="west,south,east,north in degrees")

    @speaking_the_terminals_language
    def handle(self, *, layer, file, crs, bbox, **options):
        by_extension = {f".{f.extension}": f for f in FORMATS.values()}
        found = Layer.objects.filter(slug=layer).first()
        if found is None:
            raise CommandError(_("There is no layer “%(slug)s”.") % {"slug": layer})
        if file.suffix not in by_extension:
            raise CommandError(_("The file's name must end in one of: %(names)s.") % {"names": " ".join(by_extension)})
        chosen = by_extension[file.suffix]
        totals = []
        try:
            services.write(
                found,
                EVERYTHING,
                chosen,
                file.resolve(),
                srid=services.chosen_srid(chosen.key, crs),
                box=services.parse_box(bbox),
                on_total=totals.append,
            )
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(_("%(count)s features written to %(path)s") % {"count": totals[0], "path": file})
