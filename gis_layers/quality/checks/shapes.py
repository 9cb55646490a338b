"""Rules about one shape alone."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_layers.quality.checks.base import ALONE, Definition, Parameter, ParameterKind, measured, metres, square_metres

AREAS, LINES = frozenset({2}), frozenset({1})


class Valid(Definition):
    """Geometry that the OGC's rules accept: rings that do not cross, holes inside, numbers for coordinates."""

    kind = "valid"
    title = gettext_lazy("Valid geometry")
    explanation = gettext_lazy(
        "Rings are closed and do not cross themselves, holes lie inside, and coordinates are numbers."
    )
    default_severity = "blocking"
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, coalesce(d.place, f.shape) AS geom, NULL::float AS value,
               jsonb_build_object('reason', d.reason) AS details, {ALONE}
        FROM quality_feature AS f, quality_defect(f.geom) AS d
        WHERE f.edited AND d.reason IS NOT NULL
    """

    def sentence(self, finding):
        reason = finding.details["reason"]
        known = {
            "no geometry": _("Has no geometry."),
            "empty": _("The geometry is empty."),
            "unreadable": _("The geometry cannot be worked with."),
            "Self-intersection": _("The outline crosses itself."),
            "Ring Self-intersection": _("The outline touches itself."),
            "Hole lies outside shell": _("A hole lies outside its area."),
            "Holes are nested": _("Holes lie inside one another."),
            "Interior is disconnected": _("Holes cut the area in two."),
            "Nested shells": _("Parts lie inside one another."),
            "Duplicate Rings": _("The same ring is there twice."),
            "Too few points in geometry component": _("There are too few points."),
            "Invalid Coordinate": _("A coordinate is not a number."),
        }
        return known.get(reason, reason)


class MinimumArea(Definition):
    kind = "min_area"
    title = gettext_lazy("Minimum area")
    explanation = gettext_lazy("No area is smaller than this, measured on the ellipsoid.")
    unit = gettext_lazy("m²")
    dimensions = AREAS
    parameters = (Parameter("area", ParameterKind.NUMBER, gettext_lazy("At least (m²)")),)
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, f.shape AS geom, m.area AS value,
               '{{}}'::jsonb AS details, {ALONE}
        FROM quality_feature AS f, quality_square_metres(f.shape) AS m (area)
        WHERE f.edited AND ST_Dimension(f.shape) = 2 AND m.area < %(area)s
    """

    def title_of(self, rule):
        return _("Area at least %s") % square_metres(rule.parameters["area"])

    def sentence(self, finding):
        return _("The area is only %s.") % square_metres(finding.value)


class MinimumLength(Definition):
    kind = "min_length"
    title = gettext_lazy("Minimum length")
    explanation = gettext_lazy("No line is shorter than this, measured on the ellipsoid.")
    unit = gettext_lazy("m")
    dimensions = LINES
    parameters = (Parameter("length", ParameterKind.NUMBER, gettext_lazy("At least (m)")),)
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, f.shape AS geom, m.length AS value,
               '{{}}'::jsonb AS details, {ALONE}
        FROM quality_feature AS f, quality_metres(f.shape) AS m (length)
        WHERE f.edited AND ST_Dimension(f.shape) = 1 AND m.length < %(length)s
    """

    def title_of(self, rule):
        return _("Length at least %s") % metres(rule.parameters["length"])

    def sentence(self, finding):
        return _("The length is only %s.") % metres(finding.value)


class NoSlivers(Definition):
    """A sliver is an area that is long and thin like a rectangle more than `ratio` times as long as it is wide: the
    rectangle that has its area and its perimeter, holes and all. 50 is the same as a roundness 4πA/P² of 0.06."""

    kind = "no_slivers"
    title = gettext_lazy("No slivers")
    explanation = gettext_lazy(
        "No area is a strip: long and thin like a rectangle of the same area and perimeter, which is more than so many"
        " times as long as it is wide. Strips are mostly what is left between two borders that should be one."
    )
    unit = gettext_lazy("m")
    dimensions = AREAS
    parameters = (
        Parameter("ratio", ParameterKind.NUMBER, gettext_lazy("Length to width more than"), default=50),
        Parameter(
            "width",
            ParameterKind.NUMBER,
            gettext_lazy("And narrower than (m)"),
            gettext_lazy("Leave empty to find wide ones too, such as a district with a very ragged border."),
            optional=True,
        ),
    )
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, f.shape AS geom, s.area / s.length AS value,
               jsonb_build_object('length', s.length) AS details, {ALONE}
        FROM quality_feature AS f, quality_square_metres(f.shape) AS a (area), quality_metres(f.shape) AS p (perimeter),
             LATERAL (SELECT a.area, p.perimeter / 4 + sqrt(greatest((p.perimeter / 4) ^ 2 - a.area, 0)) AS length) AS s
        WHERE f.edited AND ST_Dimension(f.shape) = 2 AND s.length > 0 AND s.length ^ 2 > %(ratio)s * s.area
          AND (%(width)s::float IS NULL OR s.area / s.length < %(width)s)
    """

    def title_of(self, rule):
        width = rule.parameters.get("width")
        ratio = {"ratio": f"{rule.parameters['ratio']:g}"}
        if width is None:
            return _("No slivers: more than %(ratio)s times as long as wide") % ratio
        return _("No slivers: more than %(ratio)s times as long as wide, narrower than %(width)s") % {
            **ratio,
            "width": metres(width),
        }

    def sentence(self, finding):
        return _("Is a strip %(length)s long and %(width)s wide.") % {
            "length": metres(finding.details["length"]),
            "width": metres(finding.value),
        }


class AreaAgrees(Definition):
    kind = "area_agrees"
    title = gettext_lazy("Area agrees with the stated one")
    explanation = gettext_lazy(
        "The area on the ellipsoid differs from the one that an attribute states (m²) by no more than so many per cent."
        " A stated area of 0 never agrees; an empty one is not compared."
    )
    unit = "%"
    dimensions = AREAS
    parameters = (
        Parameter("attribute", ParameterKind.ATTRIBUTE, gettext_lazy("Attribute with the stated area (m²)")),
        Parameter("percent", ParameterKind.NUMBER, gettext_lazy("At most off by (%)"), default=5),
    )
    select = f"""
        SELECT f.id AS feature_no, NULL::bigint AS other_no, ST_PointOnSurface(f.shape) AS geom,
               100 * abs(m.area - s.stated) / nullif(s.stated, 0) AS value,
               jsonb_build_object('area', m.area, 'stated', s.stated) AS details, {ALONE}
        FROM quality_feature AS f,
             LATERAL (SELECT CASE WHEN f.attributes->>%(attribute)s ~ '^[0-9]+([.][0-9]+)?$'
                               THEN (f.attributes->>%(attribute)s)::float END AS stated) AS s,
             quality_square_metres(f.shape) AS m (area)
        WHERE f.edited AND ST_Dimension(f.shape) = 2 AND abs(m.area - s.stated) > s.stated * %(percent)s / 100
    """

    def title_of(self, rule):
        return _("Area agrees with “%(attribute)s” to %(percent)s %%") % {
            "attribute": rule.parameters["attribute"],
            "percent": f"{rule.parameters['percent']:g}",
        }

    def sentence(self, finding):
        return _("Measures %(area)s, but %(stated)s are stated (%(percent)s off).") % {
            "area": square_metres(finding.details["area"]),
            "stated": square_metres(finding.details["stated"]),
            "percent": measured(finding.value, "%"),
        }
