from django.urls import path

from muni.places.api import views

urlpatterns = [
    path("places/", views.PlaceList.as_view(), name="places"),
    path("places/at", views.PlacesAt.as_view(), name="places-at"),
    path("places/<int:pk>/", views.PlaceDetail.as_view(), name="place"),
]
