from django_tasks import task

from muni.core.daily import nightly
from muni.core.jobs import when_given_up


@task()
def deliver(message_id):
    from muni.notices.services import attempt

    attempt(message_id)


@when_given_up(deliver)
def put_off(message_id):
    from muni.notices.services import put_off

    put_off(message_id)


@nightly
def revive():
    from muni.notices.services import revive

    revive()
