"""The corners of parcels as the survey gives them, one field for the parcel and each neighbour."""

from math import isfinite

import shapely
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from muni.core.srids import MUNI_SRID
from muni.core.text import western_digits
from property.services.holding import to_shapely

_MOST = 2000
"""Corners of an outline."""


def corners_of(shape):
    """Lines of "easting northing" in metres, to the millimetre; further rings after an empty line."""
    rings = [shape.exterior, *shape.interiors]
    return "\n\n".join("\n".join(f"{x:.3f} {y:.3f}" for x, y in ring.coords[:-1]) for ring in rings)


class CornersField(forms.CharField):
    """A shapely polygon in MUNI_SRID from its corners; None where nothing has to be written and nothing is."""

    widget = forms.Textarea(attrs={"rows": 8, "dir": "ltr", "class": "numbers", "spellcheck": "false"})

    def clean(self, value):
        text = western_digits(super().clean(value)).replace(",", " ").replace("\r", "").strip()
        if not text and not self.required:
            return None
        try:
            rings = [
                [tuple(float(part) for part in line.split()) for line in block.strip().split("\n")]
                for block in text.split("\n\n")
                if block.strip()
            ]
            corners = [corner for ring in rings for corner in ring]
            if len(corners) > _MOST or not all(len(each) == 2 and all(map(isfinite, each)) for each in corners):
                raise ValueError(text)
            shape = shapely.Polygon(rings[0], rings[1:])
            is_good = shape.is_valid and shape.area > 0
        except (ValueError, IndexError, shapely.GEOSException):
            is_good = False
        if not is_good:
            raise ValidationError(
                _("Write one corner a line, easting and northing in metres; the outline may not cross itself.")
            )
        return shape


class BoundaryForm(forms.Form):
    """The parcel first, then its neighbours; `outlines()` gives those that were changed."""

    def __init__(self, *args, parcel, neighbours, **kwargs):
        super().__init__(*args, **kwargs)
        self.parcels = {f"corners_{each.pk}": each for each in (parcel, *neighbours)}
        for name, each in self.parcels.items():
            self.fields[name] = CornersField(
                label=_("Corners of parcel %(number)s") % {"number": each.parcel_no},
                initial=corners_of(to_shapely(each.geom)),
                required=True,
                help_text=_("Easting and northing in metres (EPSG:%(srid)s), one corner a line.") % {"srid": MUNI_SRID}
                if each == parcel
                else _("Change a neighbour too where the boundary between the two moves."),
            )
        self.fields["note"] = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def outlines(self):
        """{Parcel: shapely polygon} of what was changed."""
        given = {each: (name, self.cleaned_data[name]) for name, each in self.parcels.items()}
        return {
            each: shape
            for each, (_name, shape) in given.items()
            if not shape.equals_exact(to_shapely(each.geom), 0.0006)
        }
