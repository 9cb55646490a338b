"""Iraqi telephone numbers: kept as +964 and the national number, typed in any of the ways people write them."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from muni.core.text import western_digits

_PUNCTUATION = re.compile(r"[\s().\-/\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PREFIX = re.compile(r"^(?:\+9640?|009640?|9640?(?=7\d{9}$)|0(?!0))")
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?9640?|0){_PUNCTUATION.pattern}*7(?:{_PUNCTUATION.pattern}*\d){{9}}(?!\d)")
_NATIONAL = re.compile(r"7[3-9]\d{8}|[1-6]\d{7,8}")  # mobile; land line with its area code


def normal_phone(text):
    """ "٠٧٧٠ ١٢٣ ٤٥٦٧" gives "+9647701234567"; "" stays "". Raises ValidationError with a sentence."""
    typed = _PUNCTUATION.sub("", western_digits(text))
    if not typed:
        return ""
    national = _PREFIX.sub("", typed)
    if not _NATIONAL.fullmatch(national):
        raise ValidationError(_("Write an Iraqi telephone number, such as 0770 123 4567."), code="phone")
    return f"+964{national}"


def has_phone(text):
    """Whether a mobile number stands in a text, however it is written."""
    return bool(_MOBILE.search(western_digits(text)))
