"""One pass over a survey file: every row read, judged, compared with the others and with the register, and stored as
accepted or rejected with what was found of it."""

import csv
import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from io import StringIO
from math import isfinite
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import shapely
from django.db import connection, transaction
from django.utils.translation import gettext as _

from gis_layers.fields import FieldType
from gis_layers.importing import attributes, crs, geometry
from gis_layers.importing.loading import end
from gis_layers.importing.source import SourceFile
from gis_layers.jobs import Stopped, report_progress
from gis_layers.models import Layer
from muni.core.errors import BadRequest
from muni.core.text import western_digits
from muni.places.models import Boundary
from property.layers import Parcels
from property.models import Parcel, Survey, SurveyRow
from property.rules import cleaning as rules
from property.rules.division import LEAST_M2, geodesic_m2
from property.services.holding import to_shapely

MOST_ROWS = 100_000
"""They are compared in memory and come into force in one transaction."""

_NAMED = 5  # other rows that a sentence names
_LARGEST_M2 = Decimal(10) ** 12
_LENGTHS = {"parcel_no": 30, "block_no": 20, "block_name": 200}
_Finding = SurveyRow.Finding

# What offices write beside the register's own words.
_LAND_KINDS = [
    {"value": kind, "label_ar": word}
    for kind, words in {
        "mulk": ("ملك صرف", "مملوكة"),
        "miri": ("اميرية", "اميرية مفوضة بالطابو", "ملك الدولة"),
        "waqf": ("موقوفة", "وقف"),
        "matruka": ("متروكة",),
        "mawat": ("موات",),
    }.items()
    for word in words
]


class SurveyRefused(BadRequest):
    """The file as a whole cannot be checked."""

    code = "survey_refused"


@dataclass
class Row:
    """A row on its way; `shape` in MUNI_SRID, None when unusable. findings: {Finding: sentence}."""

    number: int
    told: dict
    facts: dict
    shape: object
    findings: dict = field(default_factory=dict)

    @property
    def is_accepted(self):
        return not self.findings.keys() - set(SurveyRow.REMARKS)


def clean(survey, on_progress=None):
    """Checks the file of a running Survey and ends it. Raises SurveyRefused, FileRefused, Stopped."""
    boundary = Boundary.objects.filter(place=survey.place).current().first()
    if boundary is None:
        raise SurveyRefused(_("%(place)s has no boundary yet to check the parcels against.") % {"place": survey.place})
    rows = _read(survey, on_progress or (lambda survey: None))
    _compare(rows, to_shapely(boundary.geom), survey)
    with transaction.atomic():
        if not Survey.objects.select_for_update(of=("self",)).filter(pk=survey.pk, state=survey.State.RUNNING):
            raise Stopped
        _store(survey, rows)
        for row_id, finding, sentence in in_the_way(survey):
            row = SurveyRow.objects.get(pk=row_id)
            row.is_accepted, row.findings = False, [*row.findings, [finding, sentence]]
            row.save(update_fields=["is_accepted", "findings"])
        survey.read = len(rows)
        survey.accepted = survey.rows.accepted().count()
        survey.rejected = survey.read - survey.accepted
        told = survey.rows.remarkable().values_list("findings", flat=True)
        survey.counts = Counter(code for findings in told for code, _sentence in findings)
        survey.progress = survey.total = survey.read
        end(survey, survey.State.DONE)


def _read(survey, on_progress):
    choices = survey.choices
    known = crs.of_file(choices["crs"])
    transformation = crs.transformation(known, choices["extent"])
    survey.transformation, survey.accuracy = transformation.name[:500], transformation.accuracy
    names = choices["fields"]
    converters = {
        target: (names.index(source), _converter(target, source)) for target, source in choices["columns"].items()
    }
    rows = []
    with SourceFile(Path(survey.path), survey.folder, survey.file_name).reading(
        choices["sublayer"], encoding=choices["encoding"]
    ) as reader:
        for batch in reader.batches():
            wkb, problems, *columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
            judged = geometry.judge(wkb, problems, transformation, known.is_geographic, Layer.GeometryType.POLYGON)
            for i in range(batch.num_rows):
                values = [column[i] for column in columns]
                told = {name: _plain(value) for name, value in zip(names, values, strict=True) if value is not None}
                row = Row(len(rows) + 1, told, dict(choices["defaults"]), judged.shapes[i])
                if i in judged.rejected:
                    row.findings[_Finding.UNUSABLE] = judged.rejected[i]
                elif i in judged.repaired:
                    row.findings[_Finding.REPAIRED] = judged.repaired[i]
                _take_facts(row, converters, values)
                _look_at(row, choices["tolerance"])
                rows.append(row)
            if len(rows) > MOST_ROWS:
                raise SurveyRefused(
                    _("A survey file may hold %(most)s parcels: divide it into parts.") % {"most": f"{MOST_ROWS:,}"}
                )
            report_progress(survey, len(rows))
            on_progress(survey)
    if not rows:
        raise SurveyRefused(_("The file holds no features."))
    return rows


