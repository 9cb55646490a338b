from django.urls import path

app_name = "plans"
urlpatterns = [path("<int:pk>/", lambda r, pk: None, name="plan")]
