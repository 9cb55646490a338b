from django.urls import path

from gis_layers.importing import views

app_name = "importing"
urlpatterns = [
    path("layers/import/", views.upload, name="upload"),
    path("layers/import/<uuid:pk>/", views.job, name="job"),
    path("layers/import/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("layers/import/<uuid:pk>/retry/", views.retry, name="retry"),
    path("layers/import/<uuid:pk>/rejected.csv", views.listing, {"kind": "rejected"}, name="rejected"),
    path("layers/import/<uuid:pk>/repaired.csv", views.listing, {"kind": "repaired"}, name="repaired"),
    path("layers/<slug:slug>/import/", views.upload, name="upload_into"),
    path("layers/<slug:slug>/imports/", views.history, name="history"),
]
