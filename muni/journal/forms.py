from django import forms
from django.utils.translation import gettext_lazy as _

from muni.journal import acts


class Search(forms.Form):
    act = forms.ChoiceField(label=_("Act"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=150)
    first = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = [("", _("all")), *acts.choices()]