def _converter(target, source):
    is_number = target in {"area_m2", "accuracy_m"}
    attribute = Parcels(None).attribute(target)
    known = SimpleNamespace(
        required=False, choices=[asdict(choice) for choice in attribute.choices] if attribute else []
    )
    if target == "land_kind":
        known.choices += _LAND_KINDS
    column = attributes.Column(source, target, FieldType.NUMBER if is_number else FieldType.TEXT)
    return attributes.Converter(column, known)


def _take_facts(row, converters, values):
    for target, (position, convert) in converters.items():
        try:
            value = convert(values[position])
        except attributes.NotConvertible as error:
            row.findings[_Finding.VALUE] = str(error)
            continue
        if isinstance(value, str):
            value = " ".join(value.split())
        if target in {"parcel_no", "block_no"} and value:
            value = western_digits(value)
        if value not in {None, ""}:
            row.facts[target] = value
        if len(str(value)) > _LENGTHS.get(target, 40):
            row.findings[_Finding.VALUE] = _("“%(value)s” is too long") % {"value": value[:60]}
            row.facts[target] = ""


def _look_at(row, tolerance):
    """What a row alone shows. tolerance: per cent that the measured area may be off the registered one."""
    for target, said in (("parcel_no", _("has no parcel number")), ("block_no", _("has no block number"))):
        if not row.facts.get(target):
            row.findings.setdefault(_Finding.NO_NUMBER, said)
    if not row.facts.get("land_kind") and _Finding.VALUE not in row.findings:
        row.findings[_Finding.VALUE] = _("has no land kind")
    _settle_accuracy(row)
    if row.shape is None:
        row.facts["area_m2"] = None
        return
    parts = shapely.get_parts(row.shape)
    if len(parts) > 1:
        row.findings[_Finding.PIECES] = _("consists of %(count)d pieces; a parcel is one whole") % {"count": len(parts)}
    else:
        row.shape = parts[0]
    measured = geodesic_m2(row.shape) if len(parts) == 1 else sum(map(geodesic_m2, parts))
    if measured < LEAST_M2:
        row.findings[_Finding.SMALL] = _("measures %(area).2f m²") % {"area": measured}
    if rules.slivers(np.array([row.shape]))[0]:
        row.findings[_Finding.SLIVER] = _("long and thin: %(area).0f m² within a border of %(border).0f m") % {
            "area": measured,
            "border": row.shape.length,
        }
    registered = row.facts.get("area_m2")
    if registered is not None and abs(measured - registered) * 100 > tolerance * abs(registered):
        row.findings[_Finding.AREA_OFF] = _("registered %(registered).2f m², measured %(measured).2f m²") % {
            "registered": registered,
            "measured": measured,
        }
    if not registered or registered < 0.005:
        row.findings[_Finding.MEASURED] = _("measured %(measured).2f m²") % {"measured": measured}
        registered = measured
    if (area := Decimal(registered).quantize(Decimal("0.01"))) >= _LARGEST_M2:
        row.findings[_Finding.VALUE] = _("the area %(area).0f m² cannot be") % {"area": registered}
        area = None
    row.facts["area_m2"] = area


def _settle_accuracy(row):
    accuracy = row.facts.pop("accuracy_m", None)
    if accuracy is None:
        return
    if 0.005 <= float(accuracy) < 10_000:
        row.facts["accuracy_m"] = Decimal(accuracy).quantize(Decimal("0.01"))
    else:
        row.findings[_Finding.VALUE] = _("the accuracy %(metres)g m cannot be") % {"metres": float(accuracy)}


def _compare(rows, boundary, survey):
    """What only shows beside the other rows and the place: of those that are accepted so far."""
    candidates = [row for row in rows if row.is_accepted]
    if not candidates:
        return
    for row, is_outside in zip(candidates, rules.outside(_shapes(candidates), boundary), strict=True):
        if is_outside:
            row.findings[_Finding.OUTSIDE] = _("does not lie in %(place)s") % {"place": survey.place}
    _refuse_copies([row for row in candidates if row.is_accepted])
    _refuse_repeated_numbers([row for row in candidates if row.is_accepted])
    _refuse_overlaps([row for row in candidates if row.is_accepted])


def _shapes(rows):
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [row.shape for row in rows]
    return shapes


