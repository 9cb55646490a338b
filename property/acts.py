from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "property.open": _("Register: case opened"),
        "property.change": _("Register: case changed in preparation"),
        "property.submit": _("Register: case submitted for signature"),
        "property.ask": _("Register: citizen asked for something"),
        "property.resume": _("Register: citizen has brought what was asked"),
        "property.escalate": _("Register: case overdue, told to those who sign"),
        "property.withdraw": _("Register: case withdrawn"),
        "property.sign": _("Register: case signed"),
        "property.return": _("Register: case returned to the registrar"),
        "property.refuse": _("Register: case refused"),
        "property.building": _("Register: building noted"),
        "property.flat": _("Register: flat noted"),
        "property.card": _("Register: card of a person made"),
        "property.identify": _("Register: account joined to a card"),
        "property.end_identification": _("Register: account parted from a card"),
        "property.request": _("Register: request of a holder"),
        "property.answer": _("Register: request of a holder answered"),
        "property.survey": _("Register: parcels of a survey registered"),
        "property.shapes": _("Register: parcels of a list drawn"),
        "property.add_source": _("Register: source entered"),
        "property.remove_source": _("Register: source removed"),
    }
)
