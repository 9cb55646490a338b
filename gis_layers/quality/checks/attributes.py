"""Rules about the values of one attribute."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_layers.quality.checks.base import ALONE, Definition, Parameter, ParameterKind

ATTRIBUTE = Parameter("attribute", ParameterKind.ATTRIBUTE, gettext_lazy("Attribute"))
SPOT = "f.id AS feature_no, NULL::bigint AS other_no, ST_PointOnSurface(f.shape) AS geom"


class Required(Definition):
    kind = "required"
    title = gettext_lazy("Attribute is filled in")
    explanation = gettext_lazy("Every feature has a value; blanks alone are none.")
    parameters = (ATTRIBUTE,)
    select = f"""
        SELECT {SPOT}, NULL::float AS value, '{{}}'::jsonb AS details, {ALONE}
        FROM quality_feature AS f
        WHERE f.edited AND coalesce(btrim(f.attributes->>%(attribute)s), '') = ''
    """

    def title_of(self, rule):
        return _("“%s” is filled in") % rule.parameters["attribute"]

    def sentence(self, finding):
        return _("“%s” has no value.") % finding.rule.parameters["attribute"]


class Unique(Definition):
    kind = "unique"
    title = gettext_lazy("Attribute is unique")
    explanation = gettext_lazy("No two features have the same value; empty values are not compared.")
    parameters = (ATTRIBUTE,)
    select = f"""
        SELECT {SPOT}, f.count AS value, jsonb_build_object('text', f.text) AS details, {ALONE}
        FROM (
          SELECT *, count(*) OVER (PARTITION BY text) AS count
          FROM (SELECT *, btrim(attributes->>%(attribute)s) AS text FROM quality_feature) AS named
          WHERE text <> ''
        ) AS f
        WHERE f.edited AND f.count > 1
    """

    def title_of(self, rule):
        return _("“%s” is unique") % rule.parameters["attribute"]

    def sentence(self, finding):
        return _("“%(text)s” stands in “%(attribute)s” of %(count)s features.") % {
            "text": finding.details["text"],
            "attribute": finding.rule.parameters["attribute"],
            "count": int(finding.value),
        }


class InList(Definition):
    kind = "in_list"
    title = gettext_lazy("Attribute is one of a list")
    explanation = gettext_lazy("Every value is among those listed; empty values are not compared.")
    parameters = (
        ATTRIBUTE,
        Parameter("values", ParameterKind.VALUES, gettext_lazy("Allowed values"), gettext_lazy("One on each line.")),
    )
    select = f"""
        SELECT {SPOT}, NULL::float AS value, jsonb_build_object('text', f.attributes->>%(attribute)s) AS details,
               {ALONE}
        FROM quality_feature AS f
        WHERE f.edited AND coalesce(btrim(f.attributes->>%(attribute)s), '') <> ''
          AND NOT btrim(f.attributes->>%(attribute)s) = ANY(%(values)s::text[])
    """

    def title_of(self, rule):
        return _("“%s” is one of the list") % rule.parameters["attribute"]

    def sentence(self, finding):
        return _("“%(text)s” in “%(attribute)s” is not one of the list.") % {
            "text": finding.details["text"],
            "attribute": finding.rule.parameters["attribute"],
        }
