"""A planner's way from a file to a layer, and who may not go it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gis_layers.importing import services
from gis_layers.models import ImportJob, Layer
from tests.factories import DepartmentFactory, LayerFactory, UserFactory
from tests.gis_layers.importing.files import arabic_frame, box, geojson, imported, shapefile

pytestmark = pytest.mark.django_db
UPLOAD = "/layers/import/"


@pytest.fixture
def page(client_of, planner):
    client = client_of(planner)
    client.get("/layers/?lang=en")
    return client


def sent(client, path, address=UPLOAD):
    """The job of an uploaded file, after the worker has looked into it."""
    response = client.post(address, {"file": SimpleUploadedFile(path.name, path.read_bytes())})
    assert response.status_code == 302, response.content
    job = ImportJob.objects.get(pk=response.url.strip("/").rsplit("/", 1)[-1])
    services.run(job.pk)
    job.refresh_from_db()
    return job


def chosen(client, job, **changes):
    """The choices page's form as the page gives it, with changes, sent."""
    form = client.get(job_page(job)).context["form"]
    data = {name: "" if value is None else value for name, value in form.initial.items() if name in form.fields}
    rows = client.get(job_page(job)).context["rows"]
    for row in rows:
        for name, value in row.initial.items():
            if name in row.fields and value is not False:
                data[f"{row.prefix}-{name}"] = "on" if value is True else value
    return client.post(job_page(job), {**data, "act": "import", **changes})


def job_page(job):
    return reverse("importing:job", args=[job.pk])


def test_from_upload_to_report(page, planner, tmp_path):
    job = sent(page, shapefile(tmp_path, arabic_frame("EPSG:32638"), encoding="cp1256", without={".prj", ".cpg"}))
    assert (job.state, job.made_by, job.folder.exists()) == ("waiting", planner, True)
    seen = page.get(job_page(job))
    assert "حي العسكري" in seen.content.decode()
    assert "does not say its coordinate system" in seen.content.decode()

    page.post(job_page(job), {"crs": "EPSG:32638", "encoding": "cp1252", "target": "new", "title_ar": "أحياء"})
    again = page.get(job_page(job))
    assert "حي العسكري".encode("cp1256").decode("cp1252") in again.content.decode()
    assert len(again.context["preview"]["features"]["features"]) == 5
    assert again.context["form"].initial["title_ar"] == "أحياء"

    response = chosen(page, job, encoding="cp1256", slug="quarters", **{"column-1-title_ar": "الرمز"})
    assert response.status_code == 302, response.context["form"].errors
    job.refresh_from_db()
    assert job.state == "queued"
    assert "Waiting for a free worker" in page.get(job_page(job)).content.decode()
    services.run(job.pk)
    layer = Layer.objects.get(slug="quarters")
    assert (layer.title_ar, layer.visibility, layer.schema.get(name="CODE").title_ar) == ("أحياء", "private", "الرمز")
    assert layer.features.first().attributes["NAME_AR"] == "حي العسكري"
    report = page.get(job_page(job)).content.decode()
    assert job.sha256 in report
    assert page.get("/layers/quarters/imports/").context["jobs"][0] == job
    assert not list(job.folder.glob("upload*"))


def test_a_crs_must_be_chosen_when_the_file_has_none(page, tmp_path):
    job = sent(page, shapefile(tmp_path, arabic_frame("EPSG:32638"), without={".prj"}))
    response = chosen(page, job)
    assert response.status_code == 400
    assert "crs" in response.context["form"].errors


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "taken"}, "slug"),
        ({"slug": "import"}, "slug"),
        ({"title_ar": ""}, "title_ar"),
        ({"crs": "EPSG:1"}, "crs"),
        ({"target": "existing", "layer": ""}, "layer"),
        ({"target": "existing", "layer": "taken"}, "layer"),
    ],
)
def test_choices_that_do_not_fit_are_told_beside_their_field(page, tmp_path, changes, field):
    LayerFactory(slug="taken")  # of another department
    job = sent(page, geojson(tmp_path / "a.geojson", (box(), {"n": 1})))
    response = chosen(page, job, **changes)
    assert response.status_code == 400
    assert field in response.context["form"].errors
    job.refresh_from_db()
    assert job.state == "waiting"


def test_into_an_existing_layer(client_of, tmp_path):
    office = DepartmentFactory()
    user = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=office)
    layer = LayerFactory(slug="wells", department=office)
    client = client_of(user)
    job = sent(client, geojson(tmp_path / "a.geojson", (box(), {"n": 1})), "/layers/wells/import/")
    assert chosen(client, job, mode="append").status_code == 302
    services.run(job.pk)
    layer.refresh_from_db()
    assert layer.feature_count == 1


