from django.utils.translation import gettext_lazy as _

from gis_layers.plans.models import Plan
from muni.web import menu
from muni.web.menu import Entry, Figure

menu.add(
    Entry(
        "plans:list",
        _("City plans"),
        _("Read what may be built where, and say what you think of plans that are open for objections."),
        icon="bounding-box",
        order=15,
    )
)
menu.add_figure(Figure(_("plans in force"), lambda user: Plan.objects.in_force().count(), order=30))
