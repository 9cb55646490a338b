from django.contrib import admin

from gis_layers.models import Layer, LayerField


class LayerFieldInline(admin.TabularInline):
    model = LayerField
    extra = 0


@admin.register(Layer)
class LayerAdmin(admin.ModelAdmin):
    """Who owns and sees a layer; data and styles are edited in the catalogue."""

    list_display = ["slug", "title_ar", "title_en", "visibility", "department", "group", "feature_count", "revision"]
    list_filter = ["visibility", "group", "is_registered", "is_demo"]
    list_select_related = ["department"]
    search_fields = ["slug", "title_ar", "title_en"]
    autocomplete_fields = ["department"]
    readonly_fields = ["is_registered", "revision", "changed_at", "feature_count"]
    exclude = ["style", "symbology"]
    inlines = [LayerFieldInline]

    def get_queryset(self, request):
        managed = Layer.objects.manageable_by(request.user).values("pk")
        return super().get_queryset(request).filter(pk__in=managed)

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "slug", "geometry_type"] if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        """A registered layer belongs to the code."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_registered)
