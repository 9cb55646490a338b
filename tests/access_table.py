"""Who may open which address: the status of a GET for each of ROLES, and what a write may answer.

    "layers/<slug:slug>/style/": row("302 404 200 404 200"),

A parameter takes the value of its own name in the test's world (test_access.py: a layer that is private to the
planner's municipality, its feature, the tile of zoom 14 that it lies in); `fill` names another thing:
row("…", fill={"pk": "place"}).
An address that is not here fails the test, which prints the line to add.
"""

from typing import NamedTuple

ROLES = ("anonymous", "citizen", "planner", "outsider", "admin")
"""outsider: a planner of another municipality. admin: staff and superuser."""


class Row(NamedTuple):
    get: tuple
    fill: dict
    query: str
    writes: dict


def row(statuses, *, fill=None, query="", writes=None):
    """writes: {"POST": {200}} where a write is taken without a CSRF token."""
    return Row(tuple(int(status) for status in statuses.split()), fill or {}, query, writes or {})


EVERYBODY = "200 200 200 200 200"
SIGNED_IN = "302 200 200 200 200"
WHO_SEES_IT = "404 404 200 404 200"
WHO_CHANGES_IT = "302 404 200 404 200"
HELD = {"pk": "held parcel", "number": "building"}

ADDRESSES = {
    "": row(EVERYBODY),
    "accounts/": row(SIGNED_IN),
    "accounts/keys/<int:pk>/revoke/": row("302 405 405 405 405", fill={"pk": "apikey"}),
    "accounts/keys/new/": row(SIGNED_IN),
    "accounts/login/": row("200 302 302 302 302"),
    "accounts/login/code/": row("302 302 302 302 302"),
    "accounts/logout/": row("302 405 405 405 405"),
    "accounts/password/": row(SIGNED_IN),
    "accounts/reset/": row(EVERYBODY),
    "accounts/reset/<uidb64>/<token>/": row(EVERYBODY, fill={"uidb64": "x", "token": "y"}),
    "accounts/reset/sent/": row(EVERYBODY),
    "accounts/second-factor/": row(SIGNED_IN),
    "accounts/second-factor/recovery-codes/": row("302 302 302 302 302"),
    "accounts/second-factor/remove/": row("302 302 302 302 302"),
    "api/docs/": row(EVERYBODY),
    "api/schema/": row(EVERYBODY),
    "api/v1/": row(EVERYBODY),
    "api/v1/changesets/": row("401 200 200 200 200"),
    "api/v1/changesets/<uuid:pk>/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/acts/": row("401 405 405 405 405", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/changes/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/comments/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/features/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/features/<int:number>/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/findings/": row("401 404 200 404 200", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/geometry/": row("401 405 405 405 405", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/gestures/": row("401 405 405 405 405", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/resolutions/": row("401 405 405 405 405", fill={"pk": "changeset"}),
    "api/v1/changesets/<uuid:pk>/surroundings/": row("401 404 404 404 404", fill={"pk": "changeset"}),
    "api/v1/layers/": row(EVERYBODY),
    "api/v1/layers/<slug:slug>/": row(WHO_SEES_IT),
    "api/v1/layers/<slug:slug>/features/": row(WHO_SEES_IT),
    "api/v1/layers/<slug:slug>/features/<int:number>/": row(WHO_SEES_IT),
    "api/v1/parcels/": row(EVERYBODY),
    "api/v1/parcels/<int:number>/": row(EVERYBODY, fill={"number": "parcel"}),
    "api/v1/parcels/<int:number>/family/": row(EVERYBODY, fill={"number": "parcel"}),
    "api/v1/parcels/at": row(EVERYBODY, query="?lon=47.2&lat=31.9"),
    "api/v1/places/": row(EVERYBODY),
    "api/v1/places/<int:pk>/": row(EVERYBODY, fill={"pk": "place"}),
    "api/v1/places/at": row(EVERYBODY, query="?lon=47.2&lat=31.9"),
    "api/v1/plans/": row(EVERYBODY),
    "api/v1/plans/<int:pk>/": row(EVERYBODY, fill={"pk": "proposal"}),
    "api/v1/plans/at": row(EVERYBODY, query="?lon=47.2&lat=31.9"),
    "api/v1/search/": row(EVERYBODY),
    "documents/<uuid:pk>/": row(WHO_SEES_IT, fill={"pk": "attachment"}),
    "documents/issued/<int:pk>/": row("302 404 404 404 200", fill={"pk": "issued"}),
    "documents/issued/<int:pk>/paper.pdf": row("302 404 404 404 200", fill={"pk": "issued"}),
    "editor/": row(SIGNED_IN),
    "editor/<uuid:pk>/": row(WHO_CHANGES_IT, fill={"pk": "changeset"}),
    "editor/<uuid:pk>/conflicts/": row(WHO_CHANGES_IT, fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/": row(WHO_CHANGES_IT, fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/abandon/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/approve/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/comment/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/exception/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/publish/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/return/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/shapes.geojson": row(WHO_CHANGES_IT, fill={"pk": "changeset"}),
    "editor/<uuid:pk>/review/submit/": row("302 405 405 405 405", fill={"pk": "changeset"}),
    "favicon.ico": row("301 301 301 301 301"),
    "healthz": row(EVERYBODY),
    "journal/": row("302 403 403 403 200"),
    "journal/verify/": row("302 405 405 405 405"),
    "layers/": row(EVERYBODY),
    "layers/<slug:slug>/": row(WHO_SEES_IT),
    "layers/<slug:slug>/about/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/attributes/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/delete/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/export/": row(WHO_SEES_IT),
    "layers/<slug:slug>/history/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/history/<int:number>/": row(WHO_CHANGES_IT, fill={"number": "revision"}),
    "layers/<slug:slug>/history/<int:number>/features.geojson": row(WHO_CHANGES_IT, fill={"number": "revision"}),
    "layers/<slug:slug>/history/<int:number>/revert/": row("302 405 405 405 405", fill={"number": "revision"}),
    "layers/<slug:slug>/history/compare/": row(WHO_CHANGES_IT, query="?from=1&to=1"),
    "layers/<slug:slug>/history/compare/shapes.geojson": row(WHO_CHANGES_IT, query="?from=1&to=1"),
    "layers/<slug:slug>/history/features/<int:number>/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/history/on/<str:day>/": row("302 404 404 404 404"),  # of registers alone
    "layers/<slug:slug>/history/on/<str:day>/features.geojson": row("302 404 404 404 404"),
    "layers/<slug:slug>/import/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/imports/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/legend.json": row(WHO_SEES_IT),
    "layers/<slug:slug>/legend.svg": row(WHO_SEES_IT),
    "layers/<slug:slug>/quality/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/quality/exceptions/<int:pk>/withdraw/": row("302 405 405 405 405", fill={"pk": "waiver"}),
    "layers/<slug:slug>/quality/findings.csv": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/quality/findings.geojson": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/quality/findings/<int:pk>/exception/": row(WHO_CHANGES_IT, fill={"pk": "finding"}),
    "layers/<slug:slug>/quality/rules/<int:pk>/": row(WHO_CHANGES_IT, fill={"pk": "rule"}),
    "layers/<slug:slug>/quality/rules/<int:pk>/remove/": row("302 405 405 405 405", fill={"pk": "rule"}),
    "layers/<slug:slug>/quality/rules/new/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/quality/start/": row("302 405 405 405 405"),
    "layers/<slug:slug>/quality/stop/": row("302 405 405 405 405"),
    "layers/<slug:slug>/style/": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/style/<int:z>/<int:x>/<int:y>.mvt": row(WHO_CHANGES_IT),
    "layers/<slug:slug>/style/breaks": row("302 404 400 404 400"),
    "layers/<slug:slug>/style/preview": row("302 405 405 405 405"),
    "layers/<slug:slug>/style/values": row("302 404 400 404 400"),
    "layers/<slug:slug>/visibility/": row(WHO_CHANGES_IT),
    "layers/exports/<uuid:pk>/": row("404 404 200 404 404", fill={"pk": "export"}),
    "layers/exports/<uuid:pk>/cancel/": row("405 405 405 405 405", fill={"pk": "export"}),
    "layers/exports/<uuid:pk>/file": row("404 404 404 404 404", fill={"pk": "export"}),
    "layers/import/": row("302 403 200 200 200"),
    "layers/import/<uuid:pk>/": row(WHO_CHANGES_IT, fill={"pk": "import"}),
    "layers/import/<uuid:pk>/cancel/": row("302 405 405 405 405", fill={"pk": "import"}),
    "layers/import/<uuid:pk>/rejected.csv": row("302 404 404 404 404", fill={"pk": "import"}),
    "layers/import/<uuid:pk>/repaired.csv": row("302 404 404 404 404", fill={"pk": "import"}),
    "layers/import/<uuid:pk>/retry/": row("302 405 405 405 405", fill={"pk": "import"}),
    "layers/new/": row("302 403 200 200 200"),
    "map/": row(EVERYBODY),
    "map/print/": row(EVERYBODY),
    "metrics": row("401 403 403 403 200"),
    "notices/": row(SIGNED_IN),
    "notices/<int:pk>/": row("302 404 302 404 404", fill={"pk": "notice"}),
    "notices/read/": row("302 405 405 405 405"),
    "notices/undelivered/": row("302 403 403 403 200"),
    "notices/undelivered/<int:pk>/again/": row("302 405 405 405 405", fill={"pk": "notice"}),
    "ogc/": row(EVERYBODY),
    "ogc/api": row(EVERYBODY),
    "ogc/collections": row(EVERYBODY),
    "ogc/collections/<str:slug>": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/items": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/items/<str:number>": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/queryables": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/schema": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/tiles": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/tiles/WebMercatorQuad": row(WHO_SEES_IT),
    "ogc/collections/<str:slug>/tiles/WebMercatorQuad/<str:matrix>/<str:row>/<str:column>": row(WHO_SEES_IT),
    "ogc/conformance": row(EVERYBODY),
    "ogc/tileMatrixSets": row(EVERYBODY),
    "ogc/tileMatrixSets/WebMercatorQuad": row(EVERYBODY),
    "plans/": row(EVERYBODY),
    "plans/<int:pk>/": row(WHO_SEES_IT, fill={"pk": "draft plan"}),
    "plans/<int:pk>/acts/<slug:act>/": row(WHO_CHANGES_IT, fill={"pk": "draft plan", "act": "submit"}),
    "plans/<int:pk>/archive.<str:format>": row("404 404 404 404 404", fill={"pk": "proposal"}),
    "plans/<int:pk>/documents/": row(WHO_CHANGES_IT, fill={"pk": "draft plan"}),
    "plans/<int:pk>/documents/<uuid:document_pk>/remove/": row(
        "302 405 405 405 405", fill={"pk": "draft plan", "document_pk": "attachment"}
    ),
    "plans/<int:pk>/edit/": row(WHO_CHANGES_IT, fill={"pk": "draft plan"}),
    "plans/<int:pk>/layer/": row("302 405 405 405 405", fill={"pk": "draft plan"}),
    "plans/<int:pk>/objections/": row("302 403 200 403 200", fill={"pk": "proposal"}),
    "plans/<int:pk>/objections/<uuid:objection_pk>/": row(
        "302 403 200 403 200", fill={"pk": "proposal", "objection_pk": "objection"}
    ),
    "plans/<int:pk>/objections/export.<str:format>": row(
        "302 403 200 403 200", fill={"pk": "proposal", "format": "file format"}
    ),
    "plans/<int:pk>/report/": row("404 404 404 404 404", fill={"pk": "proposal"}),
    "plans/<int:pk>/say/": row(EVERYBODY, fill={"pk": "proposal"}),
    "plans/<int:pk>/say/check/": row("302 302 302 302 302", fill={"pk": "proposal"}),
    "plans/<int:pk>/say/code/": row("302 302 302 302 302", fill={"pk": "proposal"}),
    "plans/<int:pk>/say/done/": row("302 302 302 302 302", fill={"pk": "proposal"}),
    "plans/<int:pk>/say/place/": row("302 302 302 302 302", fill={"pk": "proposal"}),
    "plans/<int:pk>/say/remark/": row("302 302 302 302 302", fill={"pk": "proposal"}),
    "plans/<int:pk>/tiles/<int:z>/<int:x>/<int:y>.mvt": row(EVERYBODY, fill={"pk": "proposal"}),
    "plans/<int:pk>/zones/<int:zone_pk>/": row(WHO_CHANGES_IT, fill={"pk": "draft plan", "zone_pk": "zone type"}),
    "plans/<int:pk>/zones/<int:zone_pk>/remove/": row(
        "302 405 405 405 405", fill={"pk": "draft plan", "zone_pk": "zone type"}
    ),
    "plans/<int:pk>/zones/new/": row(WHO_CHANGES_IT, fill={"pk": "draft plan"}),
    "plans/<int:pk>/zones/take/": row("302 405 405 405 405", fill={"pk": "draft plan"}),
    "plans/new/": row("302 403 200 200 200"),
    "property/": row("302 403 403 403 200"),
    "property/cards/<int:pk>/": row("302 404 404 404 200", fill={"pk": "card"}),
    "property/cases/<int:pk>/": row("302 404 404 404 200", fill={"pk": "case"}),
    "property/cases/<int:pk>/<slug:move>/": row("302 405 405 405 405", fill={"pk": "case", "move": "sign"}),
    "property/cases/<int:pk>/shapes/": row("302 404 404 404 404", fill={"pk": "case"}),
    "property/cases/<int:pk>/sources/": row("302 405 405 405 405", fill={"pk": "case"}),
    "property/cases/<int:pk>/sources/<int:source_pk>/remove/": row(
        "302 405 405 405 405", fill={"pk": "case", "source_pk": "parcel"}
    ),
    "property/flats/<int:pk>/": row("302 403 403 403 200", fill={"pk": "flat"}),
    "property/flats/<int:pk>/acts/<slug:act>/": row("302 403 403 403 200", fill={"pk": "flat", "act": "first"}),
    "property/identifications/<int:pk>/end/": row("302 405 405 405 405", fill={"pk": "identification"}),
    "property/mine/": row(SIGNED_IN),
    "property/mine/<int:pk>/": row("302 200 404 404 404", fill={"pk": "held unit"}),
    "property/mine/<int:pk>/extract/": row("302 200 404 404 404", fill={"pk": "held unit"}),
    "property/mine/<int:pk>/looks/": row("302 200 404 404 404", fill={"pk": "held unit"}),
    "property/mine/<int:pk>/report/": row("302 200 404 404 404", fill={"pk": "held unit"}),
    "property/mine/<int:pk>/report/check/": row("302 302 404 404 404", fill={"pk": "held unit"}),
    "property/mine/cases/<int:pk>/": row("302 200 404 404 404", fill={"pk": "case"}),
    "property/mine/code/": row("302 405 405 405 405"),
    "property/mine/identifications/<int:pk>/end/": row("302 405 405 405 405", fill={"pk": "identification"}),
    "property/mine/requests/<int:pk>/": row("302 200 404 404 404", fill={"pk": "request"}),
    "property/parcels/<int:pk>/": row("302 403 200 200 200", fill={"pk": "parcel"}),
    "property/parcels/<int:pk>/acts/<slug:act>/": row("302 403 403 403 200", fill={"pk": "parcel", "act": "first"}),
    "property/parcels/<int:pk>/buildings/<int:number>/": row(
        "302 403 403 403 200", fill={"pk": "held parcel", "number": "building"}
    ),
    "property/parcels/<int:pk>/buildings/<int:number>/flats/<int:flat>/": row(
        "302 403 403 403 200", fill={"pk": "held parcel", "number": "building"}
    ),
    "property/parcels/<int:pk>/buildings/<int:number>/flats/new/": row(
        "302 403 403 403 200", fill={"pk": "held parcel", "number": "building"}
    ),
    "property/parcels/<int:pk>/buildings/new/": row("302 403 403 403 200", fill=HELD),
    "property/parcels/<int:pk>/extract/": row("302 403 403 403 200", fill={"pk": "parcel"}),
    "property/parcels/<int:pk>/papers/<slug:kind>/": row("302 405 405 405 405", fill={"pk": "parcel", "kind": "plan"}),
    "property/parcels/new/": row("302 403 403 403 200"),
    "property/past/": row("302 403 200 200 200"),
    "property/past/parcels.geojson": row("302 403 200 200 200", query="?on=2026-01-01&bbox=47,31,48,32"),
    "property/requests/<int:pk>/": row("302 404 404 404 200", fill={"pk": "request"}),
    "property/rights/<int:pk>/end/": row("302 405 405 405 405", fill={"pk": "right"}),
    "property/surveys/": row("302 403 403 403 200"),
    "property/surveys/<uuid:pk>/": row("302 404 404 404 200", fill={"pk": "survey"}),
    "property/surveys/<uuid:pk>/<slug:act>/": row("302 405 405 405 405", fill={"pk": "survey", "act": "open"}),
    "property/surveys/<uuid:pk>/rejected.geojson": row("302 404 404 404 200", fill={"pk": "survey"}),
    "property/surveys/<uuid:pk>/report.csv": row("302 404 404 404 200", fill={"pk": "survey"}),
    "rasters/": row(EVERYBODY),
    "rasters/<uuid:pk>/": row(WHO_SEES_IT, fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/<int:z>/<int:x>/<int:y>.png": row(WHO_SEES_IT, fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/about/": row(WHO_CHANGES_IT, fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/delete/": row("302 405 405 405 405", fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/stop/": row("302 405 405 405 405", fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/upload": row("302 404 204 404 204", fill={"pk": "sheet"}),
    "rasters/<uuid:pk>/visibility/": row("302 405 405 405 405", fill={"pk": "sheet"}),
    "rasters/new/": row("302 403 200 200 200"),
    "readyz": row("503 503 503 503 503"),
    "robots.txt": row(EVERYBODY),
    "tiles/<slug:slug>.json": row(WHO_SEES_IT),
    "tiles/<slug:slug>/<int:z>/<int:x>/<int:y>.mvt": row(WHO_SEES_IT),
    "verify/": row(EVERYBODY),
    "verify/<str:code>": row("404 404 404 404 404"),
    "verify/keys": row(EVERYBODY),
    "verify/signature": row("405 405 405 405 405"),
}


def administration(model, *, add=200, delete=200):
    """The six addresses that the administration gives to a model; the numbers are the superuser's statuses."""
    label = model.rpartition("/")[2]
    statuses = {"": 200, "add/": add, "<path:object_id>/": 302, "<path:object_id>/change/": 200}
    statuses |= {"<path:object_id>/delete/": delete, "<path:object_id>/history/": 200}
    return {
        f"admin/{model}/{end}": row(f"302 403 403 403 {status}", fill={"object_id": label})
        for end, status in statuses.items()
    }


ADMINISTRATION = {
    "admin/": row("302 403 403 403 200"),
    "admin/<app_label>/": row("302 403 403 403 200", fill={"app_label": "places"}),
    "admin/<url>": row("302 403 403 403 404", fill={"url": "nothing-here/"}),
    "admin/accounts/user/<id>/password/": row("302 403 403 403 200", fill={"id": "user"}),
    "admin/autocomplete/": row("302 403 403 403 403"),
    "admin/jsi18n/": row("302 403 403 403 200"),
    "admin/login/": row("302 403 403 403 302"),
    "admin/logout/": row("302 403 403 403 405"),
    "admin/password_change/": row("302 403 403 403 200"),
    "admin/password_change/done/": row("302 403 403 403 200"),
    "admin/r/<path:content_type_id>/<path:object_id>/": row(
        "302 403 403 403 404", fill={"content_type_id": "content type", "object_id": "user"}
    ),
    **administration("accounts/apikey", add=403, delete=403),
    **administration("accounts/membership"),
    **administration("accounts/role"),
    **administration("accounts/user", delete=403),
    **administration("axes/accessattempt", add=403),
    **administration("axes/accesslog", add=403),
    **administration("core/holiday"),
    **administration("core/job", add=403, delete=403),
    **administration("gis_layers/layer"),
    **administration("places/boundary"),
    **administration("places/department"),
    **administration("places/place"),
}

ACCESS = ADDRESSES | ADMINISTRATION
