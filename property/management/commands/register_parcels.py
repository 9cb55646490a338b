import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gis_layers.importing import services as importing
from gis_layers.management.operator import speaking_the_terminals_language
from muni.accounts.models import User
from muni.core.errors import DomainError
from muni.places.models import Place
from property.models import Parcel, Survey, SurveyRow
from property.services import surveys


class Command(BaseCommand):
    help = (
        "Check survey files row by row and prepare their parcels for the register (تحديد الملكية). With --open each"
        " file becomes a case, which a second person signs on its page; without, the report alone is made."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="file")
        parser.add_argument("--place", required=True, help="code of the municipality whose register it is")
        parser.add_argument("--by", required=True, help="user name of the registrar")
        parser.add_argument("--sublayer", help="which layer of a file that holds several")
        parser.add_argument("--crs", help="EPSG:n, where the file does not say it or says it wrongly")
        parser.add_argument("--encoding", help="of the text, where the detection errs")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="TARGET=COLUMN",
            help=f"which column tells what; else guessed by name. Targets: {', '.join(surveys.TARGETS)}",
        )
        parser.add_argument(
            "--default", action="append", default=[], metavar="TARGET=VALUE", help="for what the file does not tell"
        )
        parser.add_argument("--survey-source", choices=Parcel.Survey.values, default=Parcel.Survey.FIELD)
        parser.add_argument("--tolerance", type=float, default=5, help="per cent that areas may be off; default 5")
        parser.add_argument("--open", action="store_true", help="open a case for the accepted rows")

    @speaking_the_terminals_language
    def handle(self, *, files, place, by, **options):
        found = Place.objects.filter(code=place).first()
        if found is None:
            raise CommandError(_("There is no place with the code %(code)s.") % {"code": place})
        user = User.objects.filter(username=by).first()
        if user is None:
            raise CommandError(_("There is no user %(name)s.") % {"name": by})
        for file in files:
            if not file.is_file():
                raise CommandError(_("There is no file %(path)s. Nothing was changed.") % {"path": file})
            try:
                self._register(file, found, user, **options)
            except DomainError as error:
                raise CommandError(error.message) from None

    def _register(self, file, place, by, *, column, default, sublayer, crs, encoding, open, **options):
        survey = surveys.receive_file(file, place=place, by=by, encoding=encoding)
        try:
            facts = importing.facts_of(survey, sublayer)
            surveys.choose(
                survey,
                columns=surveys.guessed(facts["fields"]) | _pairs(column),
                defaults=_pairs(default),
                survey_source=options["survey_source"],
                tolerance=options["tolerance"],
                sublayer=sublayer,
                crs_text=crs,
                encoding=encoding,
            )
        except DomainError:
            surveys.throw_away(survey, by=by)
            raise
        Survey.objects.filter(pk=survey.pk).update(state=Survey.State.QUEUED)
        surveys.run(survey.pk, on_progress=self._show_progress)
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        survey.refresh_from_db()
        if survey.state != Survey.State.DONE:
            raise CommandError(survey.error)
        self._tell(survey)
        if open:
            case = surveys.open_survey(survey, by=by)
            self.stdout.write(_("Case %(number)s waits to be submitted and signed.") % {"number": case.number})

    def _tell(self, survey):
        self.stdout.write(
            _("%(file)s: read %(read)s, accepted %(accepted)s, rejected %(rejected)s")
            % {
                "file": survey.file_name,
                "read": survey.read,
                "accepted": survey.accepted,
                "rejected": survey.rejected,
            }
        )
        for code, title in SurveyRow.Finding.choices:
            if code in survey.counts:
                self.stdout.write(f"  {survey.counts[code]:>8,}  {title}")

    def _show_progress(self, survey):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{survey.progress:,} / {survey.total:,}")
            sys.stderr.flush()


def _pairs(given):
    """["target=value"] as a dictionary."""
    pairs = dict(pair.partition("=")[::2] for pair in given)
    if strange := pairs.keys() - set(surveys.TARGETS):
        raise CommandError(
            _("“%(name)s” is none of %(names)s.") % {"name": min(strange), "names": ", ".join(surveys.TARGETS)}
        )
    return pairs
