from importlib import import_module
from time import monotonic

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

from gis_layers.demo import province as provinces
from gis_layers.demo.layers import LAYERS
from gis_layers.demo.load import DemoLayer, municipality, offices, outlines
from gis_layers.models import Layer
from gis_layers.tiles.generalise import generalise
from muni.accounts.demo import load_accounts
from muni.accounts.models import User
from muni.accounts.services import load_roles
from muni.core.holidays import load_holidays
from muni.places.models import Place
from muni.places.services import load_places

FIRST = "maysan"
"""The province whose accounts carry no suffix."""


class Command(BaseCommand):
    help = "Load a demo province with its accounts (password demo), or replace what was loaded before"

    def add_arguments(self, parser):
        parser.add_argument("province", choices=provinces.names())
        parser.add_argument("--scale", type=float, default=1, help="times 20,000 parcels")

    def handle(self, *, province, scale, **options):
        self._refuse_a_real_office()
        self.began = monotonic()
        plan = provinces.plan(province, scale=scale)
        with transaction.atomic():
            self._load(plan)
        for layer in Layer.objects.filter(slug__startswith=f"{province}-", is_demo=True):
            generalise(layer)
        generalise(Layer.objects.get(slug="parcels"))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self._say("ready")

    def _refuse_a_real_office(self):
        host = str(settings.DATABASES["default"].get("HOST", ""))
        is_private = host.startswith(str(settings.DATA_DIR))
        if not is_private and User.objects.filter(is_demo=False, is_active=True).exists():
            raise CommandError(
                "This database holds accounts of a real office; demo accounts, whose password everybody knows, would"
                " open it. Load the demo into a database of its own."
            )

    def _load(self, plan):
        load_places()
        load_roles()
        load_holidays()
        governorate = Place.objects.get(code=plan.code)
        offices(governorate)
        load_accounts(governorate.departments.get(code="gis"), "" if plan.slug == FIRST else f"-{plan.slug}")
        registers = _registers()
        for register in registers:
            register.clear(governorate)
        self._say("accounts and offices")
        layers = {kind: DemoLayer(kind, plan, governorate) for kind in LAYERS}
        parcels = 0
        for town in plan.towns:
            quarters = municipality(town, plan)
            layers["landuse"].add(town.zones)
            layers["water"].add(town.water)
            layers["streets"].add(town.streets)
            for chunk in town.chunks():
                for kind in ("blocks", "buildings", "facilities"):
                    layers[kind].add(getattr(chunk, kind))
                parcels += sum(register.add(town, chunk, quarters) for register in registers)
                self._say(f"{town.name_en}: {parcels:,} parcels")
        outlines(governorate, plan)
        for kind, layer in layers.items():
            self._say(f"{kind}: {layer.show().feature_count:,}")

    def _say(self, what):
        self.stdout.write(f"{monotonic() - self.began:6.1f} s  {what}")
        self.stdout.flush()


def _registers():
    """The `demo` modules of apps above this one: clear(governorate), add(town, chunk, quarters)."""
    return [
        import_module(f"{app.name}.demo")
        for app in apps.get_app_configs()
        if app.name not in {"gis_layers", "muni.accounts"} and module_has_submodule(app.module, "demo")
    ]