def _refuse_copies(rows):
    """A row repeated as it is counts once; one shape under two numbers is nobody's guess."""
    for group in rules.same_shapes(_shapes(rows)) if rows else ():
        first, *others = [rows[position] for position in group]
        same_number = {_number(row) for row in others} == {_number(first)}
        for row in others if same_number else (first, *others):
            other = others[0] if row is first else first
            said = (
                _("the same shape as row %(row)d")
                if same_number
                else _("the same shape as row %(row)d, which has another number")
            )
            row.findings[_Finding.DUPLICATE] = said % {"row": other.number}


def _refuse_repeated_numbers(rows):
    bearers = defaultdict(list)
    for row in rows:
        bearers[_number(row)].append(row)
    for bearing in bearers.values():
        for row in bearing if len(bearing) > 1 else ():
            others = [str(other.number) for other in bearing if other is not row]
            row.findings[_Finding.REPEATED] = _("number %(number)s is also that of row %(rows)s") % {
                "number": row.facts["parcel_no"],
                "rows": _listed(others),
            }


def _refuse_overlaps(rows):
    touching = defaultdict(list)
    for (one, other), area in (rules.overlaps(_shapes(rows)) if rows else {}).items():
        touching[one].append((rows[other], area))
        touching[other].append((rows[one], area))
    for position, others in touching.items():
        rows[position].findings[_Finding.OVERLAP] = _("overlaps row %(rows)s by %(area).2f m²") % {
            "rows": _listed([str(other.number) for other, _area in others]),
            "area": sum(area for _other, area in others),
        }


def _number(row):
    return row.facts["block_no"], row.facts["parcel_no"]


def _listed(words):
    return _(", ").join(words[:_NAMED]) + (" …" if len(words) > _NAMED else "")


def in_the_way(survey):
    """[(row id, finding, sentence)]: what is in force now that stops accepted rows from coming into force."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"survey": survey.pk, "core": -rules.OVERLAP_CORE_M, "area": rules.OVERLAP_M2})
        standing = [
            (
                row,
                _Finding.STANDING,
                _("overlaps parcel %(number)s of block %(block)s, which is in force"),
                number,
                block,
            )
            for row, number, block in cursor.fetchall()
        ]
        cursor.execute(_TAKEN, {"survey": survey.pk, "place": survey.place_id})
        taken = [
            (row, _Finding.TAKEN, _("block %(block)s has a parcel %(number)s in force"), number, block)
            for row, number, block in cursor.fetchall()
        ]
    return [
        (row, finding, said % {"number": number, "block": block})
        for row, finding, said, number, block in [*standing, *taken]
    ]


# The same question as the trigger's: see migration 0006_invariants.
_STANDING = """
    SELECT DISTINCT ON (r.id) r.id, q.parcel_no, q.block_no
    FROM (SELECT id, geom, ST_Buffer(geom, %(core)s, 'join=mitre') AS core FROM property_surveyrow
          WHERE survey_id = %(survey)s AND is_accepted OFFSET 0) AS r
    JOIN property_parcel q ON q.geom && r.core AND q.status = 'current'
    WHERE ST_Intersects(r.core, q.geom) AND ST_Area(ST_Intersection(r.geom, q.geom)) > %(area)s
    ORDER BY r.id, q.id
"""
_TAKEN = """
    SELECT r.id, q.parcel_no, q.block_no
    FROM property_surveyrow r
    JOIN property_block b ON b.place_id = %(place)s AND b.number = r.block_no
    JOIN property_parcel q ON q.block_id = b.id AND q.parcel_no = r.parcel_no AND q.status = 'current'
    WHERE r.survey_id = %(survey)s AND r.is_accepted
    ORDER BY r.id
"""
_COLUMNS = ("parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2", "accuracy_m")


def _store(survey, rows):
    survey.rows.all().delete()
    lines = StringIO()
    table = csv.writer(lines, quoting=csv.QUOTE_ALL)
    hexes = geometry.to_ewkb_hex(_shapes(rows))
    for row, number, shape in zip(rows, fresh_numbers(len(rows)), hexes, strict=True):
        findings = [[finding.value, sentence] for finding, sentence in row.findings.items()]
        facts = [row.facts.get(name, None if name in {"area_m2", "accuracy_m"} else "") for name in _COLUMNS]
        table.writerow(
            [number, survey.pk, row.number, row.is_accepted, json.dumps(findings), json.dumps(row.told), *facts, shape]
        )
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY property_surveyrow (id, survey_id, number, is_accepted, findings, told,"
            f" {', '.join(_COLUMNS)}, geom) FROM STDIN (FORMAT csv, FORCE_NULL (area_m2, accuracy_m, geom))",
            lines,
        )
        cursor.execute("ANALYZE property_surveyrow")


def fresh_numbers(count):
    """As many numbers for parcels to come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Parcel._meta.db_table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _plain(value):
    """A value as JSON holds it."""
    is_plain = isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))
    return value if is_plain else str(value).replace("\0", "")
