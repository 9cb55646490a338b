from rest_framework.authentication import SessionAuthentication


class RequestUserAuthentication(SessionAuthentication):
    """Whoever the middleware signed in: a session (with CSRF check), HTTP Basic or an API key."""
