from django import forms
from django.utils.translation import gettext_lazy as _

SCALES = (500, 1_000, 2_000, 2_500, 5_000, 10_000, 25_000)


class PrintForm(forms.Form):
    title = forms.CharField(label=_("Title of the sheet"), max_length=120, required=False)
    paper = forms.ChoiceField(label=_("Paper"), choices=[("a4", "A4"), ("a3", "A3")])
    orientation = forms.ChoiceField(
        label=_("Orientation"), choices=[("portrait", _("upright")), ("landscape", _("lying"))]
    )
    scale = forms.TypedChoiceField(label=_("Scale"), coerce=int, choices=[(n, f"1:{n:,}") for n in SCALES])
    grid = forms.BooleanField(label=_("Coordinate grid"), required=False)

    defaults = {"title": "", "paper": "a4", "orientation": "landscape", "scale": 2_000, "grid": False}

    def __init__(self, data=None, **kwargs):
        # Whatever the address leaves out has its default, so a link need not name everything.
        super().__init__({**self.defaults, **data.dict()} if data else None, initial=self.defaults, **kwargs)
