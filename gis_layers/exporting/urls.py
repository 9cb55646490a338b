from django.urls import path

from gis_layers.exporting import views

app_name = "exporting"
urlpatterns = [
    path("layers/exports/<uuid:pk>/", views.job, name="job"),
    path("layers/exports/<uuid:pk>/file", views.download, name="download"),
    path("layers/exports/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("layers/<slug:slug>/export/", views.export, name="export"),
]
