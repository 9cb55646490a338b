from django_tasks import task

from muni.core.daily import nightly


@nightly
def verify_nightly():
    from muni.journal.services import verify

    verify()


@task()
def verify_now():
    from muni.journal.services import verify

    verify()
