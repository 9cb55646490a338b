"""Whether a paper is genuine and still valid: asked by anybody, by the code or by the text of the QR."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.core.errors import DomainError
from muni.documents import codes, signing
from muni.documents.models import Check, Issued

log = logging.getLogger("muni.documents")

CHECKS = ((timedelta(minutes=1), 60), (timedelta(hours=1), 1000))
MISSES = ((timedelta(hours=1), 60),)
"""(within, how many) from an address. A mobile network hides many telephones behind one; a bank checks all day."""
KEPT = timedelta(days=90)
"""How long the address of a check is kept."""

_ADDRESSES = 0x76_72_66  # class of the advisory locks that keep two requests from one address apart


class Outcome(models.TextChoices):
    """A paper's State, and what has none."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    FORGED = "forged"
    UNKNOWN = "unknown"


class TooManyChecks(DomainError):
    code = "too_many_checks"
    status = 429


@dataclass(frozen=True)
class Answer:
    """document: None when unknown or forged."""

    outcome: Outcome
    document: Issued | None = None


@transaction.atomic
def check(text, *, address):
    """The Answer to a typed code, an address of a paper, or the text of its QR. address: the asker's. Raises
    TooManyChecks."""
    _slow_down(address)
    answer = _answer(text)
    Check.objects.create(at=timezone.now(), address=address, outcome=answer.outcome, document=answer.document)
    return answer


def is_genuine(text):
    """Whether the text of a QR, under whatever host we are reached now, is that of a paper of ours to the letter."""
    code, fragment = _parts(text)
    document = _paper(code)
    return document is not None and fragment == _fragment(document) and _is_as_signed(document)


def _answer(text):
    code, fragment = _parts(text)
    document = _paper(code)
    if document is None:
        return Answer(Outcome.FORGED if fragment and not _is_signed(text) else Outcome.UNKNOWN)
    if fragment and fragment != _fragment(document):
        return Answer(Outcome.FORGED)
    if not _is_as_signed(document):
        log.error("The facts of document %s are not those that were signed", document.number)
        return Answer(Outcome.FORGED)
    return Answer(Outcome(document.state), document)


def _parts(text):
    """(code, what follows #): of a QR's text, an address, or a code alone."""
    before, _mark, fragment = text.strip().partition("#")
    return codes.normal(before.rstrip("/").rpartition("/verify/")[2]), fragment


def _paper(code):
    if len(code) != codes.LENGTH:
        return None
    return Issued.objects.select_related("place", "key").filter(code=code).first()


def _fragment(document):
    return document.signed.partition("#")[2]


def _is_signed(text):
    try:
        signing.read(text, signing.known_keys())
    except signing.NotGenuine:
        return False
    return True


def _is_as_signed(document):
    try:
        signed = signing.read(document.signed, {document.key_id: document.key.public_key})
    except signing.NotGenuine:
        return False
    return signed.facts_digest == signing.digest_of(document.facts) and signed.number == document.number


def _slow_down(address):
    with connection.cursor() as cursor:
        key = crc32(str(address).encode()) & 0x7FFF_FFFF
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ADDRESSES, key])
    now, asked = timezone.now(), Check.objects.filter(address=address)
    missed = asked.filter(outcome__in=(Outcome.UNKNOWN, Outcome.FORGED))
    for checks, limits in ((asked, CHECKS), (missed, MISSES)):
        for within, number in limits:
            if checks.filter(at__gt=now - within).count() >= number:
                raise TooManyChecks(_("Many documents were checked from your connection. Wait a while and try again."))


def forget():
    """Takes the addresses off old checks."""
    Check.objects.filter(at__lt=timezone.now() - KEPT).exclude(address=None).update(address=None)
