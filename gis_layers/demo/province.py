"""The demo provinces: which towns they have and how large each becomes. Read from fixtures/demo."""

import json
from dataclasses import dataclass
from pathlib import Path

from pyproj import Transformer

from gis_layers.demo.town import Town

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures/demo"
CRS = "EPSG:32638"
PARCELS = 20_000  # of a province at scale 1
LARGEST_CAPITAL = 300_000  # parcels; beyond, the other towns of the province grow
LEAST_TOWN = 300

SMALL_TOWN = {
    "meander": 90,
    "wavelength": 2300,
    "river_width": 0,
    "old_town": 190,
    "old_bank": 1,
    "avenue_width": 30,
    "crossings": [[-0.42, "الجسر القديم", "Old Bridge"], [0.22, "الجسر الجديد", "New Bridge"]],
    "branches": [],
}


@dataclass(frozen=True)
class Province:
    """A demo province. ``towns`` are lazy: a town is laid out when it is first asked for something."""

    slug: str
    code: str  # P-code of the governorate
    source: str
    towns: tuple

    @property
    def capital(self):
        return self.towns[0]


def names():
    """Slugs of the demo provinces."""
    return sorted(path.stem for path in FIXTURES.glob("*.json") if path.stem != "names")


def plan(slug, *, scale=1.0, seed=1):
    """The province at a scale: some 20,000 parcels times ``scale``. Equal arguments give equal bytes."""
    told = json.loads((FIXTURES / f"{slug}.json").read_text(encoding="utf-8"))
    common = json.loads((FIXTURES / "names.json").read_text(encoding="utf-8"))
    to_metres = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    wanted = round(PARCELS * scale)
    first, *others = told["towns"]
    sizes = [min(wanted, LARGEST_CAPITAL)]
    weight = sum(town["weight"] for town in others)
    sizes += [round((wanted - sizes[0]) * town["weight"] / weight) for town in others]
    towns = tuple(
        Town(
            spec=SMALL_TOWN | common | town | {"centre": to_metres.transform(town["lon"], town["lat"])},
            parcels=size,
            seed=(seed, told["number"], number),
        )
        for number, (town, size) in enumerate(zip([first, *others], sizes, strict=True))
        if size >= LEAST_TOWN or number == 0
    )
    return Province(told["slug"], told["code"], told["source"], towns)
