from django.urls import path

from gis_layers.api import views

app_name = "layers"
urlpatterns = [
    path("layers/", views.LayerList.as_view(), name="list"),
    path("layers/<slug:slug>/", views.LayerDetail.as_view(), name="detail"),
    path("layers/<slug:slug>/features/", views.FeatureList.as_view(), name="features"),
    path("layers/<slug:slug>/features/<int:number>/", views.FeatureDetail.as_view(), name="feature"),
]
