"""Forms of city plans. They read what was typed; the services decide."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.plans import access
from gis_layers.plans.consultation import MAX_FILES
from gis_layers.plans.drafting import FACTS
from gis_layers.plans.models import Objection, Plan, Provision, ZoneType
from gis_layers.rasters.models import RasterSheet
from muni.core.errors import DomainError
from muni.core.phones import normal_phone
from muni.core.text import western_digits
from muni.documents.services import check


def posted(request, *, files=False):
    """What a form is bound to: also a page sent back empty was sent."""
    if request.method != "POST":
        return ()
    return (request.POST, request.FILES) if files else (request.POST,)


def tell(form, error):
    """Puts a refused act's sentence where it belongs in the form."""
    fields = {name: said for name, said in error.fields.items() if name in form.fields}
    for name, said in fields.items():
        form.add_error(name, said)
    if not fields:
        form.add_error(None, error.message)


class PhoneField(forms.CharField):
    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr"})

    def clean(self, value):
        return normal_phone(super().clean(value))


class AnyDigitsField(forms.DecimalField):
    """A number in either digit set."""

    def to_python(self, value):
        return super().to_python(western_digits(value) if isinstance(value, str) else value)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=DayInput(), **kwargs)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each checked by its content."""

    widget = FilesInput

    def clean(self, data, initial=None):
        files = [super(FilesField, self).clean(file, initial) for file in (data or [])]
        for file in files:
            try:
                check(file)
            except DomainError as error:
                raise ValidationError(error.message) from None
        return files


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = PhoneField(
        label=_("Your mobile number"),
        max_length=25,
        help_text=_("We send a code to it, and later the answer. It is not shown to the public."),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The six-digit code"),
        max_length=12,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "class": "code-input",
                "dir": "ltr",
            }
        ),
    )

    def clean_code(self):
        return western_digits(self.cleaned_data["code"]).replace(" ", "")


class PlaceForm(forms.Form):
    whole_plan = forms.BooleanField(label=_("My remark is about the whole plan"), required=False)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)

    def clean(self):
        given = super().clean()
        if given.get("whole_plan"):
            return {"whole_plan": True, "lon": None, "lat": None}
        if not self.errors and (given.get("lon") is None or given.get("lat") is None):
            raise ValidationError(_("Point at a place on the map, or say that it is about the whole plan."))
        return given


class RemarkForm(forms.Form):
    stance = forms.ChoiceField(
        label=_("Do you object to the plan or support it?"), choices=Objection.Stance.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What do you want to say?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Say what should change and why. Leave out other people's names."),
    )
    files = FilesField(
        label=_("Files"),
        required=False,
        help_text=_("Such as a deed or a drawing: PDF, pictures, Word or Excel; at most five, each up to 20 MB."),
        widget=FilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.webp,.docx,.xlsx"}),
    )

    def clean_files(self):
        files = self.cleaned_data["files"]
        if len(files) > MAX_FILES:
            raise ValidationError(_("At most %(count)d files.") % {"count": MAX_FILES})
        return files


class AnswerForm(forms.ModelForm):
    class Meta:
        model = Objection
        fields = ["outcome", "summary", "answer"]
        widgets = {
            "outcome": forms.RadioSelect,
            "summary": forms.Textarea(attrs={"rows": 3, "maxlength": 5000}),
            "answer": forms.Textarea(attrs={"rows": 5, "maxlength": 5000}),
        }
        help_texts = {"answer": _("It stands in the public report: no names, no telephone numbers.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = Objection.Outcome.choices
        for name, field in self.fields.items():
            field.required = True
            if name != "outcome":
                field.validators.append(MaxLengthValidator(5000))


class PlanForm(forms.ModelForm):
    """The facts of a plan; a new one also has its place and department."""

    class Meta:
        model = Plan
        fields = ["place", "department", *FACTS, "sheets"]
        widgets = {
            "sheets": forms.CheckboxSelectMultiple,
            "kind": forms.RadioSelect,
            "title_ar": forms.TextInput(attrs={"dir": "rtl", "lang": "ar"}),
            "title_en": forms.TextInput(attrs={"dir": "ltr", "lang": "en"}),
            "summary_ar": forms.Textarea(attrs={"rows": 4, "dir": "rtl", "lang": "ar"}),
            "summary_en": forms.Textarea(attrs={"rows": 4, "dir": "ltr", "lang": "en"}),
        }
        help_texts = {
            "summary_ar": _("What the plan changes and for whom, in plain words."),
            "supersedes": _("A master plan supersedes the one in force by itself."),
            "zone_layer": _("Leave it empty to make one in the next step."),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Plan.Kind.choices
        mine = Layer.objects.manageable_by(user).filter(is_registered=False)
        areas = [Layer.GeometryType.POLYGON, Layer.GeometryType.ANY]
        self.fields["zone_layer"].queryset = mine.filter(geometry_type__in=areas)
        self.fields["street_layer"].queryset = mine.exclude(geometry_type=Layer.GeometryType.POINT)
        self.fields["facility_layer"].queryset = mine
        others = Plan.objects.visible_to(user).in_force()
        if self.instance.pk:
            del self.fields["place"], self.fields["department"]
            others = others.filter(place=self.instance.place)
        else:
            places = access.places_for_new_plans(user)
            others = others.filter(place__in=places)
            self.fields["place"].queryset = places
            self.fields["department"].queryset = access.departments_for_new_plans(user)
            self.fields["department"].label_from_instance = lambda d: f"{d.name} · {d.place.name}"
            for name in ("place", "department"):
                if len(only := list(self.fields[name].queryset[:2])) == 1:
                    self.initial.setdefault(name, only[0].pk)
        self.fields["supersedes"].queryset = others

        self.fields["zone_attribute"].required = False
        self.fields["sheets"].queryset = RasterSheet.objects.visible_to(user).ready()
        if not self.fields["sheets"].queryset.exists():
            del self.fields["sheets"]

    def clean_zone_attribute(self):
        return self.cleaned_data["zone_attribute"] or "zone"

    def _post_clean(self):
        """The service checks the row."""


class ZoneTypeForm(forms.ModelForm):
    uses_ar = forms.CharField(
        label=_("Permitted uses in Arabic"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "rtl", "lang": "ar"}),
        help_text=_("One on each line."),
    )
    uses_en = forms.CharField(
        label=_("Permitted uses in English"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr", "lang": "en"}),
        help_text=_("In the same order."),
    )

    class Meta:
        model = ZoneType
        fields = ["code", "name_ar", "name_en", "colour"]
        widgets = {
            "colour": forms.TextInput(attrs={"type": "color"}),
            "code": forms.TextInput(attrs={"dir": "ltr"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for language in ("ar", "en"):
            self.initial.setdefault(
                f"uses_{language}", "\n".join(use.get(language, "") for use in self.instance.uses).rstrip()
            )

    def _post_clean(self):
        """The service checks the row."""

    def facts(self):
        given = dict(self.cleaned_data)
        arabic, english = (given.pop(f"uses_{language}").split("\n") for language in ("ar", "en"))
        english += [""] * len(arabic)
        uses = [{"ar": ar.strip(), "en": en.strip()} for ar, en in zip(arabic, english, strict=False) if ar.strip()]
        return {**given, "uses": uses}


class ProvisionForm(forms.Form):
    """One row of the by-law table; an empty value sets nothing."""

    parameter = forms.ChoiceField(choices=Provision.Parameter.choices, widget=forms.HiddenInput)
    value = AnyDigitsField(
        label=_("value"), required=False, min_value=0, max_digits=9, decimal_places=2, widget=forms.TextInput
    )
    clause = forms.CharField(label=_("clause"), required=False, max_length=40)
    text_ar = forms.CharField(label=_("Arabic text"), required=False, widget=forms.Textarea(attrs={"rows": 1}))
    text_en = forms.CharField(label=_("English text"), required=False, widget=forms.Textarea(attrs={"rows": 1}))

    def clean(self):
        given = super().clean()
        if given.get("value") is not None and not given.get("clause"):
            self.add_error("clause", _("Which clause sets it?"))
        return given

    @property
    def title(self):
        return dict(Provision.Parameter.choices)[self["parameter"].value()]

    @property
    def unit(self):
        unit = Provision.UNITS.get(self["parameter"].value(), Provision.Unit.METRE)
        return "" if unit == Provision.Unit.NUMBER else unit.label


class BaseProvisionFormSet(forms.BaseFormSet):
    """A row for every parameter there is, filled from the zone type's provisions."""

    def __init__(self, *args, zone_type=None, **kwargs):
        known = {rule.parameter: rule for rule in zone_type.provisions.all()} if zone_type else {}
        rows = []
        for parameter in Provision.Parameter.values:
            rule = known.get(parameter)
            facts = {name: getattr(rule, name) for name in ("value", "clause", "text_ar", "text_en")} if rule else {}
            rows.append({"parameter": parameter, **facts})
        super().__init__(*args, initial=rows, prefix="rules", **kwargs)

    def provisions(self):
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("value") is not None]


