from django import forms
from django.contrib import admin
from django.contrib.gis.db.models import MultiPolygonField
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from muni.places.models import Boundary, Department, Place


class GeometryText(forms.Textarea):
    """A shape as text: GeoJSON (longitude, latitude) or EWKT. A map widget would fetch its tiles from the internet."""

    def __init__(self):
        super().__init__({"dir": "ltr", "rows": 6, "class": "vLargeTextField"})


class BoundaryInline(admin.TabularInline):
    model = Boundary
    extra = 0
    fields = ["valid_from", "valid_to", "source", "licence"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).defer("geom")

    def has_add_permission(self, request, obj):
        return False


@admin.register(Place)
class PlaceAdmin(admin.ModelAdmin):
    list_display = ["name_ar", "name_en", "level", "code", "iso_code", "parent"]
    list_filter = ["level", "is_demo"]
    list_select_related = ["parent"]
    search_fields = ["name_ar", "name_en", "code"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["path"]
    inlines = [BoundaryInline]

    def get_search_results(self, request, queryset, search_term):
        found = (
            queryset.named_like(search_term) | queryset.filter(code__iexact=search_term) if search_term else queryset
        )
        return found, False

    def get_readonly_fields(self, request, obj=None):
        # What stands below would keep the old path.
        return [*self.readonly_fields, "code", "parent"] if obj and obj.children.exists() else self.readonly_fields


@admin.register(Boundary)
class BoundaryAdmin(admin.ModelAdmin):
    """A shape is written once; when a boundary changes, the old one gets its last day and a new one is added."""

    list_display = ["place", "valid_from", "valid_to", "source"]
    list_select_related = ["place"]
    search_fields = ["place__name_ar", "place__name_en", "place__code"]
    autocomplete_fields = ["place"]
    formfield_overrides = {
        MultiPolygonField: {
            "widget": GeometryText,
            "help_text": _("GeoJSON in longitude and latitude, or EWKT. It cannot be changed later."),
        }
    }

    def get_queryset(self, request):
        return super().get_queryset(request).defer("geom")

    def get_fields(self, request, obj=None):
        return ["place", "valid_from", "valid_to", "shape" if obj else "geom", "source", "licence"]

    def get_readonly_fields(self, request, obj=None):
        return ["place", "valid_from", "shape"] if obj else []

    @admin.display(description=_("boundary"))
    def shape(self, boundary):
        return _("%(area)s km², %(corners)s corners") % {
            "area": number_format(boundary.geom.area / 1e6, 1),
            "corners": number_format(boundary.geom.num_coords),
        }


@admin.register(Department)
class DepartmentAdmin(admin.ModelAdmin):
    list_display = ["name_ar", "name_en", "code", "place"]
    list_select_related = ["place"]
    list_filter = ["is_demo"]
    search_fields = ["name_ar", "name_en", "code"]
    autocomplete_fields = ["place"]
