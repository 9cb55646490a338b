from django.urls import path

from gis_layers.ogc import collections, items, landing, schemas, tiles

app_name = "ogc"
urlpatterns = [
    path("", landing.landing, name="landing"),
    path("conformance", landing.conformance, name="conformance"),
    path("api", landing.api, name="api"),
    path("collections", collections.collections, name="collections"),
    path("collections/<str:slug>", collections.collection, name="collection"),
    path("collections/<str:slug>/queryables", schemas.queryables, name="queryables"),
    path("collections/<str:slug>/schema", schemas.schema, name="schema"),
    path("collections/<str:slug>/items", items.items, name="items"),
    path("collections/<str:slug>/items/<str:number>", items.item, name="item"),
    path("collections/<str:slug>/tiles", tiles.tilesets, name="tilesets"),
    path("collections/<str:slug>/tiles/WebMercatorQuad", tiles.tileset, name="tileset"),
    path("collections/<str:slug>/tiles/WebMercatorQuad/<str:matrix>/<str:row>/<str:column>", tiles.tile, name="tile"),
    path("tileMatrixSets", tiles.matrix_sets, name="matrix_sets"),
    path("tileMatrixSets/WebMercatorQuad", tiles.matrix_set, name="matrix_set"),
]
