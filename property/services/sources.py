"""The papers that an act stands on, entered while its case is in preparation."""

from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import Forbidden
from muni.core.workflow import TransitionNotAllowed
from muni.documents.models import Attachment
from muni.documents.services import attach
from muni.documents.services import remove as remove_attachment
from muni.journal.services import record
from property import access
from property.models import Case, Source


def can_change(user, case):
    """Whoever may prepare the case, while it is in preparation."""
    return case.state == Case.State.DRAFT and access.can_prepare(user, case.place)


def with_scans(case):
    """[(Source, [Attachment])] in the order they were entered."""
    found = list(case.sources.all())
    scans = {}
    for scan in Attachment.objects.about(*found):
        scans.setdefault(scan.subject_id, []).append(scan)
    return [(source, scans.get(str(source.pk), [])) for source in found]


@transaction.atomic
def add_source(case, *, by, kind, number="", dated=None, issuer="", scan=None):
    """A source of the case, with its scan (an UploadedFile) where there is one. Raises Forbidden, FileNotTaken,
    TransitionNotAllowed."""
    case = _in_preparation(case, by)
    source = Source.objects.create(case=case, kind=kind, number=number, dated=dated, issuer=issuer)
    sha256 = attach(source, scan, by=by).sha256 if scan else ""
    record(act="property.add_source", subject=case, by=by, source=source.pk, sha256=sha256)
    return source


@transaction.atomic
def remove_source(source, *, by):
    """Takes a source back with its scan. Raises Forbidden, TransitionNotAllowed."""
    case = _in_preparation(source.case, by)
    for scan in Attachment.objects.about(source):
        remove_attachment(scan)
    record(act="property.remove_source", subject=case, by=by, source=source.pk)
    source.delete()


def _in_preparation(case, by):
    case = Case.objects.select_for_update(of=("self",)).select_related("place").get(pk=case.pk)
    if not access.can_prepare(by, case.place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    if not can_change(by, case):
        raise TransitionNotAllowed(_("The papers of a case are changed only while it is in preparation."))
    return case
