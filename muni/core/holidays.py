import json
from datetime import date

from django.conf import settings
from django.db import transaction

from muni.core.models import Holiday

REFERENCE = settings.BASE_DIR / "fixtures/holidays.json"
SINCE = 2025
"""The year from which the file's days are kept."""


@transaction.atomic
def load_holidays(path=REFERENCE):
    """Adds the fixed holidays of the file that are not there yet, by their day; what the office changed stays as it is.
    Returns their number. The file lists {month, day, name_ar, name_en}."""
    entries = json.loads(path.read_text())["holidays"]
    for entry in entries:
        day = date(SINCE, entry["month"], entry["day"])
        Holiday.objects.get_or_create(
            first_day=day,
            is_yearly=True,
            defaults={"last_day": day, "name_ar": entry["name_ar"], "name_en": entry["name_en"]},
        )
    return len(entries)
