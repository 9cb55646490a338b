from django.http import HttpResponse
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from muni.urls import handler400, handler403, handler404, handler500  # noqa: F401
from muni.urls import urlpatterns as all_of_ours


def page(request):
    return HttpResponse("written")


class Rest(APIView):
    def post(self, request):
        return Response("written")


urlpatterns = [*all_of_ours, path("echo/page", page), path("echo/rest", Rest.as_view())]
