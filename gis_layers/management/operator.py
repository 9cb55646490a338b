"""Whoever sits at the machine's terminal: sees everything, and is spoken to in the terminal's language."""

import locale
from functools import wraps

from django.utils import translation

from muni.accounts.models import User

EVERYTHING = User(username="operator", is_superuser=True, is_active=True)


def speaking_the_terminals_language(handle):
    """Arabic in an Arabic terminal, else English, since most terminals cannot join Arabic letters."""

    @wraps(handle)
    def spoken(*args, **kwargs):
        with translation.override("ar" if (locale.getlocale()[0] or "").startswith("ar") else "en"):
            return handle(*args, **kwargs)

    return spoken
