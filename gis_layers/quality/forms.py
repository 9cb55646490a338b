from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.quality.checks import ParameterKind
from gis_layers.quality.models import Rule
from gis_layers.registry import source_of
from muni.core.text import western_digits


class NumberField(forms.FloatField):
    """A number as people type it, in Arabic digits too."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "class": "number-input", "size": 8})

    def to_python(self, value):
        return super().to_python(western_digits(value) if isinstance(value, str) else value)


class ValuesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 6})

    def to_python(self, value):
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value


class RuleForm(forms.Form):
    """Severity, tolerance and what the rule's kind asks for; `rule` is saved or new, with its layer and kind."""

    severity = forms.ChoiceField(
        label=_("What a finding means"), choices=Rule.Severity.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, rule, user, **kwargs):
        definition = rule.definition
        is_new = rule.pk is None
        initial = {"severity": definition.default_severity if is_new else rule.severity}
        initial["tolerance"] = definition.default_tolerance if is_new else rule.tolerance
        initial |= {p.name: rule.parameters.get(p.name, p.default if is_new else None) for p in definition.parameters}
        super().__init__(*args, initial=initial, **kwargs)
        self.names = [parameter.name for parameter in definition.parameters]
        for parameter in definition.parameters:
            self.fields[parameter.name] = _field(parameter, rule, user)
        if definition.tolerance_help:
            self.fields["tolerance"] = NumberField(
                label=_("Tolerance (m)"), min_value=0, max_value=999, help_text=definition.tolerance_help
            )
        self.order_fields([*self.names, "tolerance", "severity"])

    def declared(self):
        """What services.add_rule and change_rule take."""
        data = self.cleaned_data
        return {
            "severity": data["severity"],
            "tolerance": data.get("tolerance") or 0,
            "parameters": {name: data[name] for name in self.names if data[name] not in (None, "")},
        }


def _field(parameter, rule, user):
    told = {"label": parameter.title, "help_text": parameter.help, "required": not parameter.optional}
    if parameter.kind == ParameterKind.NUMBER:
        return NumberField(**told)
    if parameter.kind == ParameterKind.VALUES:
        return ValuesField(**told)
    if parameter.kind == ParameterKind.ATTRIBUTE:
        choices = [(a.name, f"{a.title} ({a.name})") for a in source_of(rule.layer).attributes]
    else:
        others = Layer.objects.visible_to(user).exclude(pk=rule.layer_id).order_by("slug")
        choices = [(layer.slug, f"{layer.title} ({layer.slug})") for layer in others]
    return forms.ChoiceField(choices=[("", "–"), *choices], **told)


class FindingsForm(forms.Form):
    """Which findings are listed, drawn and exported."""

    rule = forms.ModelChoiceField(None, label=_("Rule"), required=False, empty_label=_("all"))
    severity = forms.ChoiceField(label=_("Severity"), choices=[("", _("all")), *Rule.Severity.choices], required=False)
    state = forms.ChoiceField(
        label=_("Exceptions"),
        choices=[("", _("without an exception")), ("waived", _("with an exception")), ("all", _("all"))],
        required=False,
    )

    def __init__(self, *args, layer, **kwargs):
        super().__init__(*args, **kwargs)
        self.layer = layer
        self.fields["rule"].queryset = layer.quality_rules.all()
        for field in self.fields.values():
            field.widget.attrs["data-submit-on-change"] = ""

    def of(self, findings):
        """The findings of the layer that were asked for; an unknown choice asks for all."""
        chosen = self.cleaned_data if self.is_valid() else {}
        findings = findings.of(self.layer).with_waivers().select_related("rule").defer("geom_3857").by_severity()
        if chosen.get("rule"):
            findings = findings.filter(rule=chosen["rule"])
        if chosen.get("severity"):
            findings = findings.filter(rule__severity=chosen["severity"])
        if chosen.get("state") == "all":
            return findings
        return findings.filter(waived=chosen.get("state") == "waived")


class WaiverForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it may stay"),
        max_length=500,
        help_text=_("Whoever reviews the layer reads this, with your name."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
