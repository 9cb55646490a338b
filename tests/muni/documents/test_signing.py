"""The text of a QR code: genuine to the letter, or forged."""

import base64
import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from muni.documents import codes, signing
from muni.documents.models import SigningKey
from tests.muni.documents.factories import IssuedFactory

pytestmark = pytest.mark.django_db


def repacked(text, **changes):
    """The same QR with other words in its payload."""
    before, payload, signature = text.rsplit("#v1.", 1)[0], *text.rsplit("#v1.", 1)[1].split(".")
    facts = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
    packed = base64.urlsafe_b64encode(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{before}#v1.{packed.rstrip(b'=').decode()}.{signature}"


def write_key(path, key=None):
    key = key or Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_a_genuine_text_tells_what_was_signed():
    issued = IssuedFactory()
    told = signing.read(issued.signed, signing.known_keys())
    assert (told.code, told.key, told.number) == (issued.code, issued.key_id, issued.number)
    assert (told.kind, told.summary) == ("property.extract", "12/7 / 43")
    assert told.facts_digest == signing.digest_of(issued.facts)
    assert signing.read(f" {issued.signed}\n", signing.known_keys()) == told


def test_no_single_letter_can_be_changed():
    text = IssuedFactory().signed
    keys = signing.known_keys()
    for place, letter in enumerate(text):
        forged = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
        with pytest.raises(signing.NotGenuine):
            signing.read(forged, keys)


@pytest.mark.parametrize("end", ["", "#", "#v1.", "#v1..", "#v1.e30.e30", "#v1.####", "#v2.e30.e30", "#v1.ة.ة"])
def test_what_is_no_signed_text(end):
    address = IssuedFactory().signed.partition("#")[0]
    with pytest.raises(signing.NotGenuine):
        signing.read(address + end, signing.known_keys())


@pytest.mark.parametrize("change", [{"n": "2026/9999"}, {"s": "99"}, {"d": "2020-01-01"}, {"k": "00000000"}, {"x": 1}])
def test_other_words_under_the_same_signature(change):
    text = IssuedFactory().signed
    assert repacked(text) == text
    with pytest.raises(signing.NotGenuine):
        signing.read(repacked(text, **change), signing.known_keys())


def test_a_foreign_key_under_our_keys_name(settings, tmp_path):
    issued = IssuedFactory()
    keys = signing.known_keys()
    foreign = Ed25519PrivateKey.generate()
    text = signing.signed_text(issued, foreign, summary="12/7 / 43", day=issued.issued_at.date())
    with pytest.raises(signing.NotGenuine):
        signing.read(text, keys)


def test_a_development_key_is_made_once_for_its_owner_alone(settings):
    key, _private = signing.current_key()
    assert key.is_development
    assert stat.S_IMODE(settings.DEVELOPMENT_KEY.stat().st_mode) == 0o600
    assert signing.current_key()[0] == key
    assert [path.name for path in settings.DEVELOPMENT_KEY.parent.glob("tmp*")] == []


def test_papers_of_an_earlier_key_stay_genuine(settings, tmp_path):
    old = IssuedFactory()
    settings.SIGNING_KEY = write_key(tmp_path / "official.pem")
    new = IssuedFactory()
    assert not new.key.is_development
    assert old.key != new.key
    for issued in (old, new):
        assert signing.read(issued.signed, signing.known_keys()).number == issued.number


def test_a_configured_key_that_is_missing_or_of_another_kind_is_never_replaced(settings, tmp_path):
    settings.SIGNING_KEY = tmp_path / "gone.pem"
    with pytest.raises(ImproperlyConfigured):
        signing.current_key()
    assert not SigningKey.objects.exists()


def test_codes_are_long_and_forgive_how_they_are_typed():
    code = codes.new_code()
    assert len({codes.new_code() for _time in range(50)}) == 50
    assert len(codes.ALPHABET) ** codes.LENGTH >= 2**128
    assert codes.normal(codes.in_groups(code).lower()) == code
    assert codes.normal("oil- ٠١٢") == "011012"


class TestOffline:
    @pytest.fixture
    def keys(self, tmp_path, client):
        def saved():
            path = tmp_path / "keys.json"
            path.write_bytes(client.get("/verify/keys").content)
            return path

        return saved

    def test_with_the_published_keys_alone(self, keys, capsys, django_assert_num_queries):
        issued = IssuedFactory()
        path = keys()
        with django_assert_num_queries(0):
            call_command("verify_document", issued.signed, keys=path)
        said = capsys.readouterr().out
        assert issued.number in said
        assert "12/7 / 43" in said
        with pytest.raises(CommandError, match="FORGED"):
            call_command("verify_document", repacked(issued.signed, s="12/8"), keys=path)

    def test_with_the_databases_keys(self, capsys):
        issued = IssuedFactory()
        call_command("verify_document", issued.signed)
        assert issued.number in capsys.readouterr().out

    def test_with_no_keys_at_all(self, tmp_path):
        for content in ("", "{}", "[]", '{"keys": [1]}'):
            (tmp_path / "wrong.json").write_text(content)
            with pytest.raises(CommandError, match="wrong.json"):
                call_command("verify_document", "x", keys=tmp_path / "wrong.json")
