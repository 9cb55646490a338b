"""Changesets for the editor and other programs. Who may neither change nor publish a layer finds none of its own."""

import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import pagination, status
from rest_framework.response import Response
from rest_framework.views import APIView

from gis_layers import features, parameters
from gis_layers.api.serializers import ErrorSerializer
from gis_layers.api.views import refuse_unknown
from gis_layers.editing import services
from gis_layers.editing.access import places_for
from gis_layers.editing.api import serializers
from gis_layers.editing.changes import changes_of, conflicting
from gis_layers.editing.counts import counts
from gis_layers.editing.drafts import draft_page, draft_rows, removed_in
from gis_layers.editing.findings import findings, seen_by
from gis_layers.editing.geojson import described, to_degrees
from gis_layers.editing.gestures import apply_gesture
from gis_layers.editing.models import Changeset
from gis_layers.editing.narrowing import known_parameters
from gis_layers.editing.querysets import layers_for
from gis_layers.registry import source_of
from muni.core.errors import NotFound

REFUSALS = {400: ErrorSerializer, 403: ErrorSerializer, 404: ErrorSerializer}
CLOSED = {**REFUSALS, 409: ErrorSerializer}
_GEOJSON = "application/geo+json"
_MOST = 10_000
_CHANGES = 200


class Pages(pagination.PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class ChangesetView(APIView):
    """The changeset that the address names."""

    def changeset(self, pk):
        return get_object_or_404(Changeset.objects.visible_to(self.request.user).with_layer(), pk=pk)

    def read(self, kind):
        """The checked body of the request."""
        sent = kind(data=self.request.data)
        sent.is_valid(raise_exception=True)
        return sent.validated_data


class ChangesetList(ChangesetView):
    @extend_schema(
        operation_id="changesets",
        summary="Changesets that you may see",
        parameters=[
            OpenApiParameter("layer", str, description="A layer's id."),
            OpenApiParameter("state", str, enum=Changeset.State.values),
            OpenApiParameter("mine", bool, description="Only those that you opened or edited in."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: serializers.ChangesetSerializer(many=True), 400: ErrorSerializer},
    )
    def get(self, request):
        refuse_unknown(request, {"layer", "state", "mine", "page", "page_size"})
        found = Changeset.objects.visible_to(request.user).with_layer()
        if layer := request.GET.get("layer"):
            found = found.filter(layer__slug=layer.replace("\0", ""))
        if state := request.GET.get("state"):
            if state not in Changeset.State.values:
                raise parameters.refuse("state", _("There is no such state."))
            found = found.filter(state=state)
        if request.GET.get("mine", "").lower() in {"true", "1"}:
            found = found.of(request.user)
        pages = Pages()
        rows = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(serializers.ChangesetSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="open_changeset",
        summary="Open a changeset",
        request=serializers.NewChangesetSerializer,
        responses={201: serializers.ChangesetDetailSerializer, **REFUSALS},
    )
    def post(self, request):
        layers = layers_for(request.user).select_related("department__place")
        sent = serializers.NewChangesetSerializer(data=request.data, layers=layers, places=places_for(request.user))
        sent.is_valid(raise_exception=True)
        made = services.open_changeset(by=request.user, **sent.validated_data)
        answer = serializers.ChangesetDetailSerializer(made, context={"request": request}).data
        return Response(answer, status=status.HTTP_201_CREATED, headers={"Location": f"{request.path}{made.pk}/"})


class ChangesetDetail(ChangesetView):
    @extend_schema(
        operation_id="changeset",
        summary="A changeset",
        responses={200: serializers.ChangesetDetailSerializer, 404: ErrorSerializer},
    )
    def get(self, request, pk):
        return Response(serializers.ChangesetDetailSerializer(self.changeset(pk), context={"request": request}).data)


class DraftFeatures(ChangesetView):
    @extend_schema(
        operation_id="draft_features",
        summary="The layer as it would be with the changeset",
        parameters=[
            OpenApiParameter("bbox", str, description="West, south, east, north in degrees."),
            OpenApiParameter("limit", int, description="1 to 10,000; default 2,000."),
            OpenApiParameter("after", int, description="Where to continue; `next` carries it."),
            OpenApiParameter(
                "attributes",
                {"type": "object", "additionalProperties": {"type": "string"}},
                style="form",
                explode=True,
                description="Any attribute by its name, spelling and digits folded; also with __not, __contains, __lt,"
                " __lte, __gt, __gte and __empty (true or false).",
            ),
        ],
        responses={(200, _GEOJSON): serializers.DraftCollectionSerializer, **REFUSALS},
    )
    def get(self, request, pk):
        changeset = self.changeset(pk)
        own = {"bbox", "limit", "after"}
        searched = known_parameters(source_of(changeset.layer)) - own
        refuse_unknown(request, own | searched)
        asked = {name: text.replace("\0", "") for name, text in request.GET.items() if name in searched}
        box = parameters.lonlat_box(request.GET["bbox"]) if "bbox" in request.GET else None
        after = int(parameters.number(request.GET["after"], "after")) if "after" in request.GET else None
        limit = parameters.limit(request.GET.get("limit"), 2_000)
        rows = draft_rows(changeset, request.user, box=box, asked=asked)
        found = draft_page(changeset, rows, limit=limit + 1, after=after)
        is_first = after is None
        members = {
            "type": "FeatureCollection",
            "count": sum(features.count(part) for _source, part in rows) if asked and is_first else None,
            "next": _following(request, found[limit - 1][0]) if len(found) > limit else None,
            "deleted": removed_in(changeset, box) if is_first and not asked else [],
            "truncated": len(found) > limit,
        }
        texts = ",".join(text for _number, text in found[:limit])
        return geojson(f'{json.dumps(members)[:-1]}, "features": [{texts}]}}')


class DraftFeature(ChangesetView):
    @extend_schema(
        operation_id="draft_feature",
        summary="A feature of the draft",
        responses={(200, _GEOJSON): serializers.DraftFeatureSerializer, 404: ErrorSerializer},
    )
    def get(self, request, pk, number):
        return geojson(one_draft_feature(self.changeset(pk), request.user, number))


class Gestures(ChangesetView):
    @extend_schema(
        operation_id="apply_gesture",
        summary="Edit features",
        request=serializers.GestureSerializer,
        responses={200: serializers.GestureAnswerSerializer, **CLOSED, 412: ErrorSerializer},
    )
    def post(self, request, pk):
        changeset = self.changeset(pk)
        sent = self.read(serializers.GestureSerializer)
        return Response(apply_gesture(changeset, by=request.user, **sent))


class Changes(ChangesetView):
    @extend_schema(
        operation_id="changes",
        summary="What the changeset changes",
        parameters=[
            OpenApiParameter("conflicts", bool, description="Only those in conflict with what others published."),
            OpenApiParameter("after", int, description="Where to continue; `next` carries it."),
        ],
        responses={200: serializers.ChangesSerializer, **REFUSALS},
    )
    def get(self, request, pk):
        changeset = self.changeset(pk)
        refuse_unknown(request, {"conflicts", "after"})
        if request.GET.get("conflicts", "").lower() in {"true", "1"}:
            return Response({"changes": described(conflicting(changeset)), "next": None})
        after = parameters.number(request.GET.get("after", "0"), "after")
        edits = list(changeset.edits.effective().filter(feature_no__gt=int(after))[: _CHANGES + 1])
        following = None
        if len(edits) > _CHANGES:
            following = request.build_absolute_uri(f"{request.path}?after={edits[_CHANGES - 1].feature_no}")
        return Response({"changes": described(changes_of(changeset, edits[:_CHANGES])), "next": following})


class Findings(ChangesetView):
    @extend_schema(
        operation_id="draft_findings",
        summary="What the layer's quality rules say of the draft",
        responses={200: serializers.FindingSerializer(many=True), 404: ErrorSerializer},
    )
    def get(self, request, pk):
        changeset = self.changeset(pk)
        found = seen_by(request.user, findings(changeset))
        context = {"to_degrees": to_degrees(), "changeset": changeset}
        return Response(serializers.FindingSerializer(found, many=True, context=context).data)


class Resolutions(ChangesetView):
    @extend_schema(
        operation_id="resolve",
        summary="Settle the conflicts of a feature",
        request=serializers.ResolutionSerializer,
        responses={200: serializers.CountsSerializer, **CLOSED},
    )
    def post(self, request, pk):
        changeset = self.changeset(pk)
        sent = self.read(serializers.ResolutionSerializer)
        services.resolve(changeset, sent["id"], choices=sent["choices"], by=request.user)
        return Response(counts(changeset))


class Acts(ChangesetView):
    @extend_schema(
        operation_id="changeset_act",
        summary="Submit, return, approve, publish or abandon",
        request=serializers.ActSerializer,
        responses={200: serializers.ChangesetDetailSerializer, **CLOSED},
    )
    def post(self, request, pk):
        changeset = self.changeset(pk)
        sent = self.read(serializers.ActSerializer)
        changeset = services.ACTS[sent["act"]](changeset, by=request.user, note=sent["note"])
        return Response(serializers.ChangesetDetailSerializer(changeset, context={"request": request}).data)


class Comments(ChangesetView):
    @extend_schema(
        operation_id="comments",
        summary="Comments on a changeset",
        responses={200: serializers.CommentSerializer(many=True), 404: ErrorSerializer},
    )
    def get(self, request, pk):
        found = self.changeset(pk).comments.select_related("by")
        return Response(serializers.CommentSerializer(found, many=True).data)

    @extend_schema(
        operation_id="add_comment",
        summary="Comment on a changeset or on a feature of it",
        request=serializers.NewCommentSerializer,
        responses={201: serializers.CommentSerializer, **REFUSALS},
    )
    def post(self, request, pk):
        changeset = self.changeset(pk)
        sent = self.read(serializers.NewCommentSerializer)
        made = services.comment(changeset, by=request.user, text=sent["text"], feature_no=sent["id"])
        return Response(serializers.CommentSerializer(made).data, status=status.HTTP_201_CREATED)


def one_draft_feature(changeset, user, number):
    """The GeoJSON text of a feature of the draft. Raises NotFound."""
    rows = draft_rows(changeset, user, number=number) if number < 2**63 else []
    for _number, text in draft_page(changeset, rows, limit=1):
        return text
    raise NotFound(_("There is no such feature."))


def _following(request, last):
    """The address of the next page."""
    query = request.GET.copy()
    query["after"] = last
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def geojson(text):
    response = HttpResponse(text.encode(), content_type=_GEOJSON, headers={"Cache-Control": "private, no-cache"})
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response
