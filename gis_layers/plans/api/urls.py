from django.urls import path

from gis_layers.plans.api import views

app_name = "plans_api"
urlpatterns = [
    path("plans/", views.PlanList.as_view(), name="list"),
    path("plans/at", views.PlansAt.as_view(), name="at"),
    path("plans/<int:pk>/", views.PlanDetail.as_view(), name="plan"),
]
