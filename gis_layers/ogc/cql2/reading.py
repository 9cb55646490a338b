"""Filters are measured before they are parsed: the parser is native code that recurses, and it ends the process when
the stack does."""

import re

import cql2
from django.utils.translation import gettext as _

from gis_layers.ogc.cql2.refusals import refusal, too_deep

LANGUAGES = ("cql2-text", "cql2-json")

_MAX_LENGTH = 64_000
_MAX_BRACKETS = 24  # inside one another; the parser fails at some 90 on a stack of half a megabyte
_MAX_ARITHMETIC = 200  # operators

_STRING = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_SHAPE = re.compile(
    r"\b(?:(?:multi)?(?:point|linestring|polygon)|geometrycollection|bbox)\s*z?\s*\([-+\d.,eE\s()]*\)", re.IGNORECASE
)
_ARITHMETIC_SIGN = re.compile(r"[-+*/%^]|\bdiv\b", re.IGNORECASE)
_PREFIXES = re.compile(r"(?:(?:\bnot\b|-)\s*){4}", re.IGNORECASE)


def read(text, language="cql2-text"):
    """The JSON form of a filter. Raises BadRequest with the place of the mistake."""
    if language not in LANGUAGES:
        raise refusal(_("“filter-lang” is cql2-text or cql2-json."), "filter-lang")
    if len(text) > _MAX_LENGTH:
        raise refusal(_("The filter is longer than %(most)d characters.") % {"most": _MAX_LENGTH})
    if language == "cql2-text":
        _check_nesting(_SHAPE.sub("g", _STRING.sub("s", text)))
    try:
        return (cql2.parse_text if language == "cql2-text" else cql2.parse_json)(text).to_json()
    except (cql2.ParseError, ValueError) as error:
        raise refusal(_("The filter cannot be read: %(reason)s") % {"reason": _reason(error)}) from None


def _check_nesting(bare):
    depth = deepest = 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > _MAX_BRACKETS or len(_ARITHMETIC_SIGN.findall(bare)) > _MAX_ARITHMETIC or _PREFIXES.search(bare):
        raise too_deep()


def _reason(error):
    """The parser's own words without its picture of the line."""
    lines = [line.strip(" =|") for line in str(error).splitlines()]
    place = next((line.removeprefix("-->").strip() for line in lines if line.startswith("-->")), "")
    return " ".join(filter(None, [place, lines[-1] if lines else ""]))[:200]
