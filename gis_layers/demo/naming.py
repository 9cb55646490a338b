"""Names of quarters, streets and public places, in Arabic and English."""

import numpy as np

from gis_layers.demo import kinds
from gis_layers.demo.layout import ALLEY, ARTERIAL, BRIDGE, COLLECTOR, HIGHWAY, LOCAL

ORDINALS = [
    ("", ""),
    (" الثانية", " Second"),
    (" الثالثة", " Third"),
    (" الرابعة", " Fourth"),
    (" الخامسة", " Fifth"),
    (" السادسة", " Sixth"),
    (" السابعة", " Seventh"),
    (" الثامنة", " Eighth"),
]
CYCLE = [
    kinds.PRIMARY,
    kinds.PARK,
    kinds.HEALTH,
    kinds.SECONDARY,
    kinds.MOSQUE,
    kinds.PARK,
    kinds.KINDERGARTEN,
    kinds.MARKET,
]
"""What the large plots of a quarter become, in this order."""


def pairs(texts):
    """Arabic and English texts as an object array (n, 2)."""
    return np.array(texts, dtype=object).reshape(-1, 2)


def quarters(spec, is_old):
    """Names (n, 2): those of the old town for old quarters; where names run out they come again, numbered."""
    names = np.empty((len(is_old), 2), object)
    for among, entry in ((is_old, "old_neighbourhoods"), (~is_old, "neighbourhoods")):
        known = spec[entry]
        for count, place in enumerate(np.flatnonzero(among)):
            again, number = divmod(count, len(known))
            ordinal = ORDINALS[again] if again < len(ORDINALS) else (f" {again + 1}", f" {again + 1}")
            names[place] = [name + suffix for name, suffix in zip(known[number], ordinal, strict=True)]
    return names


def streets(spec, plan, quarter, quarter_names):
    """Name of the street on each line (lines, 2). ``quarter`` is the line's quarter, -1 between quarters."""
    road, width = plan.lines["road"], plan.lines["width"]
    names = np.full((len(road), 2), "", object)
    names[road == HIGHWAY] = ("الطريق الحولي", "Ring Road")

    bridges = np.flatnonzero(road == BRIDGE)
    known = [crossing[1:] for crossing in spec["crossings"]]
    for count, line in enumerate(bridges):
        names[line] = known[count] if count < len(known) else (f"جسر {count + 1}", f"Bridge {count + 1}")

    corniches = 2 * len(plan.waters)
    between = np.flatnonzero((quarter < 0) & np.isin(road, [ARTERIAL, COLLECTOR]))
    along_water, avenues = between[:corniches], between[corniches:]
    for count, line in enumerate(along_water):
        arabic, english = plan.waters[count // 2].name
        names[line] = (f"كورنيش {arabic.removeprefix('نهر ')}", f"{english} Corniche")
    avenues = avenues[np.argsort(-width[avenues], kind="stable")]
    for count, line in enumerate(avenues):
        known = spec["avenues"]
        metres = round(width[line])
        names[line] = known[count] if count < len(known) else (f"شارع {metres}/{count}", f"Street {metres}/{count}")

    inside = np.flatnonzero(quarter >= 0)
    order = inside[np.lexsort([inside, quarter[inside]])]
    of = quarter[order]
    for kind, arabic, english in ((COLLECTOR, "شارع", "Street"), (LOCAL, "زقاق", "Zuqaq"), (ALLEY, "زقاق", "Zuqaq")):
        these = road[order] == kind
        lines, its = order[these], of[these]
        number = np.arange(len(lines)) - np.searchsorted(its, its) + 1
        for line, count, place in zip(lines, number, its, strict=True):
            area_ar, area_en = quarter_names[place]
            if kind == COLLECTOR:
                suffix = "" if count == 1 else f" {count}"
                names[line] = (f"{arabic} {area_ar}{suffix}", f"{area_en} {english}{suffix}")
            else:
                names[line] = (f"{arabic} {count}", f"{english} {count}")
    return names


def facilities(spec, code, count, quarter_name):
    """Name (Arabic, English) of the ``count``-th place of a kind in a quarter or, for offices, in the town."""
    facility = kinds.FACILITIES[code]
    known = spec["offices" if code == kinds.OFFICE else "dedications"]
    again, number = divmod(count, len(known))
    suffix = f" {again + 1}" if again else ""
    return tuple(
        pattern.format(name=name + suffix, quarter=area)
        for pattern, name, area in zip((facility.name_ar, facility.name_en), known[number], quarter_name, strict=True)
    )
