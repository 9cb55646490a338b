import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import translation

from muni.accounts.models import User

pytestmark = pytest.mark.django_db


def raising(error):
    def view(request):
        raise error

    view.login_required = False
    return view


def form(request):
    return HttpResponse("sent")


form.login_required = False

urlpatterns = [
    path("bad", raising(SuspiciousOperation())),
    path("forbidden", raising(PermissionDenied())),
    path("large", raising(RequestDataTooBig())),
    path("api/v1/large", raising(RequestDataTooBig())),
    path("broken", raising(ValueError())),
    path("api/v1/broken", raising(ValueError())),
    path("form", form),
    path("", include("muni.urls")),
]
handler400 = "muni.web.errors.bad_request"
handler403 = "muni.web.errors.forbidden"
handler404 = "muni.web.errors.not_found"
handler500 = "muni.web.errors.failed"


@pytest.fixture
def browser():
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False, enforce_csrf_checks=True)
    translation.activate("ar")


@pytest.mark.parametrize(
    ("address", "status", "arabic", "english"),
    [
        ("/bad", 400, "تعذّر فهم الطلب", "could not be understood"),
        ("/forbidden", 403, "لا يحق لك", "may not see this page"),
        ("/nothing", 404, "لا يوجد شيء", "nothing at this address"),
        ("/broken", 500, "خلل من جانبنا", "went wrong on our side"),
    ],
)
def test_errors_are_sentences_in_both_languages(browser, address, status, arabic, english):
    page = browser.get(address)
    assert page.status_code == status
    assert arabic in page.text
    assert 'dir="rtl"' in page.text
    page = browser.get(address, {"lang": "en"})
    assert english in page.text
    assert 'dir="ltr"' in page.text


def test_a_form_without_token_says_what_to_do(browser):
    page = browser.post("/form")
    assert page.status_code == 403
    assert "أعد تحميل الصفحة" in page.text


def test_too_much_at_once_says_how_much_is_taken(browser):
    page = browser.get("/large")
    assert page.status_code == 413
    assert "10" in page.text
    answer = browser.get("/api/v1/large")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_strange_host_gets_a_sentence(browser):
    page = browser.get("/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert "تعذّر فهم الطلب" in page.text


def test_programs_get_json(browser):
    response = browser.get("/api/v1/broken")
    assert response.status_code == 500
    assert response.json()["code"] == "error"
    assert browser.get("/api/v1/nothing").json()["code"] == "not_found"


def test_a_failure_is_told_without_the_database(browser, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert browser.get("/broken").status_code == 500


def test_the_demo_banner_shows_with_demo_accounts_only(client):
    assert "بيانات تجريبية" not in client.get("/").text
    User.objects.create(username="planner", is_demo=True)
    cache.clear()
    assert "بيانات تجريبية" in client.get("/").text
