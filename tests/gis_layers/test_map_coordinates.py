import pytest

from gis_layers.map.coordinates import parse

AMARAH = (47.145, 31.84)


@pytest.mark.parametrize(
    "text",
    [
        "47.145, 31.84",
        "31.84 47.145",
        "31.84;47.145",
        "٤٧٫١٤٥، ٣١٫٨٤",
        "۳۱٫۸۴ ۴۷٫۱۴۵",
        "N31.84 E47.145",
        "47.145E, 31.84N",
        "ش 31.84 ق 47.145",
        "٣١٫٨٤ شمالاً ٤٧٫١٤٥ شرقاً",
        "31°50'24\"N 47°8'42\"E",
        "31° 50′ 24″ N, 47° 8′ 42″ E",
        "٣١°٥٠'٢٤\" ش ٤٧°٨'٤٢\" ق",
        "31°50.4'N 47°8.7'E",
        "38N 702979 3524706",
        "38 R 702979, 3524706",
        "UTM 38N 702979E 3524706N",
        "702979 3524706",
        "\u200e47.145, 31.84\u200f",
    ],
)
def test_every_way_of_writing_leads_to_amarah(text):
    assert parse(text) == pytest.approx(AMARAH, abs=2e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "العمارة",
        "12/3",
        "345 12",
        "91.5N 47.1E",
        "181.5, 91.2",
        "31°61'0\"N 47°8'42\"E",
        "31.84N 47.145N",
        "61N 702979 3524706",
        "38I 702979 3524706",
        "1.5",
        "1.5 2.5 3.5",
    ],
)
def test_what_is_no_position_is_left_to_the_search(text):
    assert parse(text) is None


def test_south_and_west_are_negative():
    assert parse("33.9S 18.4W") == pytest.approx((-18.4, -33.9))


def test_outside_iraq_a_bare_pair_is_longitude_first():
    assert parse("2.35, 48.85") == pytest.approx((2.35, 48.85))
