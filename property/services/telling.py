"""Holders are told of every act on their property: what it is and where it stands, and nobody's name."""

from django.urls import reverse

from muni.notices.services import notify
from property.holders import accounts_concerned
from property.workflow import STANDS


def tell_holders(case):
    """Of where the case stands now."""
    notify(
        accounts_concerned(case),
        title=lambda: f"{case.number} {case.get_kind_display()}",
        text=STANDS[case.state],
        url=reverse("property:my_case", args=[case.pk]),
    )
