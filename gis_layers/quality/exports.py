"""Findings for spreadsheets and maps."""

import csv
import json

from django.contrib.gis.db.models.functions import AsGeoJSON, Centroid, Transform
from django.utils.translation import gettext as _

from muni.core.srids import LONLAT
from muni.core.text import harmless


def as_csv(findings, file):
    """Writes a table, a finding a row, in the reader's language; places in degrees."""
    rows = csv.writer(file)
    rows.writerow(
        [
            _("feature"),
            _("other feature"),
            _("severity"),
            _("rule"),
            _("finding"),
            _("measured"),
            _("unit"),
            _("exception"),
            _("longitude"),
            _("latitude"),
        ]
    )
    placed = findings.defer("geom", "geom_3857").annotate(spot=Transform(Centroid("geom"), LONLAT))
    for finding in placed.iterator(chunk_size=1000):
        place = (
            [f"{finding.spot.x:.7f}", f"{finding.spot.y:.7f}"] if finding.spot and not finding.spot.empty else ["", ""]
        )
        rows.writerow(
            [
                finding.feature_no,
                finding.other_no,
                finding.rule.get_severity_display(),
                harmless(str(finding.rule)),
                harmless(finding.sentence),
                "" if finding.value is None else f"{finding.value:.6g}",
                finding.unit,
                _("yes") if finding.waived else "",
                *place,
            ]
        )


def as_geojson(findings):
    """A FeatureCollection as text; longitude, latitude with seven decimals."""
    drawn = findings.defer("geom", "geom_3857").annotate(drawn=AsGeoJSON(Transform("geom", LONLAT), precision=7))
    features = [
        {
            "type": "Feature",
            "id": finding.pk,
            "geometry": json.loads(finding.drawn),
            "properties": {
                "feature": finding.feature_no,
                "other_feature": finding.other_no,
                "severity": finding.severity,
                "kind": finding.rule.kind,
                "rule": str(finding.rule),
                "finding": finding.sentence,
                "measured": finding.value,
                "unit": str(finding.unit),
                "exception": finding.waived,
            },
        }
        for finding in drawn
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
