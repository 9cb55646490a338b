"""Forms of the bulk registration: which file, and what its columns mean."""

from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.importing import crs
from gis_layers.importing.forms import ENCODINGS, UploadForm
from gis_layers.plans.forms import AnyDigitsField
from muni.places.models import Place
from muni.places.querysets import below
from property.models import Parcel
from property.services.surveys import TARGETS, guessed
from property.workflow import PREPARE

_KINDS = [("", _("not chosen")), *Parcel.LandKind.choices]
_USES = [("", _("not known")), *Parcel.LandUse.choices]
_LATIN = forms.TextInput(attrs={"dir": "ltr"})


class SurveyForm(UploadForm):
    place = forms.ModelChoiceField(label=_("Register"), queryset=Place.objects.none(), empty_label=None)
    field_order = ["place", "file"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        places = Place.objects.filter(below(user.granted_paths(PREPARE), "path"), level=Place.Level.MUNICIPALITY)
        self.fields["place"].queryset = places.order_by("name_ar", "pk")
        self.fields["place"].label_from_instance = lambda place: place.name


class MeaningForm(forms.Form):
    """How to read the file, which column tells what, and what holds for rows that do not tell it."""

    sublayer = forms.ChoiceField(label=_("Layer in the file"))
    encoding = forms.ChoiceField(label=_("Encoding of the text"), choices=ENCODINGS)
    crs = forms.CharField(
        label=_("Coordinate system"),
        help_text=_("Its EPSG code; begin to type its name to find it."),
        widget=forms.TextInput(attrs={"list": "known-crs", "dir": "ltr", "autocomplete": "off"}),
    )
    default_block_no = forms.CharField(label=_("Block number"), max_length=20, required=False, widget=_LATIN)
    default_block_name = forms.CharField(label=_("Block name"), max_length=200, required=False)
    default_land_kind = forms.ChoiceField(label=_("Land kind"), choices=_KINDS, required=False)
    default_land_use = forms.ChoiceField(label=_("Land use"), choices=_USES, required=False)
    default_accuracy_m = AnyDigitsField(
        label=_("Boundary accuracy (m)"), required=False, min_value=0.01, max_value=9999, decimal_places=2
    )
    survey_source = forms.ChoiceField(
        label=_("Survey source"), choices=Parcel.Survey.choices[:-1], initial=Parcel.Survey.FIELD
    )
    tolerance = AnyDigitsField(
        label=_("Tolerance of areas (%)"),
        min_value=0,
        max_value=100,
        initial=5,
        help_text=_("A registered area that is off by more is reported; it is registered nevertheless."),
    )

    def __init__(self, *args, facts, all_facts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sublayer"].choices = [(f["name"], f"{f['name']} ({f['count']})") for f in all_facts]
        for name, is_settled in (("sublayer", len(all_facts) < 2), ("encoding", not facts["encoding"])):
            if is_settled:
                del self.fields[name]
        if "encoding" in self.fields and facts["encoding"]["name"] not in dict(ENCODINGS):
            self.fields["encoding"].choices = [(facts["encoding"]["name"],) * 2, *ENCODINGS]
        columns = [("", _("not in the file")), *((told["name"],) * 2 for told in facts["fields"])]
        guess = guessed(facts["fields"])
        for target in TARGETS:
            label = Parcel._meta.get_field(target).verbose_name
            self.fields[f"column_{target}"] = forms.ChoiceField(
                label=label, choices=columns, required=target == "parcel_no", initial=guess.get(target, "")
            )
            if otherwise := self.fields.get(f"default_{target}"):
                otherwise.label = _("%(fact)s where the file does not tell it") % {"fact": label}

    def clean_crs(self):
        return crs.code_of(crs.parse(self.cleaned_data["crs"].split(" ")[0]))

    @property
    def meanings(self):
        """[(field of the column, field of what holds otherwise or None)]"""
        return [
            (self[f"column_{target}"], self[f"default_{target}"] if f"default_{target}" in self.fields else None)
            for target in TARGETS
        ]

    def choices(self, sublayer):
        """What services.surveys.choose takes."""
        told = self.cleaned_data
        return {
            "sublayer": sublayer,
            "crs_text": told["crs"],
            "encoding": told.get("encoding"),
            "columns": {target: told[f"column_{target}"] for target in TARGETS},
            "defaults": {
                target: str(told[f"default_{target}"])
                for target in TARGETS
                if told.get(f"default_{target}") not in {None, ""}
            },
            "survey_source": told["survey_source"],
            "tolerance": float(told["tolerance"]),
        }
