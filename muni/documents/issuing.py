"""Papers are issued, superseded by later acts, and revoked."""

import hashlib
import json

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.workflow import Transition, step
from muni.documents import access, codes, kinds, signing
from muni.documents.models import Issued
from muni.journal.services import record
from muni.notices.services import notify

TRANSITIONS = {
    "supersede": Transition({Issued.State.VALID}, Issued.State.SUPERSEDED),
    "revoke": Transition({Issued.State.VALID, Issued.State.SUPERSEDED}, Issued.State.REVOKED),
}


class SubjectChanged(DomainError):
    """An act was signed while the paper was being made."""

    code = "subject_changed"


def issue(subject, kind, *, by, applicant=None):
    """Makes, signs and keeps a paper of this kind (a Kind's id) over the row `subject`; returns the Issued.

    by: the official, or None where the system issues what an applicant (a User) ordered; whether they may is for the
    caller to check. Nothing is locked while the paper is made, which takes a second or two; that it is still true is
    checked afterwards. Raises SubjectChanged, and what the kind's facts raise.
    """
    kind = kinds.get(kind)
    key, private = signing.current_key()
    now = timezone.now()
    issued = Issued(
        pk=_next_number(),
        kind=kind.id,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=str(subject.pk),
        place=kind.place(subject),
        code=codes.new_code(),
        issued_by=by,
        applicant=applicant,
        issued_at=now,
        facts=_facts(kind, subject),
        key=key,
        state_since=now,
    )
    day = timezone.localdate(now)
    issued.number = f"{day.year}/{issued.pk}"
    with override(settings.LANGUAGE_CODE):
        issued.signed = signing.signed_text(issued, private, summary=kind.summary(issued.facts), day=day)
    from muni.documents.papers import pdf_of  # WeasyPrint takes a second to load: only who makes papers waits for it

    return _keep(issued, kind, subject, pdf_of(issued))


@transaction.atomic
def _keep(issued, kind, subject, paper):
    # Acts lock the same row before they change anything, and supersede after it.
    type(subject).objects.select_for_update(of=("self",)).get(pk=subject.pk)
    if _facts(kind, subject) != issued.facts:
        raise SubjectChanged(_("The register changed while the document was being made. Issue it again."))
    issued.sha256 = hashlib.sha256(paper).hexdigest()
    issued.file.save("", ContentFile(paper), save=False)
    try:
        issued.save(force_insert=True)
    except BaseException:
        issued.file.storage.delete(issued.file.name)
        raise
    record(
        act="documents.issue",
        subject=issued,
        by=issued.issued_by,
        kind=issued.kind,
        about=issued.subject_id,
        sha256=issued.sha256,
        signed=hashlib.sha256(issued.signed.encode()).hexdigest(),
    )
    _tell(issued, [issued.applicant], lambda: _("Your document was issued: %s"))
    return issued


@transaction.atomic
def supersede(subjects, *, by, **data):
    """Valid papers over these rows are valid no more, by a later act, in whose transaction this runs after the rows
    were changed. data: for the journal. Returns the papers."""
    rows = Issued.objects.about(*subjects).valid().order_by("pk")
    documents = list(rows.select_for_update(of=("self",)).select_related("applicant"))
    for issued in documents:
        _move(issued, "supersede")
        record(act="documents.supersede", subject=issued, by=by, **data)
        _tell(issued, [issued.applicant], lambda: _("A later act superseded your document: %s"))
    return documents


@transaction.atomic
def revoke(issued, *, by, reason):
    """Takes a paper back, as never to be relied on. Raises Forbidden, BadRequest, TransitionNotAllowed."""
    if not access.can_revoke(by, issued):
        raise Forbidden(_("You may not revoke this document."))
    if not reason.strip():
        raise BadRequest(_("Say why the document is revoked."), fields={"reason": _("Fill this in.")})
    rows = Issued.objects.select_for_update(of=("self",)).select_related("applicant", "issued_by")
    issued = rows.get(pk=issued.pk)
    issued.reason = reason.strip()
    _move(issued, "revoke")
    record(act="documents.revoke", subject=issued, by=by)
    concerned = [person for person in (issued.applicant, issued.issued_by) if person and person.pk != by.pk]
    _tell(issued, concerned, lambda: _("A document was revoked: %s"))
    return issued


def _move(issued, move):
    issued.state = step(TRANSITIONS, move, issued.state).target
    issued.state_since = timezone.now()
    issued.save(update_fields=["state", "state_since", "reason"])


def _tell(issued, people, sentence):
    url = reverse("documents:issued", args=[issued.pk])
    notify([person for person in people if person], title=lambda: sentence() % issued.number, url=url)


def _facts(kind, subject):
    """As they come back from the database."""
    with override(settings.LANGUAGE_CODE):
        return json.loads(json.dumps(kind.facts(subject), cls=DjangoJSONEncoder))


def _next_number():
    """Printed on the paper, so it is taken before the paper is made; where making fails, a number is left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Issued._meta.db_table])
        return cursor.fetchone()[0]
