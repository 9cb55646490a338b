"""What must hold of every demo town. Two small provinces are made once and looked at from many sides."""

import hashlib
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis_layers.demo import kinds, province

SCALE = 0.12
DIGEST = """
import sys
from tests.gis_layers.demo.test_town import digest
print(digest(sys.argv[1], 0.03))
"""


class Made:
    """All frames of a town, its chunks put together."""

    def __init__(self, town):
        self.town = town
        chunks = list(town.chunks())
        for name in ("parcels", "buildings", "facilities", "blocks"):
            setattr(self, name, pd.concat([getattr(chunk, name) for chunk in chunks], ignore_index=True))


@pytest.fixture(scope="module", params=["maysan", "nineveh"])
def made(request):
    return Made(province.plan(request.param, scale=SCALE).capital)


@pytest.fixture(scope="module")
def dry():
    """A town without a river."""
    towns = province.plan("nineveh", scale=15.5).towns
    return Made(next(town for town in towns if town.code == "baaj"))


def digest(slug, scale):
    made = Made(province.plan(slug, scale=scale).capital)
    town, told = made.town, hashlib.sha256()
    frames = [made.parcels, made.buildings, made.facilities, made.blocks]
    for frame in [*frames, town.streets, town.neighbourhoods, town.zones, town.water]:
        told.update(b"".join(frame.geometry.to_wkb()))
        told.update(frame.drop(columns="geometry").to_csv().encode())
    return told.hexdigest()


