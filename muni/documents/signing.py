"""What the QR of a paper holds, and whose signature proves it without a network:

    https://host/verify/CODE#v1.PAYLOAD.SIGNATURE

PAYLOAD is JSON in base64url without padding: k key, t kind, n number, d day of issue, s summary, f the first 16 bytes
(base64url) of the SHA-256 of the facts. SIGNATURE is Ed25519 over the bytes of all that stands before its dot, the
address included. What follows # is not sent to the server by a browser.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder

from muni.documents import codes
from muni.documents.models import SigningKey

MARK = "#v1."
_TEXT = re.compile(r"https?://\S+/verify/(?P<code>\w+)#v1\.(?P<payload>[\w-]+)\.(?P<signature>[\w-]+)", re.ASCII)
_PAYLOAD = {"k", "t", "n", "d", "s", "f"}


class NotGenuine(Exception):
    """The text was not signed by us, or was changed since."""


@dataclass(frozen=True)
class Statement:
    """What a genuine QR says. day: ISO."""

    code: str
    key: str
    kind: str
    number: str
    day: str
    summary: str
    facts_digest: str


def current_key():
    """(SigningKey, Ed25519PrivateKey) to sign with; makes a development key where none is configured."""
    path = settings.SIGNING_KEY or settings.DEVELOPMENT_KEY
    if not path.exists():
        if settings.SIGNING_KEY:
            raise ImproperlyConfigured(f"SIGNING_KEY names {path}, which is not there.")
        _make(path)
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} does not hold an Ed25519 key.")
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    known, _made = SigningKey.objects.get_or_create(
        pk=hashlib.sha256(public).hexdigest()[:8],
        defaults={
            "public_key": base64.b64encode(public).decode(),
            "is_development": not settings.SIGNING_KEY,
        },
    )
    return known, private


def _make(path):
    """Whole or not at all, also when two processes come at once: the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def address_of(code):
    return f"{settings.PUBLIC_URL.rstrip('/')}/verify/{code}"


def signed_text(issued, private, *, summary, day):
    """The text of the QR of an Issued. day: its date of issue."""
    payload = {
        "k": issued.key.pk,
        "t": issued.kind,
        "n": issued.number,
        "d": day.isoformat(),
        "s": summary,
        "f": digest_of(issued.facts),
    }
    text = (
        address_of(issued.code)
        + MARK
        + _encode(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    )
    return f"{text}.{_encode(private.sign(text.encode()))}"


def digest_of(facts):
    """The part of the facts' SHA-256 that is signed."""
    text = json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _encode(hashlib.sha256(text.encode()).digest()[:16])


def read(text, keys):
    """The Statement of a QR's text. keys: {key id: base64 of the public key}. Raises NotGenuine."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise NotGenuine
    try:
        payload = json.loads(_decode(match["payload"]))
        if not isinstance(payload, dict) or set(payload) != _PAYLOAD:
            raise NotGenuine
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys[payload["k"]]))
        public.verify(_decode(match["signature"]), text.strip().rpartition(".")[0].encode())
    except (InvalidSignature, binascii.Error, ValueError, KeyError, TypeError):
        raise NotGenuine from None
    code, key, kind = codes.normal(match["code"]), payload["k"], payload["t"]
    return Statement(code, key, kind, payload["n"], payload["d"], payload["s"], payload["f"])


def known_keys():
    """{key id: base64 of the public key} of every key that ever signed here."""
    return dict(SigningKey.objects.values_list("pk", "public_key"))


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    """Refuses what another spelling of the same bytes would be."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(data) != text:
        raise ValueError
    return data
