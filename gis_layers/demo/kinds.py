"""What the quarters of an Iraqi town are like: plots, streets and houses by kind of quarter."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Kind:
    """Measures in metres and square metres; shares from 0 to 1."""

    code: str
    zone: str  # land use zone of the plan
    plot: float  # usual area of a plot, m2
    depth: float  # of a plot; a block is two plots deep
    length: float  # of a block
    street: float  # width between blocks
    collector: float  # width of the quarter's main street
    tilt: float  # how far streets stray from the quarter's direction, radians
    waver: float  # how far they stray from equal distances, share of a block
    spread: float  # variety of plot sizes
    front: float  # yard between street and house
    back: float
    built: float  # share of plots with a building
    storeys: tuple  # weights of one, two, three, ... storeys
    land: tuple  # weights of LAND_KINDS


LAND_KINDS = ("mulk", "miri", "waqf", "matruka", "mawat")
MULK, MIRI, WAQF, MATRUKA, MAWAT = range(5)

OLD, INNER, MODERN, WIDE, VILLA, INFORMAL, NEW, INDUSTRY, CIVIC, ORCHARD = range(10)
KINDS = (
    Kind("old", "mixed", 115, 12, 64, 4, 8, 0.13, 0.16, 0.30, 0.2, 0.2, 0.96, (3, 5, 2), (86, 2, 11, 1, 0)),
    Kind("inner", "mixed", 165, 16, 105, 8, 14, 0.035, 0.07, 0.16, 0.5, 0.6, 0.94, (3, 6, 1), (93, 3, 3, 1, 0)),
    Kind("modern", "residential", 200, 20, 150, 12, 20, 0.006, 0.012, 0.05, 3, 1.2, 0.88, (4, 6), (95, 4, 1, 0, 0)),
    Kind("wide", "residential", 275, 22, 170, 12, 20, 0.006, 0.012, 0.06, 3.5, 1.5, 0.87, (4, 6), (95, 4, 1, 0, 0)),
    Kind("villa", "residential", 430, 25, 180, 15, 25, 0.006, 0.015, 0.09, 5, 2.5, 0.84, (2, 7, 1), (97, 2, 1, 0, 0)),
    Kind("informal", "residential", 135, 13, 88, 5, 9, 0.07, 0.11, 0.24, 0.3, 0.3, 0.9, (8, 2), (24, 58, 1, 2, 15)),
    Kind("new", "residential", 200, 20, 180, 15, 25, 0.004, 0.01, 0.03, 3, 1.2, 0.3, (7, 3), (70, 26, 0, 0, 4)),
    Kind("industry", "industrial", 560, 30, 190, 20, 30, 0.01, 0.03, 0.28, 2, 1.5, 0.8, (9, 1), (55, 43, 1, 1, 0)),
    Kind("civic", "public", 3600, 60, 190, 12, 25, 0.02, 0.06, 0.40, 8, 8, 0.95, (2, 5, 3), (6, 92, 2, 0, 0)),
    Kind("orchard", "agricultural", 3000, 75, 260, 6, 10, 0.06, 0.10, 0.28, 6, 6, 0.14, (9, 1), (30, 60, 8, 0, 2)),
)


@dataclass(frozen=True)
class Facility:
    """A public place. Names take the name of a person or idea ({name}) or of the quarter ({quarter})."""

    code: str
    use: str  # land use of its parcel
    zone: str
    land: int  # kind of its land
    share: float  # of the parcel that its building covers, at most
    name_ar: str
    name_en: str


PRIMARY, PARK, SECONDARY, HEALTH, MOSQUE, MARKET, KINDERGARTEN, OFFICE = range(8)
FACILITIES = (
    Facility("primary_school", "education", "public", MIRI, 0.4, "مدرسة {name} الابتدائية", "{name} Primary School"),
    Facility("park", "green", "green", MATRUKA, 0.0, "متنزه {quarter}", "{quarter} Park"),
    Facility("secondary_school", "education", "public", MIRI, 0.4, "ثانوية {name}", "{name} Secondary School"),
    Facility("health", "health", "public", MIRI, 0.45, "المركز الصحي في {quarter}", "{quarter} Health Centre"),
    Facility("mosque", "religious", "public", WAQF, 0.6, "جامع {name}", "{name} Mosque"),
    Facility("market", "commercial", "commercial", MIRI, 0.7, "سوق {quarter}", "{quarter} Market"),
    Facility("kindergarten", "education", "public", MIRI, 0.4, "روضة {name}", "{name} Kindergarten"),
    Facility("office", "public", "public", MIRI, 0.34, "{name}", "{name}"),
)


def measure(name):
    """A measure of every kind as an array, to be looked up by kind number."""
    return np.array([getattr(kind, name) for kind in KINDS])
