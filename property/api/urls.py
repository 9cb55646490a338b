from django.urls import path

from property.api import views

app_name = "parcels"
urlpatterns = [
    path("parcels/", views.ParcelList.as_view(), name="list"),
    path("parcels/at", views.ParcelsAt.as_view(), name="at"),
    path("parcels/<int:number>/", views.ParcelDetail.as_view(), name="detail"),
    path("parcels/<int:number>/family/", views.ParcelFamily.as_view(), name="family"),
]
