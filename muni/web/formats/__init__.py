"""How dates and numbers are written. Django's Arabic month names are Egypt's; Iraq's stand in our catalogue, and these
marks keep them there."""

from django.utils.translation import gettext_noop as _

MONTHS = [
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
]
