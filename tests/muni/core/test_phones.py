import pytest
from django.core.exceptions import ValidationError

from muni.core.phones import normal_phone


@pytest.mark.parametrize(
    "typed",
    [
        "+9647701234567",
        "07701234567",
        "0770 123 4567",
        "٠٧٧٠ ١٢٣ ٤٥٦٧",
        "۰۷۷۰۱۲۳۴۵۶۷",
        "00964 770 123 4567",
        "+964 (0) 770-123-4567",
        "9647701234567",
        "7701234567",
        "\u202a0770 123 4567\u202c",
    ],
)
def test_one_number_however_it_is_written(typed):
    assert normal_phone(typed) == "+9647701234567"


@pytest.mark.parametrize("typed", ["", "  "])
def test_no_number(typed):
    assert normal_phone(typed) == ""


def test_a_land_line_of_amarah():
    assert normal_phone("043 123 4567") == "+964431234567"


@pytest.mark.parametrize(
    "typed",
    [
        "0720 123 4567",
        "0770 123 456",
        "0770 123 45678",
        "+1 770 123 4567",
        "+9727701234567",
        "planner",
        "0770123456٧٨",
        "00",
    ],
)
def test_what_is_not_an_iraqi_number_gets_a_sentence(typed):
    with pytest.raises(ValidationError):
        normal_phone(typed)
