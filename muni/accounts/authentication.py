from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication

from muni.core.http import challenge


class RequestUserAuthentication(SessionAuthentication):
    """Whoever the middleware signed in: a session (a write needs its CSRF token), HTTP Basic or an API key (which the
    middleware exempts from it)."""

    def authenticate_header(self, request):
        return challenge(request)


class Schemes(OpenApiAuthenticationExtension):
    """The three ways in, for the OpenAPI document."""

    target_class = RequestUserAuthentication
    name = ["session", "basic", "apiKey"]

    def get_security_requirement(self, auto_schema):
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema):
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            {"type": "http", "scheme": "basic", "description": "User name and password, or user name and API key."},
            {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        ]
