"""What every OGC address shares: formats by `f` or Accept, links, language, strict parameters, one error shape."""

import json
from dataclasses import dataclass, field
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_http_methods

from gis_layers.models import Layer
from muni.core.api import error_body, error_response
from muni.core.errors import BadRequest, DomainError, NotFound

COMMON_PARAMETERS = {"f", "lang"}


@dataclass(frozen=True)
class Format:
    """key: its name in `f`; media_type: what is sent; also: further types that ask for it in Accept."""

    key: str
    media_type: str
    title: str
    also: tuple = ()


JSON = Format("json", "application/json", "JSON")
GEOJSON = Format("json", "application/geo+json", "GeoJSON", also=("application/json", "application/vnd.geo+json"))
SCHEMA = Format("json", "application/schema+json", "JSON Schema", also=("application/json",))
OPENAPI = Format("json", "application/vnd.oai.openapi+json;version=3.0", "OpenAPI 3.0", also=("application/json",))
HTML = Format("html", "text/html", "HTML")
MVT = Format("mvt", "application/vnd.mapbox-vector-tile", "Mapbox Vector Tile", also=("application/x-protobuf",))


@dataclass
class Answer:
    """content: a dict, or bytes of ready-made JSON; template and context: its page."""

    content: dict | bytes
    template: str = ""
    context: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)


def ogc_view(*formats, parameters=(), own_parameters=False, methods=("GET", "HEAD")):
    """Decorator of a view(request, ...) -> Answer or HttpResponse; the first format is the default.

    parameters: what may stand in the query beside `f` and `lang`; own_parameters: the view checks them itself. methods:
    those that it answers.
    """

    def decorate(view):
        @wraps(view)
        def answer(request, *args, **kwargs):
            request.ogc_format = formats[0]
            try:
                request.ogc_format = _format(request, formats)
                if not own_parameters:
                    check_parameters(request, parameters)
                with translation.override(_language(request)):
                    response = _respond(request, view(request, *args, **kwargs), formats)
            except DomainError as error:
                response = _error(request, error)
            patch_vary_headers(response, ["Accept", "Accept-Language", "Authorization", "Cookie"])
            if request.method not in {"GET", "HEAD"}:  # If-Match of a write names the state before it
                return response
            return get_conditional_response(request, etag=response.get("ETag"), response=response)

        return login_not_required(require_http_methods(methods)(answer))

    return decorate


def check_parameters(request, allowed):
    """A misspelt parameter must not silently answer another question."""
    for name, values in request.GET.lists():
        if name not in COMMON_PARAMETERS and name not in allowed:
            sentence = _("“%(name)s” is not a parameter of this address.") % {"name": name[:60]}
            raise BadRequest(sentence, fields={name: [sentence]})
        if len(values) > 1:
            sentence = _("“%(name)s” is given more than once.") % {"name": name[:60]}
            raise BadRequest(sentence, fields={name: [sentence]})
        if any("\x00" in value for value in values):
            raise BadRequest(_("A parameter holds a character that is not allowed."), fields={name: []})


def layer_or_404(request, slug):
    """The layer, as if it were not there for those who may not see it."""
    try:
        return Layer.objects.seen_as(slug, request.user)
    except Layer.DoesNotExist:
        raise NotFound(_("There is no collection “%(id)s”.") % {"id": slug}) from None


def caching(layer, request):
    """What everybody may see may be kept by shared caches, after asking whether it is still right."""
    is_public = layer.visibility == Layer.Visibility.PUBLIC and not request.user.is_authenticated
    return {"Cache-Control": "public, no-cache" if is_public else "private, no-cache"}


def link(request, rel, path, media_type=JSON.media_type, title="", **more):
    return {"rel": rel, "href": request.build_absolute_uri(path), "type": media_type, "title": str(title), **more}


def self_links(request, formats):
    """This document in every format it comes in."""
    links = []
    here = request.build_absolute_uri(request.path)
    for each in formats:
        address = f"{here}?{urlencode({**request.GET.dict(), 'f': each.key})}"
        is_this = each is request.ogc_format
        title = _("This document") if is_this else _("This document as %(format)s") % {"format": each.title}
        links.append(
            {"rel": "self" if is_this else "alternate", "href": address, "type": each.media_type, "title": title}
        )
    return links


def link_header(links):
    """Link headers; the extension relations go unquoted, as RFC 5988 writes them and the OGC test suite reads them."""
    parts = []
    for each in links:
        rel = each["rel"] if each["rel"].startswith("http") else f'"{each["rel"]}"'
        parts.append(f'<{each["href"]}>; rel={rel}; type="{each["type"]}"')
    return ", ".join(parts)


def _respond(request, answer, formats):
    if isinstance(answer, HttpResponse):
        return answer
    headers = {"Content-Language": translation.get_language(), **answer.headers}
    if request.ogc_format is HTML:
        context = {**answer.context, "alternates": self_links(request, formats)}
        return HttpResponse(render_to_string(answer.template, context, request), headers=headers)
    content = answer.content
    if isinstance(content, dict):
        if request.ogc_format is JSON:
            content["links"] = [*self_links(request, formats), *content.get("links", [])]
        content = json.dumps(content, ensure_ascii=False, cls=DjangoJSONEncoder)
    headers |= {"Access-Control-Allow-Origin": "*"}
    return HttpResponse(content, content_type=request.ogc_format.media_type, headers=headers)


def _error(request, error):
    if request.ogc_format is HTML:
        return render(
            request,
            "gis_layers/ogc/error.html",
            {"error": error_body(error.code, error.message, error.fields)},
            status=error.status,
        )
    return error_response(error)


def _format(request, formats):
    if key := request.GET.get("f"):
        for each in formats:
            if key == each.key or key == each.media_type:
                return each
        sentence = _("“f” is one of: %(formats)s.") % {"formats": ", ".join(each.key for each in formats)}
        raise BadRequest(sentence, fields={"f": [sentence]})
    for media_range in request.accepted_types:
        for each in formats:
            if any(media_range.match(kind.partition(";")[0]) for kind in (each.media_type, *each.also)):
                return each
    return formats[0]


def _language(request):
    """Pages follow the middleware; documents for programs also what the program asks for."""
    if request.ogc_format is HTML or "lang" in request.GET or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        return translation.get_language()
    known = dict(settings.LANGUAGES)
    for code, _quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower()):
        if code.partition("-")[0] in known:
            return code.partition("-")[0]
    return translation.get_language()
