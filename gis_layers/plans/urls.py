from django.urls import path

from gis_layers.plans.views import consultation, planner, public

app_name = "plans"
urlpatterns = [
    path("", public.plan_list, name="list"),
    path("new/", planner.create, name="create"),
    path("<int:pk>/", public.plan_page, name="plan"),
    path("<int:pk>/tiles/<int:z>/<int:x>/<int:y>.mvt", public.tile, name="tile"),
    path("<int:pk>/archive.<str:format>", public.archive, name="archive"),
    path("<int:pk>/report/", public.report, name="report"),
    path("<int:pk>/say/", consultation.person, name="say"),
    path("<int:pk>/say/code/", consultation.code, name="say_code"),
    path("<int:pk>/say/place/", consultation.place, name="say_place"),
    path("<int:pk>/say/remark/", consultation.remark, name="say_remark"),
    path("<int:pk>/say/check/", consultation.check, name="say_check"),
    path("<int:pk>/say/done/", consultation.done, name="say_done"),
    path("<int:pk>/objections/", consultation.objections, name="objections"),
    path("<int:pk>/objections/export.<str:format>", consultation.export, name="export_objections"),
    path("<int:pk>/objections/<uuid:objection_pk>/", consultation.objection, name="objection"),
    path("<int:pk>/edit/", planner.edit, name="edit"),
    path("<int:pk>/zones/new/", planner.zone_type, name="add_zone"),
    path("<int:pk>/zones/take/", planner.take_zone_types, name="take_zones"),
    path("<int:pk>/zones/<int:zone_pk>/", planner.zone_type, name="zone"),
    path("<int:pk>/zones/<int:zone_pk>/remove/", planner.remove_zone_type, name="remove_zone"),
    path("<int:pk>/layer/", planner.make_layer, name="make_layer"),
    path("<int:pk>/documents/", planner.documents, name="documents"),
    path("<int:pk>/documents/<uuid:document_pk>/remove/", planner.remove_document, name="remove_document"),
    path("<int:pk>/acts/<slug:act>/", planner.act, name="act"),
]
