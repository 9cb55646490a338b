"""The life of a survey file: received, looked into, checked row by row, and brought into force by a case."""

import shutil
from pathlib import Path

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from gis_layers.importing import crs
from gis_layers.importing import services as importing
from gis_layers.importing.loading import end, remove_working_files
from gis_layers.importing.source import sibling_files, size_of
from gis_layers.jobs import Stopped, exclusively
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.text import fold
from muni.journal.services import record
from property import access
from property.models import Case, Parcel, Survey
from property.services.cleaning import clean, in_the_way
from property.services.holding import RegisterRefusal, open_case

TARGETS = ("parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2", "accuracy_m")
"""What a column of the file can tell of a parcel."""

# What offices and surveyors call their columns, the surest first; folded, spaces and _ aside.
GUESSES = {
    "parcel_no": (
        "parcelno",
        "parcelnumber",
        "رقمالقطعه",
        "القطعه",
        "قطعه",
        "plotno",
        "lotno",
        "parcel",
        "plot",
        "tex",
    ),
    "block_no": ("blockno", "blocknumber", "رقمالمقاطعه", "المقاطعه", "مقاطعه", "muqataa", "block", "sheet"),
    "block_name": ("blockname", "اسمالمقاطعه", "muqataaname"),
    "land_kind": ("landkind", "نوعالارض", "جنسالارض", "صنفالارض", "جنسيه", "tenure"),
    "land_use": ("landuse", "استعمالالارض", "الاستعمال", "use"),
    "area_m2": ("aream2", "officialarea", "registeredarea", "المساحه", "مساحه", "supf", "area"),
    "accuracy_m": ("accuracym", "accuracy", "الدقه"),
}


@transaction.atomic
def receive(upload, *, place, by):
    """A queued Survey for an uploaded file (see importing.uploads.StreamedUpload), which moves into its folder.
    Raises Forbidden."""
    survey = _new(place, by, file_name=upload.name, file_size=upload.size, sha256=upload.sha256)
    target = survey.folder / f"upload{Path(upload.name).suffix.lower()[:12]}"
    upload.move_to(target)
    survey.path = str(target)
    survey.save()
    queue(survey)
    return survey


def receive_file(path, *, place, by, encoding=None):
    """A Survey for a file that stays where it is, looked into at once. Raises Forbidden, FileRefused."""
    paths = sibling_files(path)
    survey = _new(
        place, by, file_name=path.name, file_size=size_of(paths), sha256=importing.checksum(paths), path=str(path)
    )
    try:
        survey.facts = importing.probed(survey, encoding=encoding)
    except Exception:
        shutil.rmtree(survey.folder, ignore_errors=True)
        raise
    survey.state = Survey.State.WAITING
    survey.save()
    return survey


