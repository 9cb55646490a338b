"""The map addresses for programs and for pages of other sites: preflights, and refusals as JSON."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from muni.core.http import error_body

OPEN_PATHS = ("/ogc/", "/tiles/")
HEADERS = "Accept, Accept-Language, Authorization, Content-Crs, Content-Type, If-Match, If-None-Match, X-Api-Key"
DAY = 86_400


class CrossOriginMiddleware:
    """Any site may read these addresses with its visitor's own key. Cookies never go with such a request: browsers
    refuse them where any origin is allowed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(OPEN_PATHS):
            return self.get_response(request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            request._dont_enforce_csrf_checks = True  # nobody is signed in by a cookie: nothing to forge
        response = self.get_response(request)
        if request.method == "OPTIONS" and response.has_header("Allow"):
            response = _preflight(response["Allow"])
        elif response.status_code == 405 and not response.content:
            allowed = response["Allow"]
            sentence = _("This address answers only: %s.") % allowed
            response = JsonResponse(error_body("method_not_allowed", sentence), status=405, headers={"Allow": allowed})
        response["Access-Control-Allow-Origin"] = "*"
        return response


def _preflight(allowed):
    methods = allowed if "OPTIONS" in allowed else f"{allowed}, OPTIONS"
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": str(DAY),
    }
    return HttpResponse(status=204, headers=headers)
