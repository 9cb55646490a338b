import hashlib
import logging
from dataclasses import asdict, dataclass

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from muni.journal.models import Check, Entry
from muni.notices.services import notify

log = logging.getLogger("muni.journal")

MOST_FAULTS = 100
"""That a Check keeps."""


@dataclass(frozen=True)
class Fault:
    """number: of the entry, None where it has none. kind: altered, missing, unchained or tail."""

    kind: str
    number: int | None
    entry_id: int | None


def record(*, act, subject, by, **data):
    """Writes an act into the journal, in the caller's transaction; returns the Entry.

    act: "plans.publish". subject: a saved row. by: User, or None for a citizen without an account and for the machine.
    data: whatever JSON holds, dates and Decimals too; no personal data of citizens.
    """
    return Entry.objects.create(
        act=act,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=str(subject.pk),
        subject=str(subject)[:300],
        by=by,
        data=data,
    )


def head():
    """(number of entries, digest of the last one): whoever keeps a copy elsewhere can prove the journal later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count, digest FROM journal_head")
        return cursor.fetchone() or (0, "")


def verify():
    """Looks at the whole chain and keeps what was found; tells the superusers when it is not whole. Returns the
    Check."""
    found = faults()
    count, digest = head()
    check = Check.objects.create(count=count, digest=digest, faults=[asdict(fault) for fault in found[:MOST_FAULTS]])
    if found:
        log.error("The journal is not whole: %s faults", len(found))
        notify(
            get_user_model().objects.filter(is_superuser=True),
            title=lambda: _("The journal is not whole"),
            text=lambda: _("Entries were altered, removed or put in past the chain."),
            url=reverse("journal:list"),
        )
    return check


_CHAIN = """
    SELECT e.id, e.number, e.previous, e.digest, journal_body(e),
           coalesce((SELECT count FROM journal_head), 0), coalesce((SELECT digest FROM journal_head), '')
    FROM (SELECT) AS one LEFT JOIN journal_entry AS e ON true
    ORDER BY e.number NULLS FIRST, e.id
"""


@transaction.atomic
def faults():
    """Every Fault of the chain, in order: altered, removed, inserted and re-ordered entries; recomputed here, from the
    text that the database gives of each entry. One question, so one state of the journal, and no act has to wait."""
    found, expected, previous, head_now = [], 1, "", None
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CHAIN)
        for row in cursor:
            pk, number, link, digest, body, *head_now = row
            if pk is None:
                continue
            if number is None:
                found.append(Fault("unchained", None, pk))
                continue
            if number != expected:
                found.append(Fault("missing", expected, None))
            if link != previous or digest != hashlib.sha256((link + body).encode()).hexdigest():
                found.append(Fault("altered", number, pk))
            expected, previous = number + 1, digest
    if head_now != [expected - 1, previous]:
        found.append(Fault("tail", expected, None))
    return found
