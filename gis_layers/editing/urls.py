from django.urls import path

from gis_layers.editing import ogc as part4
from gis_layers.editing import views

app_name = "editing"
urlpatterns = [
    path("editor/", views.desk, name="desk"),
    path("editor/<uuid:pk>/", views.editor, name="editor"),
    path("editor/<uuid:pk>/review/", views.review, name="review"),
    path("editor/<uuid:pk>/conflicts/", views.conflicts, name="conflicts"),
]

# Before those of gis_layers.ogc, whose names they keep: without a changeset they answer the same.
ogc_patterns = [
    path("collections/<str:slug>/items", part4.items),
    path("collections/<str:slug>/items/<str:number>", part4.item),
]
