import logging
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from muni.notices.models import Message
from muni.notices.services import attempt
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
RIGHT = "a long secret"


def sign_in(client, username, password=RIGHT, **extra):
    return client.post(LOGIN, {"username": username, "password": password}, **extra)


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("typed", ["zainab", "٠٧٧٠ ١٢٣ ٤٥٦٧", "+9647701234567"])
def test_by_name_or_telephone(client, typed):
    UserFactory(username="zainab", phone="+9647701234567")
    assert sign_in(client, typed).url == "/"
    assert signed_in(client)


def test_the_page_is_arabic_and_fit_for_password_managers(client):
    page = client.get(LOGIN).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "تسجيل الدخول" in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_a_wrong_password_says_so_in_a_summary_and_never_which_was_wrong(client):
    UserFactory(username="zainab")
    known = sign_in(client, "zainab", "wrong").content.decode()
    unknown = sign_in(client, "nobody", "wrong").content.decode()
    assert 'class="error-summary" role="alert"' in known
    sentence = "اسم المستخدم أو كلمة المرور غير صحيحة"
    assert sentence in known
    assert sentence in unknown


def test_a_dormant_account_stays_out(client):
    UserFactory(username="zainab", is_active=False)
    assert sign_in(client, "zainab").status_code == 200
    assert not signed_in(client)


def test_eight_wrong_tries_lock_this_name_at_this_address_until_the_cool_off(client):
    UserFactory(username="zainab", phone="+9647701234567")
    other = UserFactory(username="other")
    for _ in range(7):
        assert sign_in(client, "zainab", "wrong").status_code == 200
    # The telephone number is the same account: it does not give eight tries more.
    locked = sign_in(client, "07701234567", "wrong")
    assert locked.status_code == 429
    assert locked.headers["Retry-After"] == "900"
    assert "15 دقيقة" in locked.content.decode()

    assert sign_in(client, "zainab").status_code == 429
    assert not signed_in(client)
    assert signed_in_elsewhere("zainab", REMOTE_ADDR="10.1.1.1")
    assert sign_in(client, other.username).status_code == 302

    client.logout()
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))
    assert sign_in(client, "zainab").status_code == 302


def signed_in_elsewhere(username, **extra):
    client = Client(**extra)
    return sign_in(client, username).status_code == 302


def test_trying_on_while_locked_does_not_make_it_longer(client):
    UserFactory(username="zainab")
    for _ in range(8):
        sign_in(client, "zainab", "wrong")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=10))
    assert "5 دقائق" in sign_in(client, "zainab", "wrong").content.decode()
    assert "5 دقائق" in sign_in(client, "zainab", "wrong").content.decode()


def test_a_forged_forwarding_header_does_not_open_the_lock(client):
    UserFactory(username="zainab")
    for number in range(8):
        sign_in(client, "zainab", "wrong", headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert sign_in(client, "zainab", headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_no_way_out_through_next(client, target):
    UserFactory(username="zainab")
    answer = client.post(f"{LOGIN}?next={target}", {"username": "zainab", "password": RIGHT, "next": target})
    assert answer.url == "/"


def test_back_to_the_page_that_asked(client):
    UserFactory(username="zainab")
    asked = client.get("/accounts/")
    assert asked.url == f"{LOGIN}?next=/accounts/"
    assert client.post(asked.url, {"username": "zainab", "password": RIGHT, "next": "/accounts/"}).url == "/accounts/"


def test_the_session_gets_a_new_name_at_sign_in(client):
    UserFactory(username="zainab")
    session = client.session
    session["planted"] = "by somebody"
    session.save()
    before = session.session_key
    sign_in(client, "zainab")
    assert client.session.session_key != before


def test_signing_out_needs_a_post(client_of, citizen):
    client = client_of(citizen)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == "/"
    assert not signed_in(client)


def test_sign_in_needs_the_token_of_the_form():
    UserFactory(username="zainab")
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "zainab").status_code == 403
    assert not signed_in(client)


def test_programs_get_401_and_htmx_gets_a_redirect_of_the_whole_page(client):
    answer = client.get("/accounts/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    answer = client.get("/accounts/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"{LOGIN}?next=/accounts/"


def test_the_log_tells_of_sign_ins_and_never_of_passwords(client, caplog):
    user = UserFactory(username="zainab")
    with caplog.at_level(logging.INFO, "muni.security"):
        for _ in range(8):
            sign_in(client, "zainab", "hunter-2-hunter")
        sign_in(Client(REMOTE_ADDR="10.1.1.1"), "zainab")
        sign_in(client, "a password\nin the wrong field", "x")
    said = [record.getMessage() for record in caplog.records if record.name == "muni.security"]
    assert f"signed in: user {user.pk} from 10.1.1.1" in said
    assert "locked out: 'zainab' from 127.0.0.1" in said
    assert not any("hunter" in line or "wrong field" in line or "\n" in line for line in said)


def test_a_forgotten_password_by_letter(client, settings):
    settings.PUBLIC_URL = "https://amarah.example"
    settings.ALLOWED_HOSTS = ["*"]
    user = UserFactory(email="zainab@amarah.example", username="zainab")
    answer = client.post("/accounts/reset/", {"email": "zainab@amarah.example"}, headers={"Host": "evil.example"})
    assert answer.url == "/accounts/reset/sent/"
    assert mail.outbox == []  # the page does not wait for the mail server
    waiting = Message.objects.get()
    attempt(waiting.pk)
    [letter] = mail.outbox
    waiting.refresh_from_db()
    assert waiting.text == ""
    assert "كلمة مرور" in letter.subject
    assert "https://amarah.example/accounts/reset/" in letter.body
    assert "evil" not in letter.body
    link = letter.body.split("https://amarah.example")[1].split()[0]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": "نخلة-على-دجلة", "new_password2": "نخلة-على-دجلة"})
    assert sign_in(client, "zainab", "نخلة-على-دجلة").status_code == 302
    client.logout()
    assert "لم يعد" in client.get(link, follow=True).content.decode()
    user.refresh_from_db()
    assert not user.check_password(RIGHT)


def test_a_stranger_learns_nothing_from_the_reset_page_and_nobody_is_flooded(client):
    UserFactory(email="zainab@amarah.example")
    known = client.post("/accounts/reset/", {"email": "zainab@amarah.example"})
    unknown = client.post("/accounts/reset/", {"email": "nobody@amarah.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    cache.clear()  # as another process would find it
    client.post("/accounts/reset/", {"email": "Zainab@amarah.example"})
    assert Message.objects.count() == 1


def test_a_changed_password_ends_other_sessions_and_keeps_this_one(client_of):
    user = UserFactory()
    here, there = client_of(user), client_of(user)
    answer = here.post(
        reverse("accounts:password"),
        {"old_password": RIGHT, "new_password1": "another long one", "new_password2": "another long one"},
    )
    assert answer.url == "/accounts/"
    assert here.get("/accounts/").status_code == 200
    assert there.get("/accounts/").status_code == 302


def test_a_weak_password_is_refused_with_a_sentence(client_of, citizen):
    answer = client_of(citizen).post(
        reverse("accounts:password"), {"old_password": RIGHT, "new_password1": "12345678", "new_password2": "12345678"}
    )
    assert 'class="error-summary"' in answer.content.decode()
