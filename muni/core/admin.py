"""For administrators: public holidays, and background jobs (what waits, what ran, and why something failed)."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskResultStatus
from django_tasks_db.models import get_date_max

from muni.core.models import Holiday, Job

STATES = {
    TaskResultStatus.READY: _("waiting"),
    TaskResultStatus.RUNNING: _("running"),
    TaskResultStatus.SUCCESSFUL: _("done"),
    TaskResultStatus.FAILED: _("failed"),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return STATES.items()

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ["name", "state", "enqueued", "started", "finished"]
    list_filter = [StateFilter]
    ordering = ["-enqueued_at"]
    fields = readonly_fields = [
        "name",
        "arguments",
        "state",
        "queue",
        "enqueued",
        "due",
        "started",
        "finished",
        "fault",
    ]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("task"), ordering="task_path")
    def name(self, job):
        return job.task_path.rpartition(".")[2]

    @admin.display(description=_("arguments"))
    def arguments(self, job):
        return job.args_kwargs

    @admin.display(description=_("state"), ordering="status")
    def state(self, job):
        return STATES[job.status]

    @admin.display(description=_("queue"), ordering="queue_name")
    def queue(self, job):
        return job.queue_name

    @admin.display(description=_("enqueued"), ordering="enqueued_at")
    def enqueued(self, job):
        return job.enqueued_at

    @admin.display(description=_("not before"))
    def due(self, job):
        return None if job.run_after == get_date_max() else job.run_after

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, job):
        return job.started_at

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, job):
        return job.finished_at

    @admin.display(description=_("what went wrong"))
    def fault(self, job):
        return format_html('<pre dir="ltr">{}</pre>', job.traceback) if job.traceback else None


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    list_display = ["name_ar", "name_en", "first_day", "last_day", "is_yearly", "last_year"]
    list_filter = ["is_yearly"]
    search_fields = ["name_ar", "name_en"]
    date_hierarchy = "first_day"
