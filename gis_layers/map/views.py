from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render


@login_not_required
def page(request):
    return render(request, "gis_layers/map/page.html")
