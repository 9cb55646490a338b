from django.urls import path

from gis_layers.editing import views, workplace

app_name = "editing"
urlpatterns = [
    path("editor/", views.desk, name="desk"),
    path("editor/<uuid:pk>/", workplace.editor, name="editor"),
    path("editor/<uuid:pk>/review/", views.review, name="review"),
    path("editor/<uuid:pk>/conflicts/", views.conflicts, name="conflicts"),
]
