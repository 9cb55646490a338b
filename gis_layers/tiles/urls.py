from django.urls import path

from gis_layers.tiles import views

app_name = "tiles"
urlpatterns = [
    path("<slug:slug>.json", views.tilejson, name="tilejson"),
    path("<slug:slug>/<int:z>/<int:x>/<int:y>.mvt", views.mvt, name="mvt"),
]
