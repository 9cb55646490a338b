from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.editing.models import Changeset
from gis_layers.models import Layer


class OpenForm(forms.ModelForm):
    """A new changeset of one of the given layers."""

    layer = forms.ModelChoiceField(Layer.objects.none(), label=_("Layer"), to_field_name="slug")

    class Meta:
        model = Changeset
        fields = ["layer", "place", "title", "description"]
        widgets = {"description": forms.Textarea({"rows": 2})}

    def __init__(self, *args, layers, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["layer"].queryset = layers
        if len(places) > 1:
            self.fields["place"].queryset = places
            self.fields["place"].help_text = _("For layers of boundaries: only what lies in this place can be edited.")
        else:
            del self.fields["place"]
        self.fields["title"].help_text = _("What it is for, such as “Blocks of the eastern quarter, survey of May”.")


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Comment"), max_length=4_000, widget=forms.Textarea({"rows": 3}))


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, max_length=4_000)


class DayForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}))


class DaysForm(forms.Form):
    """The names of the fields are those of the address."""

    vars()["from"] = forms.DateField(label=_("From the day"), widget=forms.DateInput({"type": "date"}))
    to = forms.DateField(label=_("To the day"), widget=forms.DateInput({"type": "date"}))
