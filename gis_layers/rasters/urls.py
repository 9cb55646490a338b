from django.urls import path

from gis_layers.rasters import views

app_name = "rasters"
urlpatterns = [
    path("", views.sheets, name="list"),
    path("new/", views.add, name="add"),
    path("<uuid:pk>/", views.sheet, name="sheet"),
    path("<uuid:pk>/upload", views.upload, name="upload"),
    path("<uuid:pk>/about/", views.change, name="change"),
    path("<uuid:pk>/visibility/", views.show_to, name="show_to"),
    path("<uuid:pk>/stop/", views.cancel, name="cancel"),
    path("<uuid:pk>/delete/", views.delete, name="delete"),
    path("<uuid:pk>/<int:z>/<int:x>/<int:y>.png", views.tile, name="tile"),
]
