"""Background work of the register."""

from django.utils import translation
from django_tasks import task

from muni.core.daily import nightly
from muni.core.jobs import LONG, when_given_up
from property.models import Survey
from property.services import escalation, surveys


@task(queue_name=LONG)
def check_survey(survey_id):
    surveys.run(survey_id)


@when_given_up(check_survey)
def give_up(survey_id):
    survey = Survey.objects.filter(pk=survey_id, state=Survey.State.RUNNING).first()
    if survey is not None:
        with translation.override(survey.language):
            surveys.give_up(survey)


@nightly
def escalate_overdue():
    escalation.escalate_overdue()
