from django.utils.translation import gettext_lazy as _

from muni.web import menu
from muni.web.menu import Entry

menu.add(
    Entry(
        "journal:list",
        _("Journal"),
        _("Who did which official act, when and on what; and the proof that nothing was altered."),
        icon="journal-text",
        permission="journal.view_entry",
        order=900,
    )
)