ProvisionFormSet = forms.formset_factory(
    ProvisionForm,
    formset=BaseProvisionFormSet,
    extra=0,
    max_num=len(Provision.Parameter.values),
    validate_max=True,
)


class DocumentForm(forms.Form):
    title = forms.CharField(label=_("title"), max_length=200, help_text=_("Such as “Report of the plan” or “Decree”."))
    file = forms.FileField(label=_("file"))


class NoteForm(forms.Form):
    note = forms.CharField(label=_("note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    note = forms.CharField(label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ConsultationForm(NoteForm):
    first_day = DayField(label=_("first day"))
    last_day = DayField(label=_("last day"), help_text=_("Objections are taken until the end of this day."))
    field_order = ["first_day", "last_day", "note"]


class ApprovalForm(NoteForm):
    decree_number = forms.CharField(label=_("decree number"), max_length=60)
    decree_date = DayField(label=_("decree date"))
    field_order = ["decree_number", "decree_date", "note"]


class PublicationForm(NoteForm):
    in_force_from = DayField(label=_("in force from"))
    field_order = ["in_force_from", "note"]


ACT_FORMS = {
    "submit": NoteForm,
    "return": ReasonForm,
    "open_consultation": ConsultationForm,
    "close_consultation": NoteForm,
    "revise": ReasonForm,
    "approve": ApprovalForm,
    "publish": PublicationForm,
}
