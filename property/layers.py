from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.registry import ModelLayer, register
from property.models import Parcel, PendingParcel


@register
class Parcels(ModelLayer):
    id = "parcels"
    title = _("Land parcels")
    abstract = _("Parcels of the property register with their numbers, land kind and area.")
    queryset = Parcel.objects.current()
    fields = ["parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2"]
    searchable = ["parcel_no", "block_no", "block_name"]
    label_field = "parcel_no"
    public = True
    min_zoom = 13
    group = Layer.Group.LAND
    shown_first = True
    position = 40
    shown_first = True
    symbology = {  # paper-coloured, so that what other layers draw on top stays readable
        "symbol": {"color": "#f8f1df", "opacity": 0.25, "outline": "#b3a283", "outline_width": 0.75},
        "label": {"field": "parcel_no", "size": 11, "min_zoom": 17},
    }


@register
class PendingParcels(ModelLayer):
    """For the officials of each register: its own cases alone (visible_to)."""

    id = "pending_parcels"
    title = _("Cases of the property register under way")
    abstract = _("Parcels that cases under way touch or propose, those of your own register.")
    queryset = PendingParcel.objects.all()
    fields = ["parcel_no", "block_no", "act", "part", "area_m2", "opened_on"]
    label_field = "parcel_no"
    min_zoom = 12
    group = Layer.Group.LAND
    position = 41
    symbology = {
        "symbol": {"color": "#b45309", "opacity": 0.2, "outline": "#b45309", "outline_width": 2},
        "label": {"field": "parcel_no", "size": 12, "min_zoom": 16},
    }


class RecordedParcels(Parcels):
    """What stands and stood, with its period: for the register's own addresses, no layer of the map."""

    queryset = Parcel.objects.recorded()
    fields = [*Parcels.fields, "status", "valid_from", "valid_to"]
