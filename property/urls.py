from django.urls import path

from property.views import buildings, cases, counter, desk, mine, papers, parcels, sources

app_name = "property"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("parcels/<int:pk>/", parcels.parcel_page, name="parcel"),
    path("parcels/<int:pk>/acts/<slug:act>/", parcels.prepare, name="prepare"),
    path("parcels/<int:pk>/buildings/new/", buildings.building, name="add_building"),
    path("parcels/<int:pk>/buildings/<int:number>/", buildings.building, name="change_building"),
    path("parcels/<int:pk>/buildings/<int:number>/flats/new/", buildings.flat, name="add_flat"),
    path("parcels/<int:pk>/buildings/<int:number>/flats/<int:flat>/", buildings.flat, name="change_flat"),
    path("flats/<int:pk>/", buildings.flat_page, name="flat"),
    path("flats/<int:pk>/acts/<slug:act>/", buildings.prepare, name="prepare_flat"),
    path("parcels/<int:pk>/papers/<slug:kind>/", papers.issue, name="issue"),
    path("rights/<int:pk>/end/", parcels.end_right, name="end_right"),
    path("cards/<int:pk>/", counter.card_page, name="card"),
    path("identifications/<int:pk>/end/", counter.part, name="end_identification"),
    path("requests/<int:pk>/", counter.request_page, name="request"),
    path("mine/", mine.mine, name="mine"),
    path("mine/code/", mine.code, name="counter_code"),
    path("mine/identifications/<int:pk>/end/", mine.leave, name="leave"),
    path("mine/cases/<int:pk>/", mine.case_page, name="my_case"),
    path("mine/requests/<int:pk>/", mine.request_page, name="my_request"),
    path("mine/<int:pk>/", mine.unit_page, name="my_unit"),
    path("mine/<int:pk>/looks/", mine.looks, name="my_looks"),
    path("mine/<int:pk>/report/", mine.report, name="report"),
    path("mine/<int:pk>/report/check/", mine.report_check, name="report_check"),
    path("mine/<int:pk>/extract/", mine.extract, name="extract"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("cases/<int:pk>/sources/", sources.add, name="add_source"),
    path("cases/<int:pk>/sources/<int:source_pk>/remove/", sources.remove, name="remove_source"),
    path("cases/<int:pk>/<slug:move>/", cases.move, name="move"),
]
