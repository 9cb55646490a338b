"""Forms of citizens, and of the officials who meet them at the counter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from property.models import CitizenRequest

_NUMBER = {"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}


class ReportForm(forms.Form):
    subject = forms.ChoiceField(
        label=_("What is wrong?"), choices=CitizenRequest.Subject.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What should it say, and how do you know?"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Name the deed or the decision, if there is one. You show it to the office later."),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer to the holder"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5}))


class IdentifyForm(forms.Form):
    identifier = forms.CharField(
        label=_("Number on the identity card"),
        max_length=30,
        help_text=_("As you read it from the card in your hand."),
        widget=forms.TextInput(attrs=_NUMBER),
    )
    code = forms.CharField(
        label=_("Code that the person reads out"),
        max_length=20,
        help_text=_("Eight digits, from “My property” in their account."),
        widget=forms.TextInput(attrs=_NUMBER | {"class": "code-input"}),
    )
    seen = forms.BooleanField(label=_("I have seen the identity card, and the person before me is the one on it."))
