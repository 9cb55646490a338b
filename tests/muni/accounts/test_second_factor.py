import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from muni.accounts import second_factor
from muni.accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
RIGHT = "a long secret"
SET_UP = "/accounts/second-factor/"


def code_of(device, steps=0):
    """What the app on the telephone shows now, or `steps` half-minutes later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def calm(model=TOTPDevice):
    """As if the wait after a wrong code were over."""
    model.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)


@pytest.fixture
def secured(db):
    user = UserFactory(username="zainab")
    TOTPDevice.objects.create(user=user, confirmed=True)
    return user


def give_password(client, next_url=""):
    return client.post("/accounts/login/", {"username": "zainab", "password": RIGHT, "next": next_url})


def give_code(client, code):
    return client.post("/accounts/login/code/", {"code": code})


def signed_in(client):
    return client.get("/accounts/").status_code == 200


# Signing in


def test_the_password_alone_opens_nothing(client, secured):
    assert give_password(client).url == "/accounts/login/code/"
    assert not signed_in(client)
    assert client.get("/accounts/login/code/").status_code == 200


def test_with_the_code_one_is_in_and_back_where_one_wanted_to_be(client, secured):
    give_password(client, "/accounts/keys/new/")
    assert give_code(client, code_of(secured.totpdevice_set.get())).url == "/accounts/keys/new/"
    assert signed_in(client)


def test_the_code_may_be_in_arabic_digits_and_spaced(client, secured):
    give_password(client)
    shown = code_of(secured.totpdevice_set.get()).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert give_code(client, f"{shown[:3]} {shown[3:]}").status_code == 302


def test_a_code_works_once(secured):
    code = code_of(secured.totpdevice_set.get())
    first, second = Client(), Client()
    give_password(first)
    give_password(second)
    assert give_code(first, code).status_code == 302
    assert give_code(second, code).status_code == 200
    assert not signed_in(second)


def test_wrong_codes_have_to_be_waited_off_and_the_right_one_does_not_help(client, secured):
    give_password(client)
    device = secured.totpdevice_set.get()
    wrong = f"{(int(code_of(device)) + 500_000) % 1_000_000:06d}"
    assert "غير صحيح" in give_code(client, wrong).content.decode()
    assert "انتظر" in give_code(client, code_of(device)).content.decode()
    assert not signed_in(client)
    calm()
    assert give_code(client, code_of(device)).status_code == 302


def test_nobody_can_begin_with_the_code(client, secured):
    assert client.get("/accounts/login/code/").url == "/accounts/login/"
    assert give_code(client, code_of(secured.totpdevice_set.get())).url == "/accounts/login/"
    assert not signed_in(client)


@pytest.mark.parametrize("spoil", ["too late", "password changed meanwhile", "made dormant meanwhile"])
def test_the_right_password_is_held_for_minutes_only(client, secured, spoil, monkeypatch):
    give_password(client)
    if spoil == "too late":
        now = time.time()
        monkeypatch.setattr(second_factor.time, "time", lambda: now + 601)
    if spoil == "password changed meanwhile":
        secured.set_password("another secret")
        secured.save()
    if spoil == "made dormant meanwhile":
        secured.is_active = False
        secured.save()
    assert give_code(client, code_of(secured.totpdevice_set.get())).url == "/accounts/login/"


def test_another_accounts_telephone_does_not_help(client, secured):
    other = TOTPDevice.objects.create(user=UserFactory(), confirmed=True)
    give_password(client)
    assert give_code(client, code_of(other)).status_code == 200
    assert not signed_in(client)


def test_a_device_that_was_never_confirmed_is_not_asked(client):
    user = UserFactory(username="zainab")
    TOTPDevice.objects.create(user=user, confirmed=False)
    assert give_password(client).url == "/"


def test_a_recovery_code_lets_in_once(secured):
    [code, *_rest] = second_factor.make_recovery_codes(secured)
    client, again = Client(), Client()
    give_password(client)
    assert give_code(client, code.upper()).status_code == 302
    give_password(again)
    assert give_code(again, code).status_code == 200
    assert StaticDevice.objects.get().token_set.count() == second_factor.RECOVERY_CODES - 1


def test_guessing_recovery_codes_is_slowed_down(client, secured):
    [code, *_rest] = second_factor.make_recovery_codes(secured)
    give_password(client)
    give_code(client, "aaaa-aaaa")
    assert "انتظر" in give_code(client, code).content.decode()


def test_the_session_gets_a_new_name_at_both_steps(client, secured):
    session = client.session
    session["planted"] = 1
    session.save()
    names = [session.session_key]
    give_password(client)
    names.append(client.session.session_key)
    give_code(client, code_of(secured.totpdevice_set.get()))
    names.append(client.session.session_key)
    assert len(set(names)) == 3


# Setting up


def test_setting_up_shows_a_square_and_then_recovery_codes_once(client_of):
    user = UserFactory(username="zainab")
    client = client_of(user)
    page = client.get(SET_UP).content.decode()
    device = TOTPDevice.objects.get()
    assert "<svg" in page
    assert "http" not in page[page.index("<svg") : page.index("</svg>")].replace("http://www.w3.org/2000/svg", "")
    assert client.get(SET_UP).status_code == 200
    assert TOTPDevice.objects.get() == device, "reloading keeps the square"

    assert "غير صحيح" in client.post(SET_UP, {"code": "000000"}).content.decode() or code_of(device) == "000000"
    calm()
    done = client.post(SET_UP, {"code": code_of(device)}).content.decode()
    assert done.count("<li><code>") == second_factor.RECOVERY_CODES
    device.refresh_from_db()
    assert device.confirmed
    assert LogEntry.objects.get().change_message == "second factor set up"
    assert client.get("/accounts/").status_code == 200
    assert give_password(Client()).url == "/accounts/login/code/"


def test_removing_and_renewing_need_a_code(client_of, secured):
    client = client_of(secured)
    device = secured.totpdevice_set.get()
    old = second_factor.make_recovery_codes(secured)
    for path in ("/accounts/second-factor/recovery-codes/", "/accounts/second-factor/remove/"):
        client.post(path, {"code": "12345a"})
        assert TOTPDevice.objects.filter(confirmed=True).exists()
        assert StaticDevice.objects.get().token_set.filter(token=old[0].replace("-", "")).exists()
        calm()
    client.post("/accounts/second-factor/recovery-codes/", {"code": code_of(device)})
    assert not StaticDevice.objects.get().token_set.filter(token=old[0].replace("-", "")).exists()
    device.refresh_from_db()
    assert client.post("/accounts/second-factor/remove/", {"code": code_of(device, steps=1)}).url == "/accounts/"
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()


# An office that asks for it


@pytest.fixture
def obliged(db):
    user = UserFactory(username="zainab", permissions=["gis_layers.change_layer"])
    Role.objects.update(second_factor_required=True)
    return user


def test_who_must_have_one_sets_it_up_before_anything_else(client, obliged):
    give_password(client)
    assert client.get("/").url == SET_UP
    refused = client.get("/api/v1/places/", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    page = client.get(SET_UP)
    assert page.status_code == 200
    client.post(SET_UP, {"code": code_of(TOTPDevice.objects.get())})
    assert client.get("/").status_code == 200


def test_an_office_that_ended_asks_for_nothing(client, obliged):
    membership = obliged.memberships.get()
    membership.valid_from -= timedelta(days=9)
    membership.valid_to = membership.valid_from + timedelta(days=1)
    membership.save()
    give_password(client)
    assert client.get("/").status_code == 200
