from django_tasks_db.management.commands.db_worker import Command as DatabaseWorkerCommand

from muni.core.daily import queue_nights
from muni.core.jobs import requeue_lost_jobs, worker_presence


class Command(DatabaseWorkerCommand):
    help = "Run background jobs; first put back those that a killed worker left behind"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*")

    def handle(self, *, worker_id, **options):
        with worker_presence(worker_id):
            requeue_lost_jobs()
            queue_nights()
            super().handle(worker_id=worker_id, **options)
