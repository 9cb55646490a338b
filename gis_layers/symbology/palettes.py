"""Colours that people with colour-blindness can tell apart.

Categories: Okabe and Ito (2008) and Paul Tol's muted and light schemes. Ramps: ColorBrewer 2.0 (its colour-blind-safe
ones, nine classes each), viridis and cividis.
"""

from django.utils.translation import gettext_lazy as _

_FURTHER = ["#882255", "#44aa99", "#999933", "#8c564b"]
CATEGORIES = {
    "okabe_ito": (
        _("Okabe-Ito"),
        ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#444444", *_FURTHER],
    ),
    "muted": (
        _("Muted"),
        [
            "#332288",
            "#cc6677",
            "#ddcc77",
            "#117733",
            "#88ccee",
            "#882255",
            "#44aa99",
            "#999933",
            "#aa4499",
            "#5a5a5a",
            "#e08a3c",
            "#b0b0b0",
        ],
    ),
    "light": (
        _("Light"),
        [
            "#77aadd",
            "#ee8866",
            "#eedd88",
            "#ffaabb",
            "#99ddff",
            "#44bb99",
            "#bbcc33",
            "#aaaa00",
            "#bbbbbb",
            "#c9a0dc",
            "#8c6d4f",
            "#5f7f8c",
        ],
    ),
}

RAMPS = {
    "ylgnbu": (_("Yellow to blue"), "ffffd9 edf8b1 c7e9b4 7fcdbb 41b6c4 1d91c0 225ea8 253494 081d58"),
    "ylorrd": (_("Yellow to red"), "ffffcc ffeda0 fed976 feb24c fd8d3c fc4e2a e31a1c bd0026 800026"),
    "blues": (_("Blues"), "f7fbff deebf7 c6dbef 9ecae1 6baed6 4292c6 2171b5 08519c 08306b"),
    "greens": (_("Greens"), "f7fcf5 e5f5e0 c7e9c0 a1d99b 74c476 41ab5d 238b45 006d2c 00441b"),
    "oranges": (_("Oranges"), "fff5eb fee6ce fdd0a2 fdae6b fd8d3c f16913 d94801 a63603 7f2704"),
    "purples": (_("Purples"), "fcfbfd efedf5 dadaeb bcbddc 9e9ac8 807dba 6a51a3 54278f 3f007d"),
    "viridis": (_("Viridis"), "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725"),
    "cividis": (_("Cividis"), "00204d 00336f 39486b 575c6d 707173 8a8779 a69d75 c4b56c ffea46"),
    "rdbu": (_("Red to blue, from the middle"), "b2182b d6604d f4a582 fddbc7 f7f7f7 d1e5f0 92c5de 4393c3 2166ac"),
    "puor": (_("Orange to purple, from the middle"), "b35806 e08214 fdb863 fee0b6 f7f7f7 d8daeb b2abd2 8073ac 542788"),
    "brbg": (_("Brown to green, from the middle"), "8c510a bf812d dfc27d f6e8c3 f5f5f5 c7eae5 80cdc1 35978f 01665e"),
}
PALE_START = {"ylgnbu", "ylorrd", "blues", "greens", "oranges", "purples"}
"""Their first step vanishes on a light map, so classes start at the second."""

NO_DATA = "#d0d0d0"
OTHER = "#9a9a9a"


def ramp_colors(ramp, count, *, reverse=False):
    """`count` (1 to 9) colours evenly along the ramp."""
    steps = ["#" + step for step in RAMPS[ramp][1].split()]
    if ramp in PALE_START:
        steps = steps[1:]
    if reverse:
        steps = steps[::-1]
    if count == 1:
        return [steps[len(steps) // 2]]
    return [_between(steps, i * (len(steps) - 1) / (count - 1)) for i in range(count)]


def _between(steps, at):
    low = min(int(at), len(steps) - 2)
    share = at - low
    pairs = ((int(steps[low][i : i + 2], 16), int(steps[low + 1][i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
