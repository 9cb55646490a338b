"""Rules about how features lie on those of another layer."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_layers.quality.checks.base import ALONE, Definition, Parameter, ParameterKind, measured

OTHER_LAYER = Parameter("layer", ParameterKind.LAYER, gettext_lazy("Other layer"))
SIZE_UNIT = {2: gettext_lazy("m²"), 1: gettext_lazy("m")}


class CoveredBy(Definition):
    kind = "covered_by"
    title = gettext_lazy("Covered by another layer")
    explanation = gettext_lazy(
        "Every feature lies wholly on the areas of another layer, on one or on several together."
    )
    tolerance_help = gettext_lazy("What sticks out nowhere wider than this does not count.")
    default_tolerance = 0.05
    parameters = (OTHER_LAYER,)
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, r.rest AS geom, quality_size(r.rest) AS value,
               jsonb_build_object('dimension', ST_Dimension(f.shape)) AS details, {ALONE}
        FROM quality_feature AS f, LATERAL (
          SELECT quality_rest(f.shape, %(tolerance)s, array_agg(o.shape)) AS rest
          FROM quality_other AS o
          WHERE o.layer = %(layer)s AND o.shape && ST_Expand(f.shape, %(tolerance)s) AND ST_Dimension(o.shape) = 2
        ) AS r
        WHERE f.edited AND f.shape IS NOT NULL AND NOT ST_IsEmpty(r.rest)
    """

    def title_of(self, rule):
        return _("Covered by layer “%s”") % rule.parameters["layer"]

    def sentence(self, finding):
        layer, dimension = finding.rule.parameters["layer"], finding.details["dimension"]
        if not dimension:
            return _("Does not lie on layer “%s”.") % layer
        return _("%(size)s lie outside layer “%(layer)s”.") % {
            "size": measured(finding.value, SIZE_UNIT[dimension]),
            "layer": layer,
        }


class LiesOnOne(Definition):
    """Each feature lies on exactly one feature of another layer, as a building lies on one parcel."""

    kind = "lies_on_one"
    title = gettext_lazy("Lies on exactly one feature of another layer")
    explanation = gettext_lazy(
        "Every feature lies wholly on one area of another layer, as a building lies on one parcel: not on none, not on"
        " several, not partly outside."
    )
    tolerance_help = gettext_lazy("What sticks out or over nowhere wider than this does not count.")
    default_tolerance = 0.05
    parameters = (OTHER_LAYER,)
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no,
               CASE WHEN r.count = 1 THEN quality_rest(f.shape, %(tolerance)s, r.shapes) ELSE f.shape END AS geom,
               r.count AS value, jsonb_build_object('on', to_jsonb(r.numbers)) AS details, {ALONE}
        FROM quality_feature AS f, LATERAL (
          SELECT count(*) AS count, array_agg(o.id ORDER BY o.id) AS numbers, array_agg(o.shape) AS shapes
          FROM quality_other AS o
          WHERE o.layer = %(layer)s AND o.shape && f.shape AND ST_Dimension(o.shape) = 2
            AND quality_lies_on(f.shape, o.shape, %(tolerance)s)
        ) AS r
        WHERE f.edited AND f.shape IS NOT NULL
          AND (r.count <> 1 OR NOT ST_IsEmpty(quality_rest(f.shape, %(tolerance)s, r.shapes)))
    """

    def title_of(self, rule):
        return _("Lies on exactly one feature of layer “%s”") % rule.parameters["layer"]

    def sentence(self, finding):
        numbers = finding.details["on"]
        names = {"layer": finding.rule.parameters["layer"], "numbers": _(", ").join(map(str, numbers or []))}
        if not numbers:
            return _("Lies on no feature of layer “%(layer)s”.") % names
        if len(numbers) == 1:
            return _("Lies partly outside feature %(numbers)s of layer “%(layer)s”.") % names
        return _("Lies on several features of layer “%(layer)s”: %(numbers)s.") % names
