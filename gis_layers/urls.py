from django.urls import include, path

from gis_layers.editing.urls import ogc_patterns

urlpatterns = [
    path("tiles/", include("gis_layers.tiles.urls")),
    path("ogc/", include(ogc_patterns)),
    path("ogc/", include("gis_layers.ogc.urls")),
    path("", include("gis_layers.map.urls")),
    path("", include("gis_layers.importing.urls")),
    path("", include("gis_layers.exporting.urls")),
    path("", include("gis_layers.editing.urls")),
    path("layers/", include("gis_layers.catalogue.urls")),
    path("layers/", include("gis_layers.quality.urls")),
    path("rasters/", include("gis_layers.rasters.urls")),
    path("plans/", include("gis_layers.plans.urls")),
]
