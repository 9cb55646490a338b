"""What a kind of rule says of itself; the work is SQL over the tables of table.py."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from gis_layers.models import Layer

DIMENSION = {Layer.GeometryType.POINT: 0, Layer.GeometryType.LINE: 1, Layer.GeometryType.POLYGON: 2}


class ParameterKind(StrEnum):
    NUMBER = "number"
    ATTRIBUTE = "attribute"
    LAYER = "layer"
    VALUES = "values"


@dataclass(frozen=True)
class Parameter:
    """One number or name that a rule needs. default None: it has to be given, or may be left out when optional."""

    name: str
    kind: ParameterKind
    title: str
    help: str = ""
    default: float | None = None
    optional: bool = False


class Definition:
    """A kind of rule.

    select: SQL that gives (feature_no, other_no, geom, value, details, subject, fingerprint) of each breach; it reads
    quality_feature and quality_other and binds the rule's parameters and `tolerance` (metres) by name.
    dimensions: of the shapes that it can judge. reach: metres around an edited feature within which others matter.
    """

    kind = ""
    title = ""
    explanation = ""
    unit = ""
    parameters = ()
    tolerance_help = ""
    default_tolerance = 0.0
    default_severity = "warning"
    dimensions = frozenset({0, 1, 2})
    reach = 0.0
    select = ""

    def title_of(self, rule):
        """The rule in a few words."""
        return str(self.title)

    def sentence(self, finding):
        """What is wrong, in the reader's language."""
        raise NotImplementedError

    def suits(self, geometry_type):
        """Whether a layer of this geometry can break the rule."""
        return geometry_type == Layer.GeometryType.ANY or DIMENSION[geometry_type] in self.dimensions

    def attribute(self, rule):
        """Name of the attribute that the rule reads, or None."""
        return rule.parameters.get("attribute")

    def other(self, rule):
        """Slug of the other layer that the rule needs, or None."""
        return rule.parameters.get("layer")


ALONE = "f.id::text AS subject, f.print AS fingerprint"
"""Of a finding about one feature."""

PAIR = "a.id || '-' || b.id AS subject, md5(a.print || b.print) AS fingerprint"


def metres(value):
    return measured(value, _("m"))


def square_metres(value):
    return measured(value, _("m²"))


def measured(value, unit):
    """A number as people read it: whole from a hundred on, below that with the digits that count."""
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{number_format(Decimal(str(round(value, digits))).normalize(), use_l10n=True)}\u00a0{unit}"
