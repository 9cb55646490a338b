"""Anybody checks a paper: what is said of it, and how little to those who guess."""

from datetime import timedelta

import pytest
from django.utils import timezone

from muni.documents import codes, verification
from muni.documents.models import Check, Issued
from tests.muni.documents.factories import IssuedFactory
from tests.muni.documents.test_signing import repacked

pytestmark = pytest.mark.django_db
NAME = "جاسم محمد اللامي"


def text(answer):
    return answer.content.decode()


def ask(client, typed, **more):
    return client.post("/verify/?lang=en", {"text": typed}, **more)


@pytest.mark.parametrize(
    ("state", "said", "shows_facts"),
    [
        ("valid", "has been valid since", True),
        ("superseded", "a later act", True),
        ("revoked", "took this document back", False),
    ],
)
def test_what_is_said_of_each_state(client, state, said, shows_facts):
    issued = IssuedFactory(state=state, reason="سرّ المكتب")
    answer = client.get(f"/verify/{issued.code}?lang=en")
    assert answer.status_code == 200
    assert said in text(answer)
    assert issued.number in text(answer)
    assert (NAME in text(answer)) == shows_facts
    assert "سرّ المكتب" not in text(answer)
    assert answer["Cache-Control"].startswith("max-age=0")
    assert answer["X-Robots-Tag"] == "noindex"


def test_arabic_is_the_first_language(client):
    issued = IssuedFactory()
    assert 'lang="ar" dir="rtl"' in text(client.get(f"/verify/{issued.code}"))


def test_a_code_is_typed_in_either_digit_set_with_or_without_hyphens(client):
    issued = IssuedFactory(code="0123456789ABCDEFGHJKMNPQRSTV")
    arabic = issued.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    noisy = "\u2068" + "\u00a0".join(codes.in_groups(issued.code).split("-")) + "\n\u200b?x=1"
    for typed in (
        arabic,
        codes.in_groups(issued.code).lower(),
        issued.signed.partition("#")[0],
        f" {issued.signed} ",
        noisy,
    ):
        answer = ask(client, typed)
        assert answer.status_code == 200
        assert issued.number in text(answer), typed


def test_an_unknown_code_tells_nothing(client):
    issued = IssuedFactory()
    wrong = [
        codes.new_code(),
        issued.code[:-1],
        issued.code + "0",
        "x",
        issued.number,
        str(issued.pk),
        NAME,
        "\0",
        "%00",
    ]
    for typed in wrong:
        answer = ask(client, typed)
        if typed != "\0":  # which the form refuses
            assert answer.status_code == 404, typed
        for secret in (NAME, "43 الشبانة", issued.code):
            assert secret not in text(answer).replace(f">\n{typed}</textarea>", "")
        assert str(issued.place.name_ar) not in text(answer)


def test_a_forged_or_altered_qr_is_said_to_be_forged(client, settings, tmp_path):
    issued, other = IssuedFactory(), IssuedFactory()
    elsewhere = other.signed.replace(other.code, issued.code)
    signature = issued.signed.rpartition(".")[2]
    turned = issued.signed.removesuffix(signature) + signature[::-1]
    for forged in (repacked(issued.signed, s="99"), turned, elsewhere, issued.signed.replace("#v1.", "#v2.")):
        answer = ask(client, forged)
        assert "forged or altered" in text(answer)
        assert NAME not in text(answer)
        signed = client.post("/verify/signature", {"text": forged}).json()
        assert signed["genuine"] is False
    moved = "https://gis.example.iq/verify/" + issued.signed.partition("/verify/")[2]
    for genuine in (issued.signed, moved):  # as an address that was redirected
        assert client.post("/verify/signature", {"text": genuine}).json()["genuine"] is True
        assert issued.number in text(ask(client, genuine))


def test_a_genuine_paper_that_the_register_lost_is_unknown_and_a_forged_one_forged(client):
    issued = IssuedFactory()
    signed = issued.signed
    issued.delete()
    assert ask(client, signed).status_code == 404
    assert "forged or altered" in text(ask(client, repacked(signed, s="99")))


@pytest.mark.parametrize(
    "change", [{"facts": {"unit": 8, "parcels": [], "titles": [], "burdens": [], "sources": []}}, {"number": "2020/1"}]
)
def test_what_was_changed_in_the_database_does_not_pass(client, change):
    issued = IssuedFactory()
    Issued.objects.filter(pk=issued.pk).update(**change)
    assert "forged or altered" in text(client.get(f"/verify/{issued.code}?lang=en"))


def test_checks_are_kept_and_their_addresses_forgotten(client):
    issued = IssuedFactory()
    client.get(f"/verify/{issued.code}", REMOTE_ADDR="10.1.2.3")
    client.get("/verify/nothing", REMOTE_ADDR="10.1.2.3")
    assert list(Check.objects.order_by("pk").values_list("outcome", "address", "document")) == [
        ("valid", "10.1.2.3", issued.pk),
        ("unknown", "10.1.2.3", None),
    ]
    Check.objects.filter(outcome="valid").update(at=timezone.now() - verification.KEPT - timedelta(days=1))
    verification.forget()
    assert set(Check.objects.values_list("outcome", "address")) == {("valid", None), ("unknown", "10.1.2.3")}


def test_guessing_is_slowed_down_and_others_are_not(client, monkeypatch):
    monkeypatch.setattr(verification, "MISSES", ((timedelta(hours=1), 3),))
    issued = IssuedFactory()
    for _time in range(3):
        assert client.get("/verify/nothing", REMOTE_ADDR="10.1.2.3").status_code == 404
    for address in (f"/verify/{issued.code}", "/verify/nothing"):
        assert client.get(address, REMOTE_ADDR="10.1.2.3").status_code == 429
    assert ask(client, issued.code, REMOTE_ADDR="10.1.2.3").status_code == 429
    assert client.get(f"/verify/{issued.code}", REMOTE_ADDR="10.1.2.4").status_code == 200
    Check.objects.update(at=timezone.now() - timedelta(hours=2))
    assert client.get(f"/verify/{issued.code}", REMOTE_ADDR="10.1.2.3").status_code == 200


def test_whoever_checks_all_day_is_slowed_down_too(client, monkeypatch):
    monkeypatch.setattr(verification, "CHECKS", ((timedelta(minutes=1), 2),))
    address = f"/verify/{IssuedFactory().code}"
    assert [client.get(address).status_code for _time in range(3)] == [200, 200, 429]


def test_keys_are_published_without_their_secret(client, settings):
    key = IssuedFactory().key
    (told,) = client.get("/verify/keys").json()["keys"]
    assert (told["id"], told["public_key"], told["is_development"]) == (key.pk, key.public_key, True)
    assert set(told) == {"id", "algorithm", "public_key", "is_development", "since"}


def test_a_check_costs_few_questions(client, django_assert_max_num_queries):
    issued = IssuedFactory()
    client.get(f"/verify/{issued.code}")
    with django_assert_max_num_queries(16):
        client.get(f"/verify/{issued.code}")
