"""What is overdue goes to those who sign, by itself."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.accounts.models import User
from muni.journal.services import record
from muni.notices.services import notify
from property.clock import clock_of
from property.models import Case
from property.workflow import SIGN


def escalate_overdue():
    """Every case whose term has ended since the last night is told once to those who sign and to who opened it."""
    overdue = Case.objects.under_way().filter(due_on__lt=timezone.localdate(), paused_on=None, escalated_at=None)
    for pk in overdue.order_by("pk").values_list("pk", flat=True):
        escalate(pk)


@transaction.atomic
def escalate(pk):
    """Nothing where somebody moved the case on meanwhile."""
    rows = Case.objects.under_way().filter(pk=pk, paused_on=None, escalated_at=None, due_on__lt=timezone.localdate())
    case = rows.select_for_update(of=("self",)).select_related("place").first()
    if case is None:
        return
    case.escalated_at = timezone.now()
    case.save(update_fields=["escalated_at"])
    record(act="property.escalate", subject=case, by=None, case=case.kind, due=case.due_on)
    clock = clock_of(case)
    notify(
        User.objects.holding(SIGN, case.place) | User.objects.filter(pk=case.opened_by_id, is_active=True),
        title=lambda: _("%(case)s is overdue") % {"case": f"{case.number} {case.get_kind_display()}"},
        text=lambda: clock.text,
        url=reverse("property:case", args=[case.pk]),
    )
