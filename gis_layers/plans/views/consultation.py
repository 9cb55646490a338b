"""A citizen says something about a plan: who, code, where, what, check, done. Then the planners' side."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_layers.plans import access, consultation, exports
from gis_layers.plans.forms import AnswerForm, CodeForm, PersonForm, PlaceForm, RemarkForm, posted, tell
from gis_layers.plans.models import Objection
from gis_layers.plans.views.public import base_layers, bounds_of, map_of, visible_plan
from muni.core.errors import DomainError
from muni.core.http import client_address
from muni.documents.models import Attachment
from muni.notices.services import check_code, send_code

FILES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
}


def _key(plan):
    return f"objection-{plan.pk}"


@login_not_required
def person(request, pk):
    """Who writes, and on which telephone the answer reaches them."""
    plan = visible_plan(request, pk)
    if not plan.takes_objections:
        return render(request, "plans/say/closed.html", {"plan": plan}, status=409)
    kept = request.session.get(_key(plan), {})
    form = PersonForm(*posted(request), initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            send_code(form.cleaned_data["phone"], purpose=consultation.PURPOSE, address=client_address(request))
        except DomainError as error:
            tell(form, error)
        else:
            request.session[_key(plan)] = form.cleaned_data
            return redirect("plans:say_code", plan.pk)
    return render(request, "plans/say/person.html", {"plan": plan, "form": form})


@login_not_required
def code(request, pk):
    plan = visible_plan(request, pk)
    kept = request.session.get(_key(plan))
    if not kept:
        return redirect("plans:say", plan.pk)
    form = CodeForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        if check_code(kept["phone"], form.cleaned_data["code"], purpose=consultation.PURPOSE):
            try:
                objection = consultation.begin(plan, name=kept["name"], phone=kept["phone"])
            except DomainError as error:
                tell(form, error)
            else:
                request.session[_key(plan)] = {**kept, "id": str(objection.pk)}
                return redirect("plans:say_place", plan.pk)
        else:
            form.add_error("code", _("This is not the code that we sent last, or it is too old. Look again."))
    return render(request, "plans/say/code.html", {"plan": plan, "form": form, "phone": kept["phone"]})


def _writing(view):
    """Gives the view the plan and the objection that this browser is writing; else back to the first page."""

    @wraps(view)
    def inner(request, pk):
        plan = visible_plan(request, pk)
        number = request.session.get(_key(plan), {}).get("id")
        objection = plan.objections.filter(pk=number).first() if number else None
        if objection is None:
            return redirect("plans:say", plan.pk)
        if objection.state != Objection.State.DRAFT and view.__name__ != "done":
            return redirect("plans:say_done", plan.pk)
        return view(request, plan, objection)

    return inner


@login_not_required
@_writing
def place(request, plan, objection):
    point = consultation.lonlat(objection)
    start = {"lon": point[0], "lat": point[1]} if point else {}
    form = PlaceForm(*posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            consultation.point_at(objection, lon=form.cleaned_data["lon"], lat=form.cleaned_data["lat"])
        except DomainError as error:
            tell(form, error)
        else:
            return redirect("plans:say_check" if objection.text else "plans:say_remark", plan.pk)
    context = {"plan": plan, "form": form, "map": _point_map(request, plan, point)}
    return render(request, "plans/say/place.html", context)


@login_not_required
@_writing
def remark(request, plan, objection):
    form = RemarkForm(*posted(request, files=True), initial={"stance": objection.stance, "text": objection.text})
    if request.method == "POST" and "remove" in request.POST:
        files = {str(file.pk): file for file in Attachment.objects.about(objection)}
        if request.POST["remove"] not in files:
            raise Http404
        consultation.remove_file(objection, files[request.POST["remove"]])
        return redirect("plans:say_remark", plan.pk)
    if request.method == "POST" and form.is_valid():
        try:
            consultation.write(objection, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            return redirect("plans:say_check", plan.pk)
    context = {"plan": plan, "form": form, "files": Attachment.objects.about(objection)}
    return render(request, "plans/say/remark.html", context)


@login_not_required
@_writing
def check(request, plan, objection):
    refusal = None
    if request.method == "POST":
        try:
            consultation.submit(objection)
        except DomainError as error:
            refusal = error
        else:
            return redirect("plans:say_done", plan.pk)
    point = consultation.lonlat(objection)
    context = {
        "plan": plan,
        "objection": objection,
        "files": Attachment.objects.about(objection),
        "refusal": refusal,
        "map": _point_map(request, plan, point) if point else None,
    }
    return render(request, "plans/say/check.html", context, status=refusal.status if refusal else 200)


@login_not_required
@_writing
def done(request, plan, objection):
    if objection.state == Objection.State.DRAFT:
        return redirect("plans:say_check", plan.pk)
    return render(request, "plans/say/done.html", {"plan": plan, "objection": objection})


def _point_map(request, plan, point):
    return {
        "plans": [map_of(plan)],
        "base": base_layers(request.user),
        "bounds": bounds_of(plan),
        "point": list(point) if point else None,
    }


def objections(request, pk):
    """The planners' list: what waits for an answer on top."""
    plan = _answerable(request, pk)
    rows = Objection.objects.readable_by(request.user).filter(plan=plan)
    chosen = request.GET.get("state", "")
    if chosen in Objection.State.values:
        rows = rows.filter(state=chosen)
    rows = rows.order_by("-state", "submitted_at", "pk")
    counts = {
        "all": plan.objections.submitted().count(),
        "submitted": plan.objections.unanswered().count(),
    }
    counts["answered"] = counts["all"] - counts["submitted"]
    context = {"plan": plan, "rows": rows, "chosen": chosen, "counts": counts}
    context["may_see_people"] = access.can_see_people(request.user, plan)
    return render(request, "plans/objections.html", context)