@pytest.mark.parametrize("slug", ["maysan", "nineveh"])
def test_the_same_province_and_scale_give_the_same_bytes_in_another_process(slug):
    other = subprocess.run([sys.executable, "-c", DIGEST, slug], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(slug, 0.03)


def test_another_seed_gives_another_town():
    one, other = (province.plan("maysan", scale=0.03, seed=seed).capital.streets for seed in (1, 2))
    assert not one.geometry.iloc[0].equals(other.geometry.iloc[0])


@pytest.mark.parametrize(("scale", "nearly"), [(0.05, 0.2), (0.3, 0.08), (1, 0.05)])
@pytest.mark.parametrize("slug", ["maysan", "nineveh"])
def test_there_are_about_as_many_parcels_as_asked_for(slug, scale, nearly):
    town = province.plan(slug, scale=scale).capital
    parcels = sum(len(chunk.parcels) for chunk in town.chunks())
    assert parcels == pytest.approx(20_000 * scale, rel=nearly)


def test_scale_fifty_asks_for_a_million_parcels_in_towns_that_do_not_meet():
    for slug in province.names():
        towns = province.plan(slug, scale=50).towns
        assert sum(town.parcels for town in towns) == pytest.approx(1_000_000, rel=0.001)
        centres = np.array([town.spec["centre"] for town in towns])
        radii = np.array([np.sqrt(town.parcels * 480 / np.pi) * 1.25 for town in towns])
        apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
        meets = apart < radii[:, None] + radii[None]
        assert not meets[~np.eye(len(towns), dtype=bool)].any()


@pytest.mark.parametrize("name", ["parcels", "buildings", "facilities", "blocks"])
def test_every_shape_is_valid_and_in_the_metric_system(made, name):
    frame = getattr(made, name)
    assert frame.crs == "EPSG:32638"
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()


@pytest.mark.parametrize("name", ["streets", "neighbourhoods", "zones", "water"])
def test_every_shape_of_the_whole_town_is_valid(made, name):
    frame = getattr(made.town, name)
    assert frame.crs == "EPSG:32638"
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()


def test_the_town_lies_where_it_lies_on_earth(made):
    lon, lat = made.town.spec["lon"], made.town.spec["lat"]
    centre = gpd.GeoSeries([made.town.municipality], crs="EPSG:32638").to_crs(4326).iloc[0].centroid
    assert centre.distance(shapely.Point(lon, lat)) < 0.01


def test_parcels_share_their_borders_exactly(made):
    shapes = made.parcels.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert pairs.size == 0


def test_parcels_fill_their_blocks(made):
    filled = made.parcels.dissolve("block", method="coverage").geometry
    blocks = made.blocks.set_index("number").geometry
    assert set(filled.index) == set(blocks.index)
    assert shapely.area(shapely.symmetric_difference(filled, blocks.loc[filled.index])).max() < 1e-6


def test_blocks_leave_the_streets_their_width(made):
    streets, blocks = made.town.streets, made.blocks
    near = gpd.sjoin_nearest(streets, blocks, distance_col="gap", max_distance=60)
    assert (near.gap < 0.9 * near.width_m / 2 - 0.3).mean() < 0.03  # where alleys bend, a wall's chord comes nearer
    assert (near.gap - near.width_m / 2).median() == pytest.approx(0, abs=0.1)
    assert not streets.intersects(blocks.union_all()).any()


def test_no_parcel_is_a_sliver(made):
    shapes = made.parcels.geometry
    assert (shapes.area / shapes.length).min() > 1.2
    assert shapes.area.min() > 15


def test_parcels_have_the_sizes_of_an_iraqi_town(made):
    area = made.parcels.area_m2
    assert area.between(100, 600).mean() > 0.6
    assert 120 < area.median() < 320
    assert area.std() > 40


def test_parcel_numbers_are_unique_in_their_cadastral_block(made):
    assert not made.parcels.duplicated(["muqataa", "parcel_no"]).any()
    assert made.parcels.parcel_no.str.fullmatch(r"\d+(/\d+)?").all()


def test_area_is_that_of_the_shape(made):
    np.testing.assert_allclose(made.parcels.area_m2, made.parcels.geometry.area, atol=0.0051)


def test_most_land_is_mulk_and_every_kind_is_known(made):
    share = made.parcels.land_kind.value_counts(normalize=True)
    assert set(share.index) <= set(kinds.LAND_KINDS)
    assert share["mulk"] > 0.5
    assert share.get("waqf", 0) > 0
    assert share.get("miri", 0) > 0.01


def test_every_parcel_lies_on_a_street(made):
    assert (made.parcels.street_width_m >= 4).all()
    assert (made.parcels.street_ar != "").all()


def test_buildings_stand_inside_their_parcels(made):
    buildings, at = [], 0
    for chunk in made.town.chunks():
        buildings.append(chunk.buildings.assign(parcel=chunk.buildings.parcel + at))
        at += len(chunk.parcels)
    buildings = pd.concat(buildings)
    parcels = made.parcels.geometry.to_numpy()[buildings.parcel]
    assert shapely.covers(parcels, buildings.geometry.to_numpy()).all()
    assert not buildings.parcel.duplicated().any()
    assert 0.5 < len(buildings) / len(made.parcels) < 1
    assert buildings.storeys.between(1, 4).all()


def junctions(streets):
    """Street ends as numbers of junctions: first and last (n,) each."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(streets.geometry, i)) for i in (0, -1)])
    _, number = np.unique(ends, axis=0, return_inverse=True)
    return number.reshape(2, -1)


def components(pairs):
    parent = np.arange(pairs.max() + 1)

    def root(node):
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for one, other in pairs.T:
        parent[root(one)] = root(other)
    return len({root(node) for node in range(len(parent))})


def test_streets_are_one_network_whose_ends_meet_exactly(made):
    pairs = junctions(made.town.streets)
    assert components(pairs) == 1
    assert np.bincount(pairs.ravel()).max() <= 6


def test_a_town_without_its_bridges_falls_apart(made):
    streets = made.town.streets
    pairs = junctions(streets[streets.road != "bridge"])
    assert components(pairs) > 1
    assert (streets.road == "bridge").sum() >= len(made.town.spec["crossings"])


def test_streets_cross_in_junctions_only(made):
    shapes = made.town.streets.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="crosses")
    depth = shapely.length(shapely.intersection(shapes[one], shapes[other]))
    assert depth.max(initial=0) == 0
    meeting = shapely.intersection(shapes[one], shapes[other])
    ends = shapely.union_all(shapely.multipoints(shapely.get_point(shapes, 0)))
    assert shapely.distance(meeting, ends).max(initial=0) < 0.5


def test_quarters_and_water_fill_the_municipality(made):
    town = made.town
    quarters = town.neighbourhoods.geometry.to_numpy()
    assert shapely.coverage_is_valid(quarters)
    assert shapely.covers(town.municipality.buffer(0.01), shapely.union_all(quarters))
    rest = town.municipality.difference(shapely.union_all(quarters))
    wet = rest.intersection(town.water.union_all()).area
    assert wet / rest.area > 0.5
    assert rest.area / town.municipality.area < 0.4


def test_zones_fill_the_quarters_without_overlap(made):
    zones = made.town.zones
    assert shapely.coverage_is_valid(zones.geometry.to_numpy())
    assert zones.area.sum() == pytest.approx(made.town.neighbourhoods.area.sum(), rel=1e-3)


def test_nothing_stands_in_the_river(made):
    river = made.town.water.union_all()
    assert not made.parcels.intersects(river).any()


def test_every_quarter_has_a_name_of_its_own(made):
    names = made.town.neighbourhoods
    assert names.name_ar.is_unique
    assert names.name_en.str.len().gt(0).all()


def test_public_places_are_there_with_arabic_names(made):
    places = made.facilities
    assert {"primary_school", "park", "mosque", "health"} <= set(places.kind)
    assert places.name_ar.str.contains("[\u0600-\u06ff]").all()
    assert places.within(made.parcels.union_all().buffer(0.01)).all()


def test_a_town_without_a_river_has_a_boulevard(dry):
    assert len(dry.town.water) == 0
    assert components(junctions(dry.town.streets)) == 1
    assert shapely.coverage_is_valid(dry.parcels.geometry.to_numpy())
    assert (dry.town.streets.width_m == 50).any()
