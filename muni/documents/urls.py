from django.urls import path

from muni.documents.views import attachments, issued

app_name = "documents"
urlpatterns = [
    path("<uuid:pk>/", attachments.download, name="download"),
    path("issued/<int:pk>/", issued.issued, name="issued"),
    path("issued/<int:pk>/paper.pdf", issued.paper, name="paper"),
]
