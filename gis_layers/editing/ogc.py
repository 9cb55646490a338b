"""OGC API Features Part 4 on drafts: features of an open changeset, named in the query (?changeset=…), are added,
replaced, changed and removed. What is published is never written to.

A feature's ETag is its version in the draft; a write names it in If-Match (428 when missing, 412 when stale).
"""

import json
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gis_layers.editing.access import can_edit
from gis_layers.editing.content import Shapes
from gis_layers.editing.drafts import DraftLayer, DraftRegister
from gis_layers.editing.gestures import InvalidEdits, StaleEdit, apply_gesture
from gis_layers.editing.models import Changeset
from gis_layers.ogc import items as published
from gis_layers.ogc.crs import CRS84, crs_named
from gis_layers.ogc.negotiation import check_parameters, ogc_view
from gis_layers.registry import is_editable
from muni.core.errors import BadRequest, DomainError, NotAuthenticated, NotFound
from muni.core.http import unauthorized

CONFORMS_TO = [
    f"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{name}"
    for name in ("create-replace-delete", "update", "optimistic-locking-etags", "features")
]
_READS = {"GET", "HEAD"}
_OF_LIST = ["GET", "HEAD", "POST", "OPTIONS"]
_OF_ONE = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
_PARAMETERS = frozenset({"changeset"})
_FEATURE = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object", "nullable": True},
    },
}


class DraftNeeded(DomainError):
    code = "draft_needed"
    status = 405


class VersionNeeded(DomainError):
    code = "version_needed"
    status = 428


class UnsupportedContent(DomainError):
    code = "unsupported_content"
    status = 415


@login_not_required
def items(request, slug):
    if request.method in _READS and "changeset" not in request.GET:
        return published.items(request, slug)
    return _refused_without_account(request) or _draft_items(request, slug)


@login_not_required
def item(request, slug, number):
    if request.method in _READS and "changeset" not in request.GET:
        return published.item(request, slug, number)
    return _refused_without_account(request) or _draft_item(request, slug, number)


@ogc_view(*published.FORMATS, own_parameters=True, methods=_OF_LIST)
def _draft_items(request, slug):
    if request.method == "OPTIONS":
        return _allowed(request, slug, _OF_LIST)
    changeset = _changeset(request, slug)
    source = _source(changeset)
    if request.method in _READS:
        return _private(published.page_of(request, changeset.layer, source, own_parameters=_PARAMETERS, counts=False))
    check_parameters(request, _PARAMETERS)
    sent = _feature(request)
    edit = {"op": "create", "geometry": sent.get("geometry"), "properties": sent.get("properties")}
    done = _apply(request, changeset, edit)
    address = reverse("ogc:item", args=[slug, done["id"]]) + f"?changeset={changeset.pk}"
    headers = {"Location": request.build_absolute_uri(address), "ETag": f'"{done["version"]}"'}
    return HttpResponse(status=201, headers=headers)


@ogc_view(*published.FORMATS, own_parameters=True, methods=_OF_ONE)
def _draft_item(request, slug, number):
    if request.method == "OPTIONS":
        return _allowed(request, slug, _OF_ONE)
    changeset = _changeset(request, slug)
    source = _source(changeset)
    feature = published.feature_id(number)
    if changeset.layer.is_registered:
        now = source.version(feature)
    else:
        now = source.rows(request.user).filter(feature_no=feature).values_list("version", flat=True).first()
    if now is None:
        raise NotFound(_("There is no feature “%(id)s” in this collection.") % {"id": number[:40]})
    if request.method in _READS:
        check_parameters(request, _PARAMETERS | {"crs"})
        return _private(published.feature_of(request, changeset.layer, source, number, version=now))
    check_parameters(request, _PARAMETERS)
    edit = {"id": feature, "version": _named_version(request, now)}
    if request.method == "DELETE":
        edit["op"] = "delete"
    else:
        sent = _feature(request)
        edit |= {"op": "update", "geometry": sent.get("geometry"), "properties": sent.get("properties") or {}}
    if request.method == "PUT":
        if not sent.get("geometry"):
            raise BadRequest(_("The geometry is missing."), fields={"geometry": [_("The geometry is missing.")]})
        edit["properties"] = {**{each.name: None for each in source.attributes}, **edit["properties"]}
    done = _apply(request, changeset, edit)
    headers = {} if request.method == "DELETE" else {"ETag": f'"{done["version"]}"'}
    return HttpResponse(status=204, headers=headers)


def _refused_without_account(request):
    """Drafts are for those who sign in; programs are told how."""
    if request.user.is_authenticated or request.method == "OPTIONS":
        return None
    return unauthorized(request, NotAuthenticated(_("Sign in to see this.")))


