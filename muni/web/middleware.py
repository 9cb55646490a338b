from django.conf import settings
from django.utils import translation

COOKIE = settings.LANGUAGE_COOKIE_NAME


class LanguageMiddleware:
    """Arabic unless the address asks (`?lang=en`) or the cookie remembers; what the browser prefers is not asked,
    since in an Iraqi office it is mostly a machine's default."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.known = dict(settings.LANGUAGES)

    def __call__(self, request):
        asked = request.GET.get("lang")
        remembered = request.COOKIES.get(COOKIE)
        language = next((code for code in (asked, remembered) if code in self.known), settings.LANGUAGE_CODE)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if asked in self.known and asked != remembered:
            response.set_cookie(
                COOKIE, asked, max_age=31_536_000, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response
