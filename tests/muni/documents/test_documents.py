import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from muni.documents.models import Attachment
from muni.documents.services import FileNotTaken, attach, check, remove
from tests.factories import LayerFactory, UserFactory

pytestmark = pytest.mark.django_db


def office(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(zipfile.ZipInfo(name), "<x/>")  # without the time: parametrised tests are named by it
    return file.getvalue()


PDF = b"%PDF-1.7\n..."
PNG = b"\x89PNG\r\n\x1a\n..."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("خطة.pdf", PDF),
        ("A.PNG", PNG),
        ("a.jpeg", b"\xff\xd8\xff\xe0..."),
        ("a.webp", b"RIFF....WEBPVP8 "),
        ("a.docx", office("word/document.xml")),
        ("a.xlsx", office("xl/workbook.xml")),
    ],
)
def test_what_is_taken(name, content):
    assert check(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><script>"),
        ("a.pdf", b""),
        ("a.pdf", PNG),
        ("a.html", PDF),
        ("pdf", PDF),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.docx", office("xl/workbook.xml")),
        ("a.docx", office("word/document.xml", "word/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.zip", office("other.txt")),
    ],
)
def test_what_is_not_taken(name, content):
    with pytest.raises(FileNotTaken):
        check(SimpleUploadedFile(name, content))


def test_too_large(settings):
    settings.DOCUMENT_MAX_BYTES = 10
    with pytest.raises(FileNotTaken, match="10"):
        check(SimpleUploadedFile("a.pdf", PDF))


def test_a_file_lies_under_its_id_and_is_read_back():
    layer = LayerFactory()
    attachment = attach(layer, SimpleUploadedFile("../../x/خطة.pdf", PDF), by=UserFactory(), title="قرار")
    assert Attachment.objects.about(layer).get() == attachment
    assert Attachment.objects.about(LayerFactory()).count() == 0
    assert (attachment.name, attachment.size, str(attachment)) == ("خطة.pdf", len(PDF), "قرار")
    assert Path(attachment.file.name).name == attachment.pk.hex
    assert attachment.file.read() == PDF
    attachment.file.close()


def test_a_removed_file_is_gone_from_the_disk(django_capture_on_commit_callbacks):
    attachment = attach(LayerFactory(), SimpleUploadedFile("a.pdf", PDF), by=None)
    path = Path(attachment.file.path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        remove(attachment)
    assert not path.exists()
    assert not Attachment.objects.exists()


def test_who_sees_the_subject_reads_the_file_and_nobody_else(client, client_of):
    layer = LayerFactory(staff=True)
    attachment = attach(layer, SimpleUploadedFile("خطة.pdf", PDF), by=None)
    address = f"/documents/{attachment.pk}/"
    assert client.get(address).status_code == 404
    assert client_of(UserFactory()).get(address).status_code == 404
    official = client_of(UserFactory(permissions=["gis_layers.add_layer"]))
    answer = official.get(address)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    layer.visibility = layer.Visibility.PUBLIC
    layer.save()
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == PDF


def test_what_browsers_should_not_show_is_saved(client):
    layer = LayerFactory(public=True)
    attachment = attach(layer, SimpleUploadedFile("a.docx", office("word/document.xml")), by=None)
    answer = client.get(f"/documents/{attachment.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    list(answer.streaming_content)
