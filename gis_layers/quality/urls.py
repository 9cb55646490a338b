from django.urls import path

from gis_layers.quality import views

app_name = "quality"
urlpatterns = [
    path("<slug:slug>/quality/", views.page, name="page"),
    path("<slug:slug>/quality/start/", views.start, name="start"),
    path("<slug:slug>/quality/stop/", views.cancel, name="cancel"),
    path("<slug:slug>/quality/findings.csv", views.findings_csv, name="csv"),
    path("<slug:slug>/quality/findings.geojson", views.findings_geojson, name="geojson"),
    path("<slug:slug>/quality/findings/<int:pk>/exception/", views.waive, name="waive"),
    path("<slug:slug>/quality/exceptions/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:slug>/quality/rules/new/", views.add_rule, name="add_rule"),
    path("<slug:slug>/quality/rules/<int:pk>/", views.change_rule, name="change_rule"),
    path("<slug:slug>/quality/rules/<int:pk>/remove/", views.remove_rule, name="remove_rule"),
]
