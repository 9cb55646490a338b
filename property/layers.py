from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.registry import ModelLayer, register
from property.models import Parcel


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


class RecordedParcels(Parcels):
    """What stands and stood, with its period: for the register's own addresses, no layer of the map."""

    queryset = Parcel.objects.recorded()
    fields = [*Parcels.fields, "status", "valid_from", "valid_to"]
