from django.urls import path

from property import views

app_name = "property"
urlpatterns = [
    path("cases/<int:pk>/", views.case, name="case"),
]
