from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "editing.open": _("Changeset: opened"),
        "editing.submit": _("Changeset: submitted"),
        "editing.return": _("Changeset: returned"),
        "editing.approve": _("Changeset: approved"),
        "editing.publish": _("Changeset: published"),
        "editing.abandon": _("Changeset: abandoned"),
        "editing.resolve": _("Changeset: conflict settled"),
        "editing.revert": _("Changeset: opened to take back a revision"),
    }
)
