from django.urls import path

from muni.journal import views

app_name = "journal"
urlpatterns = [
    path("", views.journal, name="list"),
    path("verify/", views.verify, name="verify"),
]
