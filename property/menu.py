from django.utils.translation import gettext_lazy as _

from muni.web import menu
from muni.web.menu import Entry, Figure
from property.models import Parcel

menu.add_figure(Figure(_("land parcels"), lambda user: Parcel.objects.current().visible_to(user).count(), order=20))
menu.add(
    Entry(
        "property:desk",
        _("Property register"),
        _("Find parcels and who holds them; prepare and sign transfers, mortgages, splits and corrections."),
        icon="houses",
        permission="property.prepare_case property.sign_case",
        order=30,
    )
)
menu.add(
    Entry(
        "property:mine",
        _("My property"),
        _("See what you hold, where its cases stand and who looked at your record; report an error."),
        icon="house-door",
        order=31,
    )
)
