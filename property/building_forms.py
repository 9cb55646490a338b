from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.plans.forms import AnyDigitsField
from muni.core.srids import MUNI_SRID
from property.boundary_forms import CornersField, corners_of
from property.models import Building, BuildingUnit
from property.services.holding import to_shapely


class BuildingForm(forms.ModelForm):
    class Meta:
        model = Building
        fields = ["name", "storeys"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["footprint"] = CornersField(
            label=_("Corners of the footprint"),
            required=False,
            initial=corners_of(to_shapely(self.instance.geom)) if self.instance.geom else "",
            help_text=_(
                "Easting and northing in metres (EPSG:%(srid)s), one corner a line. Before the parcel can be split, "
                "the footprint has to be there."
            )
            % {"srid": MUNI_SRID},
        )

    def _post_clean(self):
        """The service writes the row."""


class FlatForm(forms.ModelForm):
    class Meta:
        model = BuildingUnit
        fields = ["number", "use", "storey", "area_m2"]
        widgets = {"number": forms.TextInput(attrs={"dir": "ltr"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area_m2"] = AnyDigitsField(
            label=BuildingUnit._meta.get_field("area_m2").verbose_name,
            min_value=Decimal("0.01"),
            max_digits=10,
            decimal_places=2,
        )

    def _post_clean(self):
        """The service writes the row."""
