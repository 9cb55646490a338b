from django_tasks import task


@task()
def deliver(message_id):
    from muni.notices.services import attempt

    attempt(message_id)
