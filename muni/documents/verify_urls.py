from django.urls import path

from muni.documents.views import verify

app_name = "verify"
urlpatterns = [
    path("", verify.ask, name="ask"),
    path("keys", verify.keys, name="keys"),
    path("signature", verify.signature, name="signature"),
    path("<str:code>", verify.paper, name="paper"),
]
