from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "plans.create": _("Plan: drafted"),
        "plans.change": _("Plan: facts changed"),
        "plans.set_zone": _("Plan: zone described"),
        "plans.take_zones": _("Plan: zones taken from the layer"),
        "plans.remove_zone": _("Plan: zone removed"),
        "plans.make_layer": _("Plan: layer of the zones made"),
        "plans.add_document": _("Plan: document added"),
        "plans.remove_document": _("Plan: document removed"),
        "plans.submit": _("Plan: submitted for review"),
        "plans.return": _("Plan: returned to the planners"),
        "plans.open_consultation": _("Plan: consultation opened"),
        "plans.close_consultation": _("Plan: consultation closed"),
        "plans.revise": _("Plan: taken back to be revised"),
        "plans.approve": _("Plan: approved by decree"),
        "plans.publish": _("Plan: published"),
        "plans.supersede": _("Plan: superseded"),
        "plans.object": _("Plan: remark of a citizen"),
        "plans.answer": _("Plan: remark answered"),
        "plans.export_objections": _("Plan: objections taken out as a file"),
    }
)
