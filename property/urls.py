from django.urls import path

from property.views import cases, desk, papers, parcels, sources

app_name = "property"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("parcels/<int:pk>/", parcels.parcel_page, name="parcel"),
    path("parcels/<int:pk>/acts/<slug:act>/", parcels.prepare, name="prepare"),
    path("parcels/<int:pk>/papers/<slug:kind>/", papers.issue, name="issue"),
    path("rights/<int:pk>/end/", parcels.end_right, name="end_right"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("cases/<int:pk>/sources/", sources.add, name="add_source"),
    path("cases/<int:pk>/sources/<int:source_pk>/remove/", sources.remove, name="remove_source"),
    path("cases/<int:pk>/<slug:move>/", cases.move, name="move"),
]
