from django.urls import path

from gis_layers.editing import history_views, views, workplace
from gis_layers.editing import ogc as part4

app_name = "editing"
urlpatterns = [
    path("editor/", views.desk, name="desk"),
    path("editor/<uuid:pk>/", workplace.editor, name="editor"),
    path("editor/<uuid:pk>/review/", views.review, name="review"),
    path("editor/<uuid:pk>/review/shapes.geojson", views.review_shapes, name="shapes"),
    path("editor/<uuid:pk>/review/comment/", views.comment, name="comment"),
    path("editor/<uuid:pk>/review/exception/", views.waive, name="waive"),
    *(
        path(f"editor/<uuid:pk>/review/{act}/", views.act, {"act": act}, name=act)
        for act in ("submit", "return", "approve", "publish", "abandon")
    ),
    path("editor/<uuid:pk>/conflicts/", views.conflicts, name="conflicts"),
    path("layers/<slug:slug>/history/", history_views.history, name="history"),
    path("layers/<slug:slug>/history/compare/", history_views.comparison, name="comparison"),
    path(
        "layers/<slug:slug>/history/compare/shapes.geojson", history_views.comparison_shapes, name="comparison_shapes"
    ),
    path("layers/<slug:slug>/history/features/<int:number>/", history_views.feature_history, name="feature_history"),
    path("layers/<slug:slug>/history/on/<str:day>/", history_views.on_day, name="on_day"),
    path("layers/<slug:slug>/history/on/<str:day>/features.geojson", history_views.day_features, name="day_features"),
    path("layers/<slug:slug>/history/<int:number>/", history_views.revision, name="revision"),
    path(
        "layers/<slug:slug>/history/<int:number>/features.geojson",
        history_views.revision_features,
        name="revision_features",
    ),
    path("layers/<slug:slug>/history/<int:number>/revert/", history_views.revert, name="revert"),
]

# Before those of gis_layers.ogc, whose names they keep: without a changeset they answer the same.
ogc_patterns = [
    path("collections/<str:slug>/items", part4.items),
    path("collections/<str:slug>/items/<str:number>", part4.item),
]
