"""How every form is drawn: labels above, hints, errors beside their field and in a summary that links to it."""

from django import forms
from django.forms.renderers import DjangoTemplates


class BoundField(forms.BoundField):
    @property
    def look(self):
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "choices"
        return "line"

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if isinstance(widget, forms.Select) and self.look == "line":
            ours = "form-select"
        elif self.look == "line":
            ours = "form-control"
        else:
            ours = "form-check-input"
        if self.errors:
            ours += " is-invalid"
        attrs["class"] = " ".join(filter(None, [widget.attrs.get("class"), attrs.get("class"), ours]))
        return attrs


class Renderer(DjangoTemplates):
    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"
    bound_field_class = BoundField
