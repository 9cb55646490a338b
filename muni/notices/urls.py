from django.urls import path

from muni.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("undelivered/", views.undelivered, name="undelivered"),
    path("undelivered/<int:pk>/again/", views.try_again, name="try_again"),
    path("<int:pk>/", views.follow, name="follow"),
]