def _changeset(request, slug):
    """The changeset that the query names, of this layer and visible to the user."""
    named = request.GET.get("changeset")
    if not named:
        raise DraftNeeded(_("Published features are not changed directly: open a changeset and name it, ?changeset=…."))
    try:
        found = Changeset.objects.visible_to(request.user).with_layer().get(pk=UUID(named), layer__slug=slug)
    except (ValueError, Changeset.DoesNotExist):
        raise NotFound(_("There is no such changeset of this layer.")) from None
    return found


def _source(changeset):
    return DraftRegister(changeset) if changeset.layer.is_registered else DraftLayer(changeset)


def _allowed(request, slug, methods):
    """What may be done here: writing only where an open changeset of one's own is named."""
    reading = [method for method in methods if method in _READS | {"OPTIONS"}]
    found = None
    if request.user.is_authenticated and request.GET.get("changeset"):
        found = _changeset(request, slug)
    allowed = methods if found and can_edit(request.user, found) else reading
    return HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})


def _named_version(request, now):
    """The version that If-Match names; of several the one that stands now. * names none: who sends it has not read what
    it would overwrite. Proxies that compress write W/ before it."""
    named = [each.strip().removeprefix("W/").strip('"') for each in request.headers.get("If-Match", "").split(",")]
    named = [each for each in named if each not in ("", "*")]
    if not named:
        raise VersionNeeded(
            _("Say in If-Match which state of the feature you changed: the ETag that it was read with.")
        )
    return now if now in named else named[0]


def _feature(request):
    """The GeoJSON feature in the body; of a PATCH, the members that change (JSON Merge Patch)."""
    if request.content_type not in {"application/geo+json", "application/json", "application/merge-patch+json"}:
        raise UnsupportedContent(_("Send a feature as application/geo+json."))
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("properties") or {}, dict):
        raise BadRequest(_("The body is not a GeoJSON feature."))
    if sent.get("type", "Feature") != "Feature":
        raise BadRequest(_("The body is not a GeoJSON feature."))
    return sent


def _apply(request, changeset, edit):
    """One edit as a gesture of its own; its coordinates are in the system that Content-Crs names."""
    crs = crs_named(request.headers.get("Content-Crs", CRS84.uri).strip("<> "), "Content-Crs")
    shapes = Shapes(changeset.layer, srid=crs.srid, flipped=crs.latitude_first)
    try:
        done = apply_gesture(changeset, gesture=uuid4(), edits=[edit], by=request.user, shapes=shapes)
    except InvalidEdits as error:
        fields = {name.removeprefix("0.").removeprefix("properties."): [said] for name, said in error.fields.items()}
        raise InvalidEdits(error.message, fields=fields) from None
    except StaleEdit as error:
        raise StaleEdit(error.message) from None
    return done["features"][0]


def _private(answer):
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def operations(layers):
    """The writing methods, for the OpenAPI document of the OGC addresses."""
    paths = {}
    for layer in filter(is_editable, layers):
        post = _operation(f"create.{layer.slug}", _("Add a feature to a draft"), 201, body=True)
        paths[f"/collections/{layer.slug}/items"] = {"post": post}
        paths[f"/collections/{layer.slug}/items/{{featureId}}"] = {
            "put": _operation(f"replace.{layer.slug}", _("Replace a feature of a draft"), 204, body=True, is_one=True),
            "patch": _operation(f"update.{layer.slug}", _("Change a feature of a draft"), 204, body=True, is_one=True),
            "delete": _operation(f"delete.{layer.slug}", _("Remove a feature from a draft"), 204, is_one=True),
        }
    return paths


def _operation(name, summary, status, *, body=False, is_one=False):
    text = {"type": "string"}
    parameters = [
        {"name": "changeset", "in": "query", "required": True, "schema": {"type": "string", "format": "uuid"}},
    ]
    if body:
        parameters.append({"name": "Content-Crs", "in": "header", "schema": text})
    if is_one:
        parameters += [
            {"$ref": "#/components/parameters/featureId"},
            {"name": "If-Match", "in": "header", "required": True, "schema": text},
        ]
    refusals = {code: {"$ref": "#/components/responses/Error"} for code in ("400", "401", "404", "409", "412", "428")}
    operation = {
        "operationId": name,
        "summary": str(summary),
        "parameters": parameters,
        "responses": {str(status): {"description": str(summary)}, **refusals},
    }
    if body:
        content = {"application/geo+json": {"schema": _FEATURE}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation
