from django.urls import path

from property.views import cases, desk, papers, parcels, past, sources, surveys

app_name = "property"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("parcels/new/", parcels.new_parcel, name="new_parcel"),
    path("parcels/<int:pk>/", parcels.parcel_page, name="parcel"),
    path("parcels/<int:pk>/acts/<slug:act>/", parcels.prepare, name="prepare"),
    path("parcels/<int:pk>/extract/", past.extract, name="extract"),
    path("past/", past.past, name="past"),
    path("past/parcels.geojson", past.past_shapes, name="past_shapes"),
    path("parcels/<int:pk>/papers/<slug:kind>/", papers.issue, name="issue"),
    path("rights/<int:pk>/end/", parcels.end_right, name="end_right"),
    path("surveys/", surveys.bring, name="surveys"),
    path("surveys/<uuid:pk>/", surveys.survey, name="survey"),
    path("surveys/<uuid:pk>/report.csv", surveys.report_csv, name="survey_report"),
    path("surveys/<uuid:pk>/rejected.geojson", surveys.rejected_geojson, name="survey_rejected"),
    path("surveys/<uuid:pk>/<slug:act>/", surveys.act, name="survey_act"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("cases/<int:pk>/shapes/", cases.shapes, name="shapes"),
    path("cases/<int:pk>/sources/", sources.add, name="add_source"),
    path("cases/<int:pk>/sources/<int:source_pk>/remove/", sources.remove, name="remove_source"),
    path("cases/<int:pk>/<slug:move>/", cases.move, name="move"),
]
