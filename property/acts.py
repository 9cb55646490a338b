from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "property.open": _("Property register: case opened"),
        "property.submit": _("Property register: case submitted"),
        "property.withdraw": _("Property register: case withdrawn"),
        "property.return": _("Property register: case returned"),
        "property.refuse": _("Property register: case refused"),
        "property.sign": _("Property register: case signed"),
        "property.add_source": _("Property register: source entered"),
        "property.remove_source": _("Property register: source removed"),
    }
)
