"""What values an attribute takes, counted by the database over the rows that a user may see."""

from django.db import DataError, connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gis_layers.fields import FieldType
from gis_layers.symbology import class_breaks
from muni.core.errors import BadRequest

SAMPLE = 1000
"""Evenly ranked values stand for a layer of any size when gaps between values are sought."""


def most_frequent(source, user, name, limit):
    """([(value, count)] of the `limit` most frequent values, number of different ones, rows without a value)."""
    rows = source.rows(user).annotate(_value=source.value(name)).order_by()
    empty = Q(_value=None) | Q(_value="") if source.attribute(name).type == FieldType.TEXT else Q(_value=None)
    counts = rows.exclude(empty).values("_value").annotate(n=Count("pk")).order_by("-n", "_value")
    top = [(row["_value"], row["n"]) for row in counts[:limit]]
    return top, counts.count(), rows.filter(empty).count()


def classes(source, user, name, method, count):
    """{"breaks", "counts", "missing", "whole"} of a numeric attribute; no breaks where no row holds a number.

    method: see symbology.METHODS; count: classes asked for. Raises BadRequest for an attribute that is not numeric.
    """
    attribute = source.attribute(name)
    if attribute is None or attribute.type not in {FieldType.INTEGER, FieldType.NUMBER}:
        raise BadRequest(_("Class breaks need an attribute of numbers."))
    whole = attribute.type == FieldType.INTEGER
    rows = source.rows(user).order_by().annotate(_value=source.value(name)).values_list("_value")
    inner, params = rows.query.sql_with_params()  # Django's own SQL, its parameters stay bound
    ranks = [i / SAMPLE for i in range(SAMPLE + 1)]
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY v::float8), count(*) - count(v)"  # noqa: S608
                f" FROM ({inner}) AS seen (v)",
                [ranks, *params],
            )
            sample, missing = cursor.fetchone()
            if not sample or sample[0] is None:
                return {"breaks": [], "counts": [], "missing": missing, "whole": whole}
            values = [int(value) for value in sample] if whole else sample
            breaks = class_breaks(values, method, count, whole=whole)
            cursor.execute(
                "SELECT width_bucket(v::float8, %s::float8[]), count(*)"  # noqa: S608
                f" FROM ({inner}) AS seen (v) WHERE v IS NOT NULL GROUP BY 1",
                [breaks[:-1], *params],
            )
            buckets = dict(cursor.fetchall())
        except DataError:
            raise BadRequest(_("The attribute holds values that are not numbers.")) from None
    counts = [buckets.get(i, 0) for i in range(1, len(breaks))]
    return {"breaks": breaks, "counts": counts, "missing": missing, "whole": whole}
