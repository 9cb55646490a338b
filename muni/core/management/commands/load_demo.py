import time
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def add_arguments(self, p): p.add_argument("x", nargs="*")
    def handle(self, **o): time.sleep(3); print("loaded")
