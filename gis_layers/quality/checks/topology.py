"""Rules about how the shapes of one layer lie to one another."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_layers.quality.checks.base import PAIR, Definition, Parameter, ParameterKind, metres, square_metres
from gis_layers.quality.checks.shapes import AREAS

NARROW = gettext_lazy(
    "What is nowhere wider than this does not count: borders that were digitised twice differ a little."
)


class NoOverlaps(Definition):
    kind = "no_overlaps"
    title = gettext_lazy("No overlaps")
    explanation = gettext_lazy("No two areas share ground; touching along a border is right.")
    unit = gettext_lazy("m²")
    default_severity = "blocking"
    dimensions = AREAS
    tolerance_help = NARROW
    parameters = (
        Parameter(
            "area",
            ParameterKind.NUMBER,
            gettext_lazy("More than (m²)"),
            gettext_lazy("Smaller overlaps are rounding, not a dispute."),
            default=0.1,
        ),
    )
    select = f"""
        SELECT a.id AS feature_no, b.id AS other_no, o.part AS geom, m.area AS value, '{{}}'::jsonb AS details, {PAIR}
        FROM quality_feature AS a JOIN quality_feature AS b ON a.shape && b.shape AND a.id < b.id,
             quality_overlap(a.shape, b.shape, %(tolerance)s) AS o (part),
             quality_square_metres(o.part) AS m (area)
        WHERE (a.edited OR b.edited) AND ST_Dimension(a.shape) = 2 AND ST_Dimension(b.shape) = 2
          AND m.area > %(area)s
    """

    def title_of(self, rule):
        return _("No overlaps over %s") % square_metres(rule.parameters["area"])

    def sentence(self, finding):
        return _("Overlaps feature %(other)s on %(area)s.") % {
            "other": finding.other_no,
            "area": square_metres(finding.value),
        }


class NoGaps(Definition):
    kind = "no_gaps"
    title = gettext_lazy("No gaps")
    explanation = gettext_lazy("Areas leave no hole among them. Ground that lies open to the outside is no gap.")
    unit = gettext_lazy("m²")
    dimensions = AREAS
    tolerance_help = NARROW
    default_tolerance = 0.001
    parameters = (
        Parameter(
            "area",
            ParameterKind.NUMBER,
            gettext_lazy("At most as large as (m²)"),
            gettext_lazy("Larger holes are meant, such as a lake or a square. Leave empty to find them all."),
            optional=True,
        ),
    )
    reach = 500.0
    select = """
        WITH part AS MATERIALIZED (
          SELECT dumped.geom
          FROM (SELECT ST_Union(shape) AS whole FROM quality_feature WHERE ST_Dimension(shape) = 2) AS u,
               ST_Dump(u.whole) AS dumped),
        hole AS MATERIALIZED (
          SELECT ring.geom FROM part, ST_DumpRings(part.geom) AS ring WHERE ring.path[1] > 0),
        gap AS MATERIALIZED (
          SELECT quality_wide(coalesce(ST_Difference(hole.geom, island.geom), hole.geom), %(tolerance)s) AS geom
          FROM hole, LATERAL (SELECT ST_Collect(part.geom) AS geom FROM part
                              WHERE part.geom @ hole.geom AND ST_Within(part.geom, hole.geom)) AS island)
        SELECT NULL::bigint AS feature_no, NULL::bigint AS other_no, gap.geom, m.area AS value, '{}'::jsonb AS details,
               round(ST_X(spot)::numeric, 1) || ' ' || round(ST_Y(spot)::numeric, 1) AS subject,
               md5(ST_AsBinary(ST_Normalize(ST_SnapToGrid(gap.geom, 0.001)))) AS fingerprint
        FROM gap, quality_square_metres(gap.geom) AS m (area), ST_PointOnSurface(gap.geom) AS spot
        WHERE m.area > 0 AND (%(area)s::float IS NULL OR m.area <= %(area)s)
          AND EXISTS (SELECT 1 FROM quality_change AS c WHERE c.box IS NULL OR gap.geom && c.box)
    """

    def title_of(self, rule):
        area = rule.parameters.get("area")
        return _("No gaps") if area is None else _("No gaps up to %s") % square_metres(area)

    def sentence(self, finding):
        return _("A gap of %s that no feature covers.") % square_metres(finding.value)


class NoDuplicates(Definition):
    kind = "no_duplicates"
    title = gettext_lazy("No duplicates")
    explanation = gettext_lazy("No two features have the same shape.")
    unit = gettext_lazy("m")
    default_severity = "blocking"
    tolerance_help = gettext_lazy("Shapes are the same when no point of one is farther from the other than this.")
    default_tolerance = 0.01
    select = f"""
        SELECT a.id AS feature_no, b.id AS other_no, a.shape AS geom, d.distance AS value, '{{}}'::jsonb AS details,
               {PAIR}
        FROM quality_feature AS a
             JOIN quality_feature AS b ON a.shape && ST_Expand(b.shape, %(tolerance)s) AND a.id < b.id
               AND abs(ST_XMin(a.shape) - ST_XMin(b.shape)) <= %(tolerance)s
               AND abs(ST_YMin(a.shape) - ST_YMin(b.shape)) <= %(tolerance)s
               AND abs(ST_XMax(a.shape) - ST_XMax(b.shape)) <= %(tolerance)s
               AND abs(ST_YMax(a.shape) - ST_YMax(b.shape)) <= %(tolerance)s,
             quality_distance(a.shape, b.shape) AS d (distance)
        WHERE (a.edited OR b.edited) AND d.distance <= %(tolerance)s
    """

    def title_of(self, rule):
        return _("No duplicates, to %s") % metres(rule.tolerance)

    def sentence(self, finding):
        return _("Has the same shape as feature %s.") % finding.other_no
