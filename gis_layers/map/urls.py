from django.urls import path

from gis_layers.map import views

urlpatterns = [
    path("map/", views.page, name="map"),
    path("map/print/", views.print_page, name="map-print"),
    path("api/v1/search/", views.results, name="search"),
]
