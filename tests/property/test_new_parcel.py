"""First registration of a parcel that is not on the map yet."""

import json
from fractions import Fraction

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.urls import reverse

from muni.core.srids import LONLAT, MUNI_SRID
from property.models import Block, Building, Case, Parcel, Party
from property.services import cases
from property.services.holding import to_geos
from tests.factories import BoundaryFactory, ParcelFactory
from tests.property.factories import ORIGIN, Office, box, holders, title_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    office = Office()
    ground = MultiPolygon(to_geos(box(-1000, -1000, 2000, 2000)), srid=MUNI_SRID)
    BoundaryFactory(place=office.place, geom=ground)
    return office


def typed(office, **facts):
    return {
        "place": office.place.pk,
        "parcel_no": "١٢/٤",
        "block_no": "77",
        "block_name": "الكرمة",
        "land_kind": "mulk",
        "survey_source": "field",
        "crs": f"EPSG:{MUNI_SRID}",
        "right": "ownership",
        "name": "زينب علي",
        "kind": "person",
        **facts,
    }


def corners(shape):
    return "\n".join(f"{x:.3f} {y:.3f}" for x, y in shape.exterior.coords[:-1])


def test_typed_corners_become_a_parcel_with_an_owner(client_of, office):
    client, standing = client_of(office.registrar), ParcelFactory(geom=to_geos(box(-40, 0, 40, 20)))
    building = Building.objects.create(parcel=standing, geom=to_geos(box(-10, 5, 5, 5)))
    assert client.get(reverse("property:new_parcel")).status_code == 200
    answer = client.post(reverse("property:new_parcel"), typed(office, corners=corners(box(0, 0, 40, 20))))
    assert answer.status_code == 302, answer.context["form"].errors
    case = Case.objects.get()
    assert Parcel.objects.pending().get().unit is None
    office.signed(case)
    parcel = Parcel.objects.current().get(block__number="77")
    assert (parcel.parcel_no, parcel.block_name, parcel.block.place) == ("12/4", "الكرمة", office.place)
    assert float(parcel.area_m2) == pytest.approx(800, rel=0.01)
    owner = Party.objects.get(name="زينب علي")
    assert holders(title_of(parcel.unit)) == {owner.pk: Fraction(1)}
    building.refresh_from_db()
    assert building.parcel == standing


def test_an_outline_drawn_on_the_map_will_do(client_of, office):
    shape = to_geos(box(0, 0, 40, 20)).transform(LONLAT, clone=True)
    drawn = json.dumps(shape.coords[0][:-1])
    client_of(office.registrar).post(reverse("property:new_parcel"), typed(office, line=drawn, area_m2="٨٠٥"))
    parcel = Parcel.objects.pending().get()
    assert parcel.geom.area == pytest.approx(800, abs=0.1)
    assert parcel.area_m2 == 805


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"corners": "1 2\n3 4"},
        {"corners": "x y\n1 2\n3 4"},
        {"line": "[[1],[2],[3]]"},
        {"corners": "0 0\n0 9\n9 9", "crs": "EPSG:1"},
        {"corners": corners(box(5000, 0, 40, 20))},
        {"corners": corners(box(0, 0, 0.5, 0.5))},
        {"corners": f"{ORIGIN[0]} {ORIGIN[1]}\n" + corners(box(10, 10, 5, -5)) + f"\n{ORIGIN[0] + 9} {ORIGIN[1] + 20}"},
    ],
)
def test_what_cannot_be_an_outline_is_told_and_nothing_is_left_behind(client_of, office, facts):
    answer = client_of(office.registrar).post(reverse("property:new_parcel"), typed(office, **facts))
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Case.objects.exists()
    assert not Party.objects.exists()
    assert not Block.objects.filter(number="77").exists()


def test_an_overlap_shows_when_it_is_tried_and_withdrawing_takes_the_proposal_away(speaking_english, office):
    ParcelFactory(geom=to_geos(box(10, 0, 20, 20)))
    speaking_english(office.registrar).post(
        reverse("property:new_parcel"), typed(office, corners=corners(box(0, 0, 40, 20)))
    )
    case = Case.objects.get()
    assert "overlap" in cases.simulate(case).refusal
    cases.withdraw(case, by=office.registrar)
    assert not Parcel.objects.pending().exists()


def test_others_may_not(client_of, office):
    assert client_of(office.approver).get(reverse("property:new_parcel")).status_code == 403
    answer = client_of(Office().registrar).post(
        reverse("property:new_parcel"), typed(office, corners=corners(box(0, 0, 40, 20)))
    )
    assert "place" in answer.context["form"].errors
