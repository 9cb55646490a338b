"""Arabic text as people type it: spelling variants folded, both digit sets read."""

import re

from django.db.models import Func, TextField

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
_LETTERS = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ؤ": "و", "ئ": "ي"}
)
_DROPPED = re.compile("[ـ\u064b-\u065f\u0670]")
_SPACES = re.compile(r"\s+")


def western_digits(text):
    """Arabic-Indic and Persian digits and the Arabic decimal sign become ASCII."""
    return text.translate(_DIGITS)


def fold(text):
    """The form that search compares; the same as the SQL function `fold_arabic` (tested)."""
    text = _DROPPED.sub("", western_digits(text)).translate(_LETTERS).lower()
    return _SPACES.sub(" ", text).strip()


def harmless(text):
    """The text for a spreadsheet, which would run what begins like a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


class Fold(Func):
    """`fold` in the database: immutable, so it can be indexed."""

    function = "fold_arabic"
    output_field = TextField()
