"""Class breaks: [b0, b1, ... bn] makes the classes [b0, b1), [b1, b2), ... [bn-1, bn], the last with its end."""

from bisect import bisect_right
from math import ceil, floor, log10

import jenkspy
from django.utils.translation import gettext_lazy as _

METHODS = {
    "quantile": _("quantiles (equal counts)"),
    "equal": _("equal steps"),
    "natural": _("natural breaks"),
}


def class_breaks(values, method, count, *, whole=False):
    """Breaks over ordered sample `values` whose first and last are the true minimum and maximum.

    count: classes asked for, 2 to 9; fewer come back where values repeat, one where all are equal. Inner breaks are
    rounded to what a person would write, outer ones are kept so that every value stays inside.
    whole: the values are whole numbers, so breaks are.
    """
    low, high = values[0], values[-1]
    if low == high:
        return [low, high]
    if method == "equal":
        inner = [low + (high - low) * i / count for i in range(1, count)]
    elif method == "quantile":
        inner = [values[ceil(len(values) * i / count) - 1] for i in range(1, count)]
    else:
        distinct = len(set(values))
        # jenkspy's classes end at their break; ours start there: step to the next value.
        ends = jenkspy.jenks_breaks(values, n_classes=min(count, distinct))[1:-1] if distinct > 2 else [low]
        inner = [values[bisect_right(values, end)] for end in ends if end < high]
    step = 1 if whole else _rounding(high - low)
    kept = sorted({_rounded(value, step) for value in inner})
    return [low, *(value for value in kept if low < value < high), high]


def class_of(breaks, value):
    """Index of the class that holds the value; None outside the breaks."""
    if not breaks[0] <= value <= breaks[-1]:
        return None
    return min(bisect_right(breaks, value) - 1, len(breaks) - 2) if len(breaks) > 2 else 0


def class_label(breaks, index, *, whole=False):
    """“100 – 250”. Whole numbers say the last value that is inside: 100 – 249, then 250 – 400."""
    low, high = breaks[index], breaks[index + 1]
    if whole and index < len(breaks) - 2:
        high -= 1
    if low == high:
        return _number(low)
    return f"{_number(low)} – {_number(high)}"


def _rounding(width):
    """A power of ten near a hundredth of the range: enough digits to tell classes apart, no more."""
    return 10 ** (floor(log10(width)) - 2)


def _rounded(value, step):
    if step >= 1:
        return round(value / step) * int(step)
    return round(value, -round(log10(step)))


def _number(value):
    return f"{value:,.10g}" if isinstance(value, float) and value != int(value) else f"{int(value):,}"
