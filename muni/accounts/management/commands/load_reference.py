from django.core.management.base import BaseCommand

from muni.accounts.models import Role
from muni.accounts.services import load_roles
from muni.core.holidays import load_holidays
from muni.places.services import load_places


class Command(BaseCommand):
    help = "Load or refresh the reference data: places of Iraq, roles, fixed public holidays"

    def handle(self, **options):
        places = load_places()
        load_roles()
        load_holidays()
        self.stdout.write(f"{places} places, {Role.objects.count()} roles.")
