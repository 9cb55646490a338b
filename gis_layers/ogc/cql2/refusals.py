"""What cannot be answered, as sentences for people."""

from django.utils.translation import gettext as _

from muni.core.errors import BadRequest


def refusal(sentence, parameter="filter"):
    return BadRequest(sentence, fields={parameter: [sentence]})


def mismatch(what, kind):
    return refusal(_("“%(value)s” does not fit: %(kind)s is expected here.") % {"value": what, "kind": kind.label})


def too_deep():
    return refusal(_("The filter is nested too deeply."))