def _new(place, by, **file):
    if not access.can_prepare(by, place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    file["file_name"] = file["file_name"][-255:]
    survey = Survey(place=place, made_by=by, state=Survey.State.QUEUED, language=get_language(), **file)
    survey.folder.mkdir(parents=True)
    return survey


def guessed(fields):
    """{target: column} of a sublayer's fields, as far as their names tell."""
    names = {fold(told["name"]).replace(" ", "").replace("_", ""): told["name"] for told in reversed(fields)}
    return {
        target: next(names[word] for word in words if word in names)
        for target, words in GUESSES.items()
        if any(word in names for word in words)
    }


def choose(survey, *, columns, defaults, survey_source, tolerance=5, sublayer=None, crs_text=None, encoding=None):
    """Writes down how the file is to be read; then it can be queued.

    columns: {target: column of the file}; defaults: {target: value} for what the file does not say. tolerance: per cent
    that a measured area may be off. Raises BadRequest, ImportRefused, UnknownCrs.
    """
    facts = importing.facts_of(survey, sublayer)
    chosen = importing.chosen_crs(facts, crs_text)
    names = [told["name"] for told in facts["fields"]]
    columns = {target: name for target, name in columns.items() if name}
    if strange := [name for name in columns.values() if name not in names]:
        raise BadRequest(
            _("The file has no column “%(name)s”; it has: %(names)s.")
            % {"name": strange[0], "names": _(", ").join(names)}
        )
    for target, said in (("parcel_no", _("Say which column holds the parcel number.")),):
        if target not in columns:
            raise BadRequest(said, fields={target: said})
    for target, said in (
        ("block_no", _("Say which column holds the block number, or give the number.")),
        ("land_kind", _("Say which column holds the kind of land, or choose one.")),
    ):
        if target not in columns and not defaults.get(target):
            raise BadRequest(said, fields={target: said})
    survey.crs = crs.title(chosen)
    survey.total = facts["count"]
    survey.error = ""
    survey.choices = {
        "sublayer": facts["name"],
        "crs": crs.code_of(chosen) or chosen.to_wkt(),
        "extent": facts["extent"],
        "encoding": encoding,
        "fields": names,
        "columns": columns,
        "defaults": {target: value for target, value in defaults.items() if value not in {None, ""}},
        "survey_source": survey_source,
        "tolerance": tolerance,
    }
    survey.save()


@transaction.atomic
def queue(survey):
    """Hands a survey to the workers: to be looked into, or when the choices are made to be checked."""
    from property.tasks import check_survey

    Survey.objects.filter(pk=survey.pk).update(state=Survey.State.QUEUED, progress=0, ended_at=None, error="")
    transaction.on_commit(lambda: check_survey.enqueue(str(survey.pk)))


def run(survey_id, on_progress=None):
    """Looks into a new file, or checks a file whose choices are made; safe to call again after a worker was killed.
    Never raises DomainError: the survey says what was wrong. Does nothing when another worker is at it or it ended.

    on_progress(survey) is called after every batch."""
    with exclusively(Survey, survey_id) as survey:
        if survey is None:
            return
        with translation.override(survey.language):
            try:
                if survey.facts:
                    clean(survey, on_progress)
                else:
                    survey.facts = importing.probed(survey)
                    survey.state = Survey.State.WAITING
                    survey.save(update_fields=["facts", "state"])
            except Stopped:
                shutil.rmtree(survey.folder, ignore_errors=True)
            except DomainError as error:
                end(survey, Survey.State.FAILED, error=error.message)
            except BaseException:
                give_up(survey)
                raise


def give_up(survey):
    end(survey, Survey.State.FAILED, error=_("The check failed unexpectedly."))


@transaction.atomic
def change_choices(survey, *, by):
    """Back to the choices, to check the file again. Raises RegisterRefusal while a case stands on it."""
    survey = _free(survey, by)
    if survey.facts and Path(survey.path).exists():
        survey.rows.all().delete()
        survey.state, survey.ended_at = Survey.State.WAITING, None
        survey.save(update_fields=["state", "ended_at"])


@transaction.atomic
def throw_away(survey, *, by):
    """The file and what was found in it go. Raises RegisterRefusal while a case stands on it."""
    survey = _free(survey, by)
    survey.rows.all().delete()
    survey.state = Survey.State.CANCELLED
    survey.save(update_fields=["state"])
    transaction.on_commit(lambda: shutil.rmtree(survey.folder, ignore_errors=True))


def _free(survey, by):
    """The survey, locked, when no case under way or signed stands on it."""
    survey = Survey.objects.select_for_update(of=("self",)).select_related("place", "case").get(pk=survey.pk)
    if not access.can_prepare(by, survey.place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    if survey.case and survey.case.state not in {Case.State.WITHDRAWN, Case.State.REFUSED}:
        raise RegisterRefusal(_("Case %(number)s stands on this survey.") % {"number": survey.case.number})
    return survey


@transaction.atomic
def open_survey(survey, *, by, note=""):
    """A case that brings the accepted rows into force. Raises Forbidden, RegisterRefusal."""
    survey = _free(survey, by)
    if survey.state != Survey.State.DONE or not survey.accepted:
        raise RegisterRefusal(_("The survey has no parcels that could come into force."))
    case = open_case(Case.Kind.SURVEY, place=survey.place, by=by, proposal={"survey": str(survey.pk)}, note=note)
    survey.case = case
    survey.save(update_fields=["case"])
    facts = {"sha256": survey.sha256, "read": survey.read, "accepted": survey.accepted, "rejected": survey.rejected}
    record(act="property.survey", subject=case, by=by, **facts)
    return case


def refusal(case):
    """The sentence that stands in the way of signing, else "". In place of a simulation, which would write all the
    parcels of the survey for every look at its case."""
    if in_way := in_the_way(survey_of(case)):
        return ngettext(
            "%(count)d row of the survey can no longer come into force; the first %(why)s. Withdraw the case and"
            " check the file again.",
            "%(count)d rows of the survey can no longer come into force; the first %(why)s. Withdraw the case and"
            " check the file again.",
            len(in_way),
        ) % {"count": len(in_way), "why": in_way[0][2]}
    return ""


def survey_of(case):
    return Survey.objects.select_related("place").get(pk=case.proposal["survey"])


def carry_out(case, *, on):
    """Every accepted row becomes a parcel in force with a unit of its own, over which nobody has a right yet."""
    if said := refusal(case):
        raise RegisterRefusal(said)
    survey = survey_of(case)
    told = {
        "survey": survey.pk,
        "case": case.pk,
        "place": case.place_id,
        "on": on,
        "source": survey.choices["survey_source"],
        "current": Parcel.Status.CURRENT,
    }
    with connection.cursor() as cursor:
        for sql in (_BLOCKS, _UNITS_AND_PARCELS):
            cursor.execute(sql, told)
    transaction.on_commit(lambda: remove_working_files(survey))


_BLOCKS = """
    INSERT INTO property_block (place_id, number, name, is_demo)
    SELECT DISTINCT ON (block_no) %(place)s, block_no, block_name, false FROM property_surveyrow
    WHERE survey_id = %(survey)s AND is_accepted ORDER BY block_no, block_name DESC
    ON CONFLICT (place_id, number) DO NOTHING
"""
_UNITS_AND_PARCELS = """
    WITH numbered AS MATERIALIZED (
      SELECT id, nextval(pg_get_serial_sequence('property_propertyunit', 'id')) AS unit FROM property_surveyrow
      WHERE survey_id = %(survey)s AND is_accepted
    ), units AS (
      INSERT INTO property_propertyunit (id, place_id, valid_from, opened_by_id, is_demo)
      SELECT unit, %(place)s, %(on)s, %(case)s, false FROM numbered
    )
    INSERT INTO property_parcel (id, parcel_no, block_id, block_no, block_name, land_kind, land_use, area_m2, status,
      unit_id, valid_from, opened_by_id, survey_source, accuracy_m, geom, is_demo)
    SELECT r.id, r.parcel_no, b.id, b.number, b.name, r.land_kind, r.land_use, r.area_m2, %(current)s,
      n.unit, %(on)s, %(case)s, %(source)s, r.accuracy_m, r.geom, false
    FROM numbered n JOIN property_surveyrow r USING (id)
    JOIN property_block b ON b.place_id = %(place)s AND b.number = r.block_no
"""
