from django.core.management.base import BaseCommand, CommandError

from gis_layers.models import Layer
from gis_layers.tiles.generalise import generalise


class Command(BaseCommand):
    help = "Build the coarse features that small-scale tiles of dense layers are drawn from"

    def add_arguments(self, parser):
        parser.add_argument("layers", nargs="+", metavar="LAYER")

    def handle(self, *, layers, **options):
        for slug in layers:
            layer = Layer.objects.filter(slug=slug).first()
            if layer is None:
                raise CommandError(f"There is no layer {slug!r}.")
            generalise(layer)
            layer.refresh_from_db()
            self.stdout.write(f"{slug}: {layer.coarse_features.count()} coarse features below zoom {layer.detail_zoom}")
