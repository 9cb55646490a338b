from pathlib import Path

import pytest
from django.core.management import call_command

from muni.places.models import Boundary, Place
from muni.places.services import load_places

IRAQ = Path(__file__).parents[3] / "shared/data/iraq"
pytestmark = [
    pytest.mark.real,
    pytest.mark.django_db,
    pytest.mark.skipif(not IRAQ.exists(), reason="no ../shared/data beside the project"),
]


def load(level, number, **options):
    call_command(
        "import_boundaries",
        next(IRAQ.glob(f"irq_admbnda_adm{number}_cso*.geojson")),
        level=level,
        code=f"ADM{number}_PCODE",
        name_ar=f"ADM{number}_AR",
        name_en=f"ADM{number}_EN",
        valid_from="2019-06-03",
        source="OCHA COD-AB 2019",
        licence="CC BY-IGO",
        **options,
    )


def test_the_countrys_boundaries_answer_where_a_point_lies():
    load_places()
    load("governorate", 1)
    load("qadha", 2, parent="ADM1_PCODE")
    load("nahiya", 3, parent="ADM2_PCODE")
    assert Boundary.objects.count() == 18 + 101 + 294
    names = [place.name_en for place in Place.objects.at(47.145, 31.84)]
    assert names[0] == "Maysan"
    assert names[1] == "Al-Kahla"  # so this data says; older sources say Amara
    assert [p.code for p in Place.objects.at(43.13, 36.34)][0] == "IQG15"
