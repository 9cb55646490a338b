"""Forms of the register. They read what was typed; the services decide."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import shapely
from django import forms
from django.contrib.gis.geos import LineString
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_layers.importing import crs
from gis_layers.plans.forms import AnyDigitsField, DayField
from muni.core.errors import DomainError
from muni.core.srids import LONLAT, MUNI_SRID
from muni.core.text import western_digits
from muni.documents.services import check
from muni.places.models import Place
from property.models import Parcel, Party, Right, Source
from property.rules import division

SIDES = [(0, _("north")), (90, _("east")), (180, _("south")), (270, _("west"))]


def drawn_line(text):
    """A shapely line in metres from [[lon, lat], ...] in degrees, as the map writes it. Raises ValidationError."""
    try:
        points = [(float(lon), float(lat)) for lon, lat in json.loads(text or "[]")]
        line = LineString(points, srid=LONLAT)
        line.transform(MUNI_SRID)
    except Exception:
        raise ValidationError(_("Draw a line across the parcel: click its points on the map.")) from None
    return shapely.from_wkb(bytes(line.wkb))


class FractionField(forms.CharField):
    """A share such as 1/3 or ١/٣; "1" is the whole."""

    widget = forms.TextInput(attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value):
        text = western_digits(super().clean(value)).replace(" ", "").replace("\\", "/")
        try:
            return Fraction(text)
        except (ValueError, ZeroDivisionError):
            raise ValidationError(_("Write a share such as 1/3, or 1 for the whole.")) from None


class CardFields(forms.Form):
    """Who: a card of this register by its identity number, or a new one."""

    name = forms.CharField(label=_("Full name"), max_length=200)
    identifier = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        required=False,
        help_text=_("Of the national card, or of the registration. A person known by it is not entered twice."),
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("What they are"), choices=Party.Kind.choices, initial=Party.Kind.PERSON)

    @property
    def card(self):
        return {name: self.cleaned_data[name] for name in ("name", "identifier", "kind")}


class TransferForm(CardFields):
    giver = forms.ModelChoiceField(label=_("From"), queryset=Party.objects.none())
    part = FractionField(
        label=_("Share of the whole property"), help_text=_("Such as 1/3; 1 for the whole."), initial="1"
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=[
            ("sale", _("sale")),
            ("gift", _("gift")),
            ("inheritance", _("inheritance")),
            ("decision", _("decision of a court")),
        ],
    )
    price = AnyDigitsField(label=_("Price (IQD)"), required=False, min_value=1, decimal_places=0)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["giver", "part", "name", "identifier", "kind", "ground", "price", "note"]

    def __init__(self, *args, right, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["giver"].queryset = Party.objects.filter(shares__right=right).order_by("name", "pk")
        held = {share.party_id: share.fraction for share in right.shares.all()}
        self.fields["giver"].label_from_instance = lambda party: f"{party.name} ({held[party.pk]})"


class FirstForm(CardFields):
    right = forms.ChoiceField(
        label=_("Right"),
        choices=[
            (kind.value, kind.label)
            for kind in (Right.Kind.OWNERSHIP, Right.Kind.DISPOSAL, Right.Kind.WAQF, Right.Kind.CLAIM)
        ],
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["right", "name", "identifier", "kind", "note"]


class NewParcelForm(FirstForm):
    """A parcel that is not on the map yet: its facts, its outline drawn or typed, and its first right."""

    place = forms.ModelChoiceField(label=_("Register"), queryset=Place.objects.none(), empty_label=None)
    parcel_no = forms.CharField(label=_("Parcel number"), max_length=30, widget=forms.TextInput(attrs={"dir": "ltr"}))
    block_no = forms.CharField(label=_("Block number"), max_length=20, widget=forms.TextInput(attrs={"dir": "ltr"}))
    block_name = forms.CharField(
        label=_("Block name"), max_length=200, required=False, help_text=_("Only where the block is new.")
    )
    land_kind = forms.ChoiceField(label=_("Land kind"), choices=Parcel.LandKind.choices)
    land_use = forms.ChoiceField(
        label=_("Land use"), choices=[("", _("not known")), *Parcel.LandUse.choices], required=False
    )
    area_m2 = AnyDigitsField(
        label=_("Registered area (m²)"),
        required=False,
        min_value=1,
        max_digits=14,
        decimal_places=2,
        help_text=_("Without it, the measured one."),
    )
    survey_source = forms.ChoiceField(
        label=_("Survey source"), choices=Parcel.Survey.choices[:-1], initial=Parcel.Survey.FIELD
    )
    accuracy_m = AnyDigitsField(
        label=_("Boundary accuracy (m)"), required=False, min_value=0.01, max_value=9999, decimal_places=2
    )
    line = forms.CharField(required=False, widget=forms.HiddenInput)
    corners = forms.CharField(
        label=_("Corners"),
        required=False,
        help_text=_("Easting and northing, a line for each corner; or click them on the map."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr"}),
    )
    crs = forms.CharField(
        label=_("Coordinate system of the corners"),
        initial=f"EPSG:{MUNI_SRID}",
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    field_order = [
        "place", "parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2", "survey_source",
        "accuracy_m", "corners", "crs", "right", "name", "identifier", "kind", "note",
    ]  # fmt: skip
    FACTS = ("parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2", "survey_source", "accuracy_m")

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places
        self.fields["place"].label_from_instance = lambda place: place.name

    def clean_crs(self):
        try:
            return crs.parse(self.cleaned_data["crs"])
        except DomainError as error:
            raise ValidationError(error.message) from None

    def clean(self):
        told = self.cleaned_data
        for name in ("parcel_no", "block_no"):
            told[name] = " ".join(western_digits(told.get(name, "")).split())
        if "crs" in told:
            try:
                told["shape"] = _outline(told.get("corners"), told.get("line"), told["crs"])
            except (ValueError, TypeError):
                self.add_error("corners", _("Give at least three corners, each as two numbers."))
        return told

    @property
    def facts(self):
        return {name: self.cleaned_data[name] for name in self.FACTS}


def _outline(corners, drawn, system):
    """A polygon in metres from typed corners in a coordinate system, or from [[lon, lat], ...]. Raises ValueError."""
    if corners.strip():
        points = [
            [float(n) for n in re.split(r"[\s,;]+", line.strip())]
            for line in western_digits(corners).splitlines()
            if line.strip()
        ]
    else:
        points, system = json.loads(drawn or "[]"), crs.parse(f"EPSG:{LONLAT}")
    if len(points) < 3:
        raise ValueError
    shape = shapely.Polygon([(x, y) for x, y in points])
    shape = crs.transformation(system).apply(shape)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError
    return shape


class ErrorForm(forms.Form):
    """Facts of a parcel as they should be; its shape stays."""

    parcel_no = forms.CharField(label=_("Parcel number"), max_length=30)
    land_kind = forms.ChoiceField(label=_("Land kind"), choices=Parcel.LandKind.choices)
    land_use = forms.ChoiceField(
        label=_("Land use"), choices=[("", _("not known")), *Parcel.LandUse.choices], required=False
    )
    area_m2 = AnyDigitsField(label=_("Registered area (m²)"), min_value=1, max_digits=14, decimal_places=2)
    note = forms.CharField(label=_("How the error came about"), widget=forms.Textarea(attrs={"rows": 2}))

    def changed(self):
        """Only what differs from the parcel."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "note"}


