"""The kinds of quality rules. Each is a Definition: what it asks for, the SQL that finds breaches, the sentence."""

from django.db import models

from gis_layers.quality.checks.attributes import InList, Required, Unique
from gis_layers.quality.checks.base import Definition, Parameter, ParameterKind
from gis_layers.quality.checks.others import CoveredBy, LiesOnOne
from gis_layers.quality.checks.shapes import AreaAgrees, MinimumArea, MinimumLength, NoSlivers, Valid
from gis_layers.quality.checks.topology import NoDuplicates, NoGaps, NoOverlaps

__all__ = ["KINDS", "Definition", "Kind", "Parameter", "ParameterKind"]

KINDS = {
    definition.kind: definition()
    for definition in (
        Valid,
        NoOverlaps,
        NoGaps,
        NoDuplicates,
        NoSlivers,
        MinimumArea,
        MinimumLength,
        AreaAgrees,
        CoveredBy,
        LiesOnOne,
        Required,
        Unique,
        InList,
    )
}

Kind = models.TextChoices("Kind", [(key.upper(), (key, definition.title)) for key, definition in KINDS.items()])
