from django.utils.translation import gettext_lazy as _

from muni.web import menu
from muni.web.menu import Entry

menu.add(
    Entry(
        "notices:undelivered",
        _("Undelivered messages"),
        _("Letters and SMS that could not be sent: see why, and send them again."),
        icon="envelope-exclamation",
        permission="notices.view_message",
        order=910,
    )
)
