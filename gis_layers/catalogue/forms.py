"""Forms of the catalogue. They read what was typed; the services decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.access import departments_for_new_layers
from gis_layers.fields import FieldType
from gis_layers.models import Layer, LayerField
from gis_layers.services import METADATA, RESERVED


class LayerForm(forms.ModelForm):
    """A new planner-made layer."""

    class Meta:
        model = Layer
        fields = ["title_ar", "title_en", "slug", "geometry_type", "department", "group"]
        widgets = {"geometry_type": forms.RadioSelect, "slug": forms.TextInput(attrs={"dir": "ltr"})}
        help_texts = {
            "slug": _(
                "Its id in every interface: lower-case Latin letters, digits, - and _. It cannot be changed later."
            ),
            "geometry_type": _("It cannot be changed later."),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments_for_new_layers(user)
        self.fields["department"].required = True
        self.fields["department"].label_from_instance = lambda d: f"{d.name} · {d.place.name}"
        self.fields["geometry_type"].choices = Layer.GeometryType.choices
        if len(offices := list(self.fields["department"].queryset[:2])) == 1:
            self.initial.setdefault("department", offices[0].pk)

    def clean_slug(self):
        if self.cleaned_data["slug"] in RESERVED:
            raise forms.ValidationError(_("This address is taken by a page. Choose another one."))
        return self.cleaned_data["slug"]


class MetadataForm(forms.ModelForm):
    class Meta:
        model = Layer
        fields = METADATA
        widgets = {
            "abstract_ar": forms.Textarea(attrs={"rows": 4, "dir": "rtl"}),
            "abstract_en": forms.Textarea(attrs={"rows": 4, "dir": "ltr"}),
            "lineage": forms.Textarea(attrs={"rows": 3}),
            "title_ar": forms.TextInput(attrs={"dir": "rtl", "lang": "ar"}),
            "title_en": forms.TextInput(attrs={"dir": "ltr", "lang": "en"}),
        }
        help_texts = {
            "keywords": _("Words that people search for, separated by commas."),
            "source": _("Who made the data and when; it stands on printed maps."),
            "licence": _("What others may do with the data."),
            "lineage": _("How the data came about: survey, digitised from which sheet, which accuracy."),
            "contact": _("An office, a telephone number or an e-mail address."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.is_registered:  # the app that registers the layer names it
            for name in ("title_ar", "title_en", "abstract_ar", "abstract_en"):
                del self.fields[name]

    def sections(self):
        """[(title, fields)] of the page."""
        parts = [
            (_("Title and summary"), ("title_ar", "title_en", "abstract_ar", "abstract_en", "keywords", "group")),
            (_("Where the data comes from"), ("source", "licence", "contact", "update_frequency", "lineage")),
            (_("On the map"), ("position", "shown_first")),
        ]
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in parts]


class AttributeForm(forms.Form):
    """One row of the schema editor."""

    name = forms.RegexField(
        r"^[^\W\d]\w{0,62}$",
        label=_("Name"),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        error_messages={"invalid": _("Letters, digits and _, a letter first.")},
    )
    title_ar = forms.CharField(label=_("Arabic title"), max_length=200, required=False)
    title_en = forms.CharField(
        label=_("English title"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    type = forms.ChoiceField(label=_("Type"), choices=FieldType.choices)
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: value | Arabic label | English label."),
    )
    required = forms.BooleanField(label=_("Required"), required=False)
    searchable = forms.BooleanField(label=_("Searched"), required=False)

    def clean_choices(self):
        choices = []
        for line in self.cleaned_data["choices"].splitlines():
            value, *labels = (part.strip() for part in line.split("|"))
            if value:
                label_ar, label_en = (*labels, "", "")[:2]
                choices.append({"value": value, "label_ar": label_ar or value, "label_en": label_en})
        if len({choice["value"] for choice in choices}) < len(choices):
            raise forms.ValidationError(_("A value stands twice among the choices."))
        return choices

    @property
    def is_kept(self):
        """The attribute exists already: its name stays."""
        return bool(self.initial)


class BaseSchema(forms.BaseFormSet):
    def attributes(self):
        """What the services take, in the order on the page."""
        kept = [form for form in self.ordered_forms if form.cleaned_data.get("name")]
        return [{k: v for k, v in f.cleaned_data.items() if k not in {"ORDER", "DELETE"}} for f in kept]

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["ORDER"].widget = forms.HiddenInput()
        if form.initial.get("name"):
            form.fields["name"].widget.attrs["readonly"] = True

    def clean(self):
        names = [f.cleaned_data.get("name") for f in self.forms if f not in self.deleted_forms and f.is_valid()]
        if len(set(filter(None, names))) < len(list(filter(None, names))):
            raise forms.ValidationError(_("Two attributes have the same name."))


SchemaFormSet = forms.formset_factory(
    AttributeForm, formset=BaseSchema, extra=0, can_delete=True, can_order=True, max_num=200, validate_max=True
)


def schema_rows(layer):
    """The layer's attributes as the formset shows them."""
    return [
        {
            "name": field.name,
            "title_ar": field.title_ar,
            "title_en": field.title_en,
            "type": field.type,
            "unit": field.unit,
            "required": field.required,
            "searchable": field.searchable,
            "choices": "\n".join(" | ".join(filter(None, choice.values())) for choice in field.choices),
        }
        for field in LayerField.objects.filter(layer=layer)
    ]


class VisibilityForm(forms.Form):
    """To whom the layer is to be visible."""

    visibility = forms.ChoiceField(label=_("Who sees the layer"), widget=forms.RadioSelect)

    def __init__(self, *args, layer, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["visibility"].choices = [c for c in Layer.Visibility.choices if c[0] != layer.visibility]


class DeletionForm(forms.Form):
    """Typing the layer's address keeps a slip of the finger from deleting it."""

    slug = forms.CharField(widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}))

    def __init__(self, *args, layer, **kwargs):
        super().__init__(*args, **kwargs)
        self.layer = layer
        self.fields["slug"].label = _("Type %s to delete the layer") % layer.slug

    def clean_slug(self):
        if self.cleaned_data["slug"].strip() != self.layer.slug:
            raise forms.ValidationError(_("This is not the layer's address."))
        return self.layer.slug
