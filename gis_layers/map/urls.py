from django.urls import path

from gis_layers.map import views

urlpatterns = [path("map/", views.page, name="map")]
