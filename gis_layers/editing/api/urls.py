from django.urls import path

from gis_layers.editing.api import views, workplace

app_name = "changesets"
urlpatterns = [
    path("changesets/", views.ChangesetList.as_view(), name="list"),
    path("changesets/<uuid:pk>/", views.ChangesetDetail.as_view(), name="detail"),
    path("changesets/<uuid:pk>/features/", views.DraftFeatures.as_view(), name="features"),
    path("changesets/<uuid:pk>/features/<int:number>/", views.DraftFeature.as_view(), name="feature"),
    path("changesets/<uuid:pk>/gestures/", views.Gestures.as_view(), name="gestures"),
    path("changesets/<uuid:pk>/changes/", views.Changes.as_view(), name="changes"),
    path("changesets/<uuid:pk>/findings/", views.Findings.as_view(), name="findings"),
    path("changesets/<uuid:pk>/resolutions/", views.Resolutions.as_view(), name="resolutions"),
    path("changesets/<uuid:pk>/acts/", views.Acts.as_view(), name="acts"),
    path("changesets/<uuid:pk>/geometry/", workplace.Computation.as_view(), name="geometry"),
    path("changesets/<uuid:pk>/surroundings/", workplace.Surroundings.as_view(), name="surroundings"),
    path("changesets/<uuid:pk>/comments/", views.Comments.as_view(), name="comments"),
]
