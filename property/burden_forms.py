"""Forms of what is entered upon a property beside its titles."""

from decimal import Decimal

import shapely
from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.plans.forms import AnyDigitsField
from property.forms import CardFields, drawn_line
from property.models import Party, Right, Source
from property.services.holding import to_geos, to_shapely


class NotedCard(CardFields):
    """Who the right belongs to; `card` is theirs, `facts()` the rest as the service takes it."""

    def __init__(self, *args, parcel, **kwargs):
        super().__init__(*args, **kwargs)
        self.parcel = parcel
        self.fields["note"] = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def facts(self):
        return {name: value for name, value in self.cleaned_data.items() if name not in self.card}


class OnShareForm(NotedCard):
    on_share_of = forms.ModelChoiceField(
        label=_("What it burdens"), queryset=Party.objects.none(), required=False, empty_label=_("the whole property")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        titles = Right.objects.in_force().filter(unit=self.parcel.unit, kind__in=Right.TITLES)
        holders = Party.objects.filter(shares__right__in=titles).distinct().order_by("name", "pk")
        self.fields["on_share_of"].queryset = holders
        self.fields["on_share_of"].label_from_instance = lambda party: _("the share of %(name)s") % {"name": party.name}


class MortgageForm(OnShareForm):
    amount = AnyDigitsField(label=_("Amount (IQD)"), min_value=1, max_digits=18, decimal_places=0)
    reference = forms.CharField(label=_("Number of the contract"), max_length=120, required=False)
    field_order = ["name", "identifier", "kind", "on_share_of", "amount", "reference"]


class SeizureForm(OnShareForm):
    reference = forms.CharField(label=_("Number and date of the decision"), max_length=120)
    field_order = ["name", "identifier", "kind", "on_share_of", "reference"]


class EasementForm(NotedCard):
    line = forms.CharField(required=False, widget=forms.HiddenInput)
    width = AnyDigitsField(label=_("Width of the strip along the line (m)"), min_value=Decimal("0.1"), max_value=100)
    reference = forms.CharField(label=_("Number of the deed or decision"), max_length=120, required=False)
    field_order = ["width", "name", "identifier", "kind", "reference"]

    def clean_line(self):
        return drawn_line(self.cleaned_data["line"])

    def facts(self):
        """With `area`: the strip along the line, as far as it lies on the parcel."""
        told = super().facts()
        strip = told.pop("line").buffer(float(told.pop("width")) / 2, cap_style="flat", join_style="mitre")
        area = strip.intersection(to_shapely(self.parcel.geom))
        whole = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
        return told | {"area": to_geos(shapely.union_all(whole))}


class UsufructForm(NotedCard):
    reference = forms.CharField(label=_("Number of the deed or decision"), max_length=120, required=False)


class WaqfForm(NotedCard):
    reference = forms.CharField(label=_("Number and date of the waqf deed"), max_length=120)


class ClaimForm(NotedCard):
    evidence = forms.ChoiceField(label=_("Evidence"), choices=Source.Kind.choices)
    reference = forms.CharField(label=_("What the evidence is: its number and date"), max_length=60)
    field_order = ["name", "identifier", "kind", "evidence", "reference"]


FORMS = {
    "mortgage": MortgageForm,
    "seizure": SeizureForm,
    "easement": EasementForm,
    "usufruct": UsufructForm,
    "waqf": WaqfForm,
    "claim": ClaimForm,
}
