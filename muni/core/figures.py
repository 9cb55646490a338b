"""What Prometheus reads at /metrics: how many requests, by view, method and status, and how long they took."""

import os
from functools import lru_cache
from time import perf_counter

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_REQUESTS = Counter("http_requests_total", "Requests answered.", ["view", "method", "status"])
_SECONDS = Histogram("http_request_duration_seconds", "Time until the answer was ready.", ["view"])
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class FiguresMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name or match.route if match else "none"
        method = request.method if request.method in _METHODS else "other"
        _counter(view, method, response.status_code).inc()
        _clock(view).observe(perf_counter() - began)
        return response


# The library's own look-up of a labelled figure takes longer than counting.
@lru_cache(10_000)
def _counter(view, method, status):
    return _REQUESTS.labels(view, method, status)


@lru_cache(1_000)
def _clock(view):
    return _SECONDS.labels(view)


def exposition():
    """The figures of all web processes together, in Prometheus' text format."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry)
