"""The unguessable code of a paper: 140 random bits in Crockford's base 32, which has no letters that look alike."""

import secrets

from muni.core.text import western_digits

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 28
_MISREAD = str.maketrans("OIL", "011")


def new_code():
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def normal(text):
    """A code as it was typed or copied: either digit set, any case, whatever stands between its letters; O, I and L are
    read as the digits they look like, and what an address carries behind it is left out."""
    code = western_digits(text.partition("?")[0]).upper()
    return "".join(filter(str.isalnum, code)).translate(_MISREAD)


def in_groups(code):
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
