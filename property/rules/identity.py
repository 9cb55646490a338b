"""Identity numbers as people write them."""

from muni.core.text import western_digits


def identity_number(text):
    """As cards keep it: western digits, no spaces."""
    return "".join(western_digits(text).split())
