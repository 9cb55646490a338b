"""The papers of a case: added and taken back on its page."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_layers.plans.forms import posted, tell
from muni.core.errors import DomainError
from property.forms import SourceForm
from property.services import sources
from property.views.cases import case_shown, visible_case


@require_POST
def add(request, pk):
    case = visible_case(request, pk)
    form = SourceForm(*posted(request, files=True))
    if form.is_valid():
        try:
            sources.add_source(case, by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The source is entered."))
            return redirect("property:case", case.pk)
    if not sources.can_change(request.user, case):
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("property:case", case.pk)
    return case_shown(request, case, source_form=form)


@require_POST
def remove(request, pk, source_pk):
    case = visible_case(request, pk)
    source = get_object_or_404(case.sources, pk=source_pk)
    try:
        sources.remove_source(source, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The source is removed."))
    return redirect("property:case", case.pk)
