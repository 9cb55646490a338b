from django.utils.translation import gettext_lazy as _

from muni.web import menu
from muni.web.menu import Figure
from property.models import Parcel

menu.add_figure(Figure(_("land parcels"), lambda user: Parcel.objects.current().visible_to(user).count(), order=20))
