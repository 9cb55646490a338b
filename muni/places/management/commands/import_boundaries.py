from datetime import date

import pyogrio
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from muni.core.errors import DomainError
from muni.core.srids import MUNI_SRID
from muni.places.models import Place
from muni.places.services import set_boundary


class Command(BaseCommand):
    help = "Give places their boundaries from a file of areas, all or none; places the file adds are made"

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--level", required=True, choices=[level.name.lower() for level in Place.Level])
        parser.add_argument("--code", required=True, metavar="FIELD", help="attribute with the place's code")
        parser.add_argument("--name-ar", metavar="FIELD", help="for places to be made")
        parser.add_argument("--name-en", metavar="FIELD")
        parser.add_argument("--parent", metavar="FIELD", help="attribute with the parent's code, for places to be made")
        parser.add_argument("--within", metavar="CODE", help="only places whose code begins so")
        parser.add_argument("--valid-from", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--source", required=True)
        parser.add_argument("--licence", default="")

    def handle(self, *, file, level, within, **options):
        try:
            areas = pyogrio.read_dataframe(file)
        except pyogrio.errors.DataSourceError as error:
            raise CommandError(f"{file} cannot be read: {error}") from None
        if areas.crs is None:
            raise CommandError(f"{file} does not say its coordinate system.")
        named = [options[key] for key in ("code", "name_ar", "name_en", "parent") if options[key]]
        if unknown := set(named) - set(areas.columns):
            raise CommandError(f"{file} has no attribute {', '.join(sorted(unknown))}.")
        areas = areas.to_crs(MUNI_SRID)
        if within:
            areas = areas[areas[options["code"]].astype(str).str.startswith(within)]
        try:
            with transaction.atomic():
                for row in areas.to_dict("records"):
                    self._load(row, Place.Level[level.upper()], options)
        except DomainError as error:
            raise CommandError(f"{error.message} Nothing was changed.") from None
        self.stdout.write(f"{len(areas)} boundaries of {level} places loaded from {file}.")

    def _load(self, row, level, options):
        code = str(row[options["code"]])
        place = Place.objects.filter(code=code).first()
        if place is None:
            parent = Place.objects.filter(code=row.get(options["parent"])).first()
            if level != Place.Level.GOVERNORATE and parent is None:
                raise DomainError(f"Place {code} is not known, and --parent names no place above it.")
            place = Place.objects.create(
                code=code,
                level=level,
                parent=parent,
                name_ar=row.get(options["name_ar"]) or code,
                name_en=row.get(options["name_en"]) or "",
            )
        elif place.level != level:
            raise DomainError(f"Place {code} is a {place.get_level_display()}.")
        set_boundary(
            place,
            row["geometry"],
            valid_from=options["valid_from"],
            source=options["source"],
            licence=options["licence"],
        )