def test_a_failed_import_can_be_tried_again(page, tmp_path):
    job = sent(page, geojson(tmp_path / "a.geojson", (box(), {"n": 1})))
    chosen(page, job, slug="wells")
    ImportJob.objects.filter(pk=job.pk).update(
        choices={**ImportJob.objects.get(pk=job.pk).choices, "crs": "EPSG:32638"}
    )
    ImportJob.objects.filter(pk=job.pk).update(state="failed", error="x")
    page.post(reverse("importing:retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "waiting"
    assert page.get(job_page(job)).status_code == 200


def test_stopping_leaves_nothing(page, tmp_path):
    job = sent(page, geojson(tmp_path / "a.geojson", (box(), {"n": 1})))
    page.post(reverse("importing:cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not job.folder.exists()


def test_what_is_done_cannot_be_stopped(page, tmp_path):
    job = sent(page, geojson(tmp_path / "a.geojson", (box(), {"n": 1})))
    chosen(page, job, slug="wells")
    services.run(job.pk)
    assert page.post(reverse("importing:cancel", args=[job.pk])).url == job_page(job)
    job.refresh_from_db()
    assert job.state == "done"


def test_a_file_that_is_no_map_is_told(page, tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"nothing")
    job = sent(page, path)
    assert job.state == "failed"
    assert "The file is damaged or is not what its name says." in page.get(job_page(job)).content.decode()


def test_a_too_large_upload_is_refused_before_it_is_read(page, settings):
    def unread(*args):
        raise AssertionError("the body was read")

    settings.IMPORT_MAX_BYTES = 2 * 1024**3
    response = page.generic(
        "POST",
        UPLOAD,
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(3 * 1024**3),
        **{"wsgi.input": type("Body", (), {"read": unread, "readline": unread})()},
    )
    assert response.status_code == 413
    assert "2 GB" in response.content.decode()


def test_an_upload_that_grows_too_large_is_stopped(page, settings, tmp_path):
    settings.IMPORT_MAX_BYTES = 100_000
    response = page.post(UPLOAD, {"file": SimpleUploadedFile("big.csv", b"x" * 120_000)})
    assert response.status_code == 413
    assert not list((settings.MEDIA_ROOT / "uploads").iterdir())
    assert not ImportJob.objects.exists()


def test_an_aborted_upload_leaves_nothing(page, settings):
    from django.http import UnreadablePostError

    class Breaking:
        def __init__(self):
            head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            self.parts = [head + b"lat,lon\n" * 50_000]

        def read(self, size=-1):
            if self.parts:
                return self.parts.pop()
            raise UnreadablePostError("the line is down")

        readline = read

    response = page.generic(
        "POST",
        UPLOAD,
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="900000",
        **{"wsgi.input": Breaking()},
    )
    assert response.status_code >= 400
    folder = settings.MEDIA_ROOT / "uploads"
    assert not folder.exists() or not list(folder.iterdir())
    assert not ImportJob.objects.exists()


def test_the_upload_needs_its_token(planner, tmp_path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(planner)
    response = client.post(UPLOAD, {"file": SimpleUploadedFile("a.csv", b"lat,lon\n1,1\n")})
    assert response.status_code == 403
    assert not ImportJob.objects.exists()


def test_who_may_not_import(client_of, citizen, tmp_path):
    LayerFactory(slug="wells", public=True)
    job = imported(geojson(tmp_path / "a.geojson", (box(), {"n": 1}), (None, {})))
    stranger = UserFactory(permissions=["gis_layers.add_layer", "gis_layers.change_layer"])
    addresses = [job_page(job), reverse("importing:rejected", args=[job.pk])]
    acts = [reverse("importing:cancel", args=[job.pk]), reverse("importing:retry", args=[job.pk])]
    for address in [UPLOAD, "/layers/wells/import/", *addresses]:
        assert Client().get(address).status_code == 302
    assert client_of(citizen).get(UPLOAD).status_code == 403
    assert client_of(citizen).get("/layers/wells/import/").status_code == 403
    assert client_of(stranger).get("/layers/wells/import/").status_code == 403
    for user in (citizen, stranger):
        assert [client_of(user).get(a).status_code for a in addresses] == [404, 404]
        assert [client_of(user).post(a).status_code for a in acts] == [404, 404]
        assert client_of(user).get("/layers/wells/imports/").status_code == 404


def test_the_reject_file_is_fetched_by_its_owner(client_of, tmp_path):
    office = DepartmentFactory()
    keeper = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=office)
    job = imported(geojson(tmp_path / "a.geojson", (box(), {"n": 1}), (None, {"n": 2})), department=office)
    response = client_of(keeper).get(reverse("importing:rejected", args=[job.pk]))
    assert b"".join(response.streaming_content).decode("utf-8-sig").count("\n") == 2
    assert client_of(keeper).get(reverse("importing:repaired", args=[job.pk])).status_code == 404