class SplitForm(forms.Form):
    """How to divide; `parts(shape)` does it."""

    EQUAL, AREA, LINE, LIST = "equal", "area", "line", "list"
    way = forms.ChoiceField(
        label=_("How to divide"),
        choices=[
            (EQUAL, _("into equal parts")),
            (AREA, _("cut off an area at one side")),
            (LINE, _("along a line drawn on the map")),
            (LIST, _("by a list of numbers and areas now, drawn later")),
        ],
        widget=forms.RadioSelect,
        initial=EQUAL,
    )
    number = forms.IntegerField(label=_("Number of parts"), min_value=2, max_value=100, required=False, initial=2)
    area = AnyDigitsField(label=_("Area to cut off (m²)"), min_value=1, required=False)
    side = forms.TypedChoiceField(label=_("Counted from the side in the"), choices=SIDES, coerce=int, initial=0)
    line = forms.CharField(required=False, widget=forms.HiddenInput)
    listed = forms.CharField(
        label=_("List of the new parcels"),
        required=False,
        help_text=_("A line for each: its number, a space, its area in m²."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"}),
    )
    numbers = forms.CharField(
        label=_("Numbers of the new parcels"),
        required=False,
        help_text=_("Separated by spaces; without them the next free ones are given."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self):
        needed = {self.EQUAL: "number", self.AREA: "area", self.LINE: "line", self.LIST: "listed"}.get(
            self.cleaned_data.get("way")
        )
        if needed == "line":
            self.cleaned_data["line"] = drawn_line(self.cleaned_data.get("line"))
        elif needed and not self.cleaned_data.get(needed) and needed not in self.errors:
            self.add_error(needed, _("Fill this in."))
        return self.cleaned_data

    def clean_listed(self):
        """[(number, area as Decimal)]"""
        listed = []
        for line in western_digits(self.cleaned_data["listed"]).splitlines():
            try:
                number, area = line.split()
                listed.append((number, Decimal(area)))
            except (ValueError, ArithmeticError):
                if line.strip():
                    raise ValidationError(
                        _("Write a number, a space and an area: “%(line)s” is not so."), params={"line": line}
                    ) from None
        return listed

    def parts(self, shape):
        """The new shapes. Raises DivisionRefused."""
        chosen = self.cleaned_data
        if chosen["way"] == self.EQUAL:
            return division.in_equal_parts(shape, chosen["number"], chosen["side"])
        if chosen["way"] == self.AREA:
            return division.by_area(shape, chosen["area"], chosen["side"])
        return division.by_lines(shape, [chosen["line"]])


class ShapesForm(forms.Form):
    """Draws the parcels of a list; `parts(shape, areas)` does it."""

    SIDE, LINE = "side", "line"
    way = forms.ChoiceField(
        label=_("How to divide"),
        choices=[
            (SIDE, _("one after another, in the order of the list")),
            (LINE, _("along a line drawn on the map")),
        ],
        widget=forms.RadioSelect,
        initial=SIDE,
    )
    side = forms.TypedChoiceField(label=_("Counted from the side in the"), choices=SIDES, coerce=int, initial=0)
    line = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self):
        if self.cleaned_data.get("way") == self.LINE:
            self.cleaned_data["line"] = drawn_line(self.cleaned_data.get("line"))
        return self.cleaned_data

    def parts(self, shape, areas):
        """The new shapes. Raises DivisionRefused."""
        if self.cleaned_data["way"] == self.SIDE:
            return division.by_areas(shape, areas, self.cleaned_data["side"])
        return division.by_lines(shape, [self.cleaned_data["line"]])


class MergeForm(forms.Form):
    others = forms.ModelMultipleChoiceField(
        label=_("Neighbours to merge with"), queryset=Parcel.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    number = forms.CharField(
        label=_("Number of the new parcel"),
        max_length=30,
        required=False,
        help_text=_("Without it the next free one is given."),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, neighbours, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["others"].queryset = neighbours


class SourceForm(forms.Form):
    """A paper that the act stands on, and its scan."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Source.Kind.choices)
    number = forms.CharField(label=_("Number"), max_length=60, required=False)
    dated = DayField(label=_("Date"), required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    scan = forms.FileField(
        label=_("Scan"), required=False, help_text=_("PDF, picture (PNG, JPEG, WebP), Word or Excel; 20 MB at most.")
    )

    def clean_scan(self):
        if scan := self.cleaned_data["scan"]:
            try:
                check(scan)
            except DomainError as error:
                raise ValidationError(error.message) from None
        return scan


class MoveForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class DayForm(forms.Form):
    on = DayField(label=_("On the day"))

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > timezone.localdate():
            raise ValidationError(_("What the register will say is not known yet: choose a day until today."))
        return day


class PastForm(DayForm):
    parcel_no = forms.CharField(label=_("Parcel number"), required=False, max_length=30)
    block = forms.CharField(label=_("Block number"), required=False, max_length=20)


class FindForm(forms.Form):
    parcel_no = forms.CharField(label=_("Parcel number"), required=False, max_length=30)
    block = forms.CharField(label=_("Block number"), required=False, max_length=20)
    person = forms.CharField(label=_("Person: name or identity number"), required=False, max_length=200)
