from django.urls import path

from gis_layers.catalogue import manage, style, views

app_name = "catalogue"
urlpatterns = [
    path("", views.catalogue, name="list"),
    path("new/", manage.create, name="create"),
    path("<slug:slug>/", views.layer, name="layer"),
    path("<slug:slug>/legend.json", views.legend_json, name="legend_json"),
    path("<slug:slug>/legend.svg", views.legend_svg, name="legend_svg"),
    path("<slug:slug>/about/", manage.metadata, name="metadata"),
    path("<slug:slug>/attributes/", manage.schema, name="schema"),
    path("<slug:slug>/visibility/", manage.visibility, name="visibility"),
    path("<slug:slug>/delete/", manage.delete, name="delete"),
    path("<slug:slug>/style/", style.editor, name="style"),
    path("<slug:slug>/style/preview", style.preview, name="style_preview"),
    path("<slug:slug>/style/values", style.values, name="style_values"),
    path("<slug:slug>/style/breaks", style.breaks, name="style_breaks"),
    path("<slug:slug>/style/<int:z>/<int:x>/<int:y>.mvt", style.tile, name="style_tile"),
]