@require_safe
def export(request, pk, format):  # noqa: A002
    """The objections as a file of FILES. ?people=1: with names and telephones, for those who answer them."""
    if format not in FILES:
        raise Http404
    plan = visible_plan(request, pk)
    if not access.can_export_objections(request.user, plan):
        raise PermissionDenied if plan.is_public else Http404
    answers = access.can_see_people(request.user, plan)
    people = request.GET.get("people") == "1"
    if people and not answers:
        raise PermissionDenied
    shown = {"words": answers, "people": people}
    rows = exports.take_out(plan, by=request.user, **shown)
    response = HttpResponse(content_type=FILES[format])
    if format == "csv":
        response.write("\ufeff")
        exports.as_csv(rows, response, **shown)
    else:
        response.write({"geojson": exports.as_geojson, "gpkg": exports.as_gpkg}[format](rows, **shown))
    response["Content-Disposition"] = f'attachment; filename="objections-{plan.pk}.{format}"'
    response["Cache-Control"] = "private, no-store"
    return response


def objection(request, pk, objection_pk):
    plan = _answerable(request, pk)
    found = get_object_or_404(Objection.objects.readable_by(request.user).filter(plan=plan), pk=objection_pk)
    form = AnswerForm(*posted(request), instance=Objection.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        try:
            consultation.answer(found, by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The answer is saved; the citizen is told by SMS."))
            return redirect("plans:objections", plan.pk)
    point = consultation.lonlat(found)
    may_see_people = access.can_see_people(request.user, plan)
    context = {
        "plan": plan,
        "objection": found,
        "form": form,
        "files": Attachment.objects.about(found) if may_see_people else (),
        "map": _point_map(request, plan, point) if point and map_of(plan) else None,
        "may_answer": access.can_answer(request.user, plan),
        "may_see_people": may_see_people,
    }
    return render(request, "plans/objection.html", context)


def _answerable(request, pk):
    plan = visible_plan(request, pk)
    if not access.can_read_objections(request.user, plan):
        raise PermissionDenied if plan.is_public else Http404
    return plan
