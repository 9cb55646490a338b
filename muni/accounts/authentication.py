from rest_framework.authentication import SessionAuthentication

from muni.core.http import challenge


class RequestUserAuthentication(SessionAuthentication):
    """Whoever the middleware signed in: a session (a write needs its CSRF token), HTTP Basic or an API key (which the
    middleware exempts from it)."""

    def authenticate_header(self, request):
        return challenge(request)
