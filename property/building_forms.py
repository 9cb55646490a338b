from decimal import Decimal

from django import forms

from gis_layers.plans.forms import AnyDigitsField
from property.models import Building, BuildingUnit


class BuildingForm(forms.ModelForm):
    class Meta:
        model = Building
        fields = ["name", "storeys"]

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
