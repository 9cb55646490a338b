from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "quality.add_rule": _("Quality rule: added"),
        "quality.change_rule": _("Quality rule: changed"),
        "quality.remove_rule": _("Quality rule: removed"),
        "quality.waive": _("Quality rule: exception made"),
        "quality.withdraw_waiver": _("Quality rule: exception withdrawn"),
    }
)
