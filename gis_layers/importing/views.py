"""From a file to a layer: upload, look and choose, watch, read the report."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from gis_layers import access
from gis_layers.importing import crs, services, uploads
from gis_layers.importing.forms import TITLES, ChoicesForm, UploadForm, column_forms, names_are_unlike
from gis_layers.importing.preview import preview
from gis_layers.models import ImportJob, Layer
from muni.core.errors import DomainError

PRESENTED = ("title_ar", "title_en", "slug", "department", "layer", "mode", "key", "source", "licence", "target")


@csrf_exempt  # the token is in the body, which is only read once its length is known: _upload checks it
def upload(request, slug=None):
    """The first page: a file for a new layer, or for the layer `slug`."""
    layer = _target(request.user, slug)
    if layer is None and not access.departments_for_new_layers(request.user).exists():
        raise PermissionDenied
    if request.method == "POST":
        try:
            uploads.refuse_early(request)
        except uploads.FileTooLarge as error:
            return _upload_page(request, UploadForm(), layer, error)
        request.upload_handlers = [uploads.StreamingHandler(request)]
    return _upload(request, layer)


@csrf_protect
def _upload(request, layer):
    if request.method != "POST":
        return _upload_page(request, UploadForm(), layer)
    form = UploadForm(request.POST, request.FILES)
    if getattr(request, "upload_too_large", False):
        return _upload_page(request, UploadForm(), layer, uploads.too_large())
    if not form.is_valid():
        return _upload_page(request, form, layer)
    department = layer.department if layer else access.departments_for_new_layers(request.user).first()
    job = services.receive_upload(form.cleaned_data["file"], by=request.user, department=department, layer=layer)
    services.queue(job)
    return redirect("importing:job", job.pk)


def _upload_page(request, form, layer, refusal=None):
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(
        request,
        "gis_layers/importing/upload.html",
        {"form": form, "layer": layer, "refusal": refusal, "limit": settings.IMPORT_MAX_BYTES},
        status=status,
    )


def job(request, pk):
    """One address for the whole way: progress, choices, report."""
    job = _job(request.user, pk)
    if job.state == ImportJob.State.WAITING:
        return _choices(request, job)
    context = {"job": job, "notes": services.notes_of(job), "may_retry": _may_retry(job)}
    template = "report" if job.has_ended else "progress"
    if request.htmx and not job.has_ended:
        return render(request, "gis_layers/importing/progress_bar.html", context)
    response = render(request, f"gis_layers/importing/{template}.html", context)
    if request.htmx:
        response.headers["HX-Refresh"] = "true"
    return response


def _choices(request, job):
    if request.htmx:  # the page that watched the reading
        response = render(request, "gis_layers/importing/progress_bar.html", {"job": job})
        response.headers["HX-Refresh"] = "true"
        return response
    if request.method == "POST":
        return _choose(request, job)
    draft = job.choices.get("draft", {})
    form = ChoicesForm(initial=_initial(job, draft), job=job, user=request.user)
    layer = _existing(form, form.initial)
    data = (
        QueryDict(draft["columns"])
        if draft.get("columns") and draft.get("columns_of") == _columns_of(form.facts, layer)
        else None
    )
    return _choices_page(request, job, form, column_forms(form.facts, layer, data))


def _choose(request, job):
    form = ChoicesForm(request.POST, job=job, user=request.user)
    if request.POST.get("act") != "import":
        return _keep_draft(request, job, form)
    layer = form.fields["layer"].queryset.filter(slug=request.POST.get("layer")).first()
    layer = layer if request.POST.get("target") == "existing" else None
    rows = column_forms(form.facts, layer, request.POST)
    try:
        fine = form.is_valid() & all([row.is_valid() for row in rows])
    except DomainError as error:
        form.add_error("crs", error.message)
        fine = False
    if fine and names_are_unlike(rows):
        try:
            _prepare(request.user, job, form, [row.result() for row in rows])
        except DomainError as error:
            form.add_error("crs" if "crs" in error.fields else None, error.message)
        else:
            services.queue(job)
            return redirect("importing:job", job.pk)
    return _choices_page(request, job, form, rows, status=400)


def _prepare(user, job, form, columns):
    data = form.cleaned_data
    existing = data["target"] == "existing"
    allowed = (
        access.can_change_layer(user, data["layer"]) if existing else access.can_create_layer(user, data["department"])
    )
    if not allowed:
        raise PermissionDenied
    job.department = data["layer"].department if existing else data["department"]
    services.prepare(
        job,
        slug=data["layer"].slug if existing else data["slug"],
        sublayer=form.facts["name"],
        crs_text=data["crs"],
        mode=data["mode"] or ImportJob.Mode.REPLACE if existing else ImportJob.Mode.REPLACE,
        key=data["key"],
        columns=columns,
        title_ar=data["title_ar"],
        title_en=data["title_en"],
        encoding=data.get("encoding"),
        source=data["source"],
        licence=data["licence"],
    )


def _keep_draft(request, job, form):
    """Remembers what was chosen so far, reads the text anew where its encoding changed, shows the page again."""
    facts, posted = form.facts, request.POST
    encoding = posted.get("encoding")
    if encoding and facts["encoding"] and encoding != facts["encoding"]["name"]:
        try:
            services.look_again(job, sublayer=facts["name"], encoding=encoding)
        except DomainError as error:
            messages.error(request, error.message)
    columns = QueryDict(mutable=True)
    columns.update({name: value for name, value in posted.items() if name.startswith("column-")})
    layer = Layer.objects.filter(slug=posted.get("layer") or "").first() if posted.get("target") == "existing" else None
    job.choices = {
        "draft": {
            **{name: posted.get(name, "") for name in (*PRESENTED, "sublayer", "crs")},
            "columns": columns.urlencode(),
            "columns_of": posted.get("columns_of") if posted.get("columns_of") == _columns_of(facts, layer) else "",
        }
    }
    job.save(update_fields=["choices"])
    return redirect("importing:job", job.pk)


def _initial(job, draft):
    stem = job.file_name.rsplit("/", 1)[-1].split(".")[0]
    facts = next((f for f in job.facts if f["name"] == draft.get("sublayer")), job.facts[0])
    told = {
        "target": "existing" if job.layer_id else "new",
        "layer": job.layer.slug if job.layer_id else None,
        "department": None if job.layer_id else job.department_id,
        "mode": ImportJob.Mode.REPLACE,
        "title_ar": stem.replace("_", " "),
        "slug": services.free_slug(facts["name"] if len(job.facts) > 1 else stem),
    }
    told |= {name: value for name, value in draft.items() if value}
    told["sublayer"] = facts["name"]
    told["encoding"] = (facts["encoding"] or {}).get("name")
    told["crs"] = draft.get("crs") or (facts["crs"] or {}).get("code") or ""
    return told


def _existing(form, values):
    if values.get("target") != "existing":
        return None
    return form.fields["layer"].queryset.filter(slug=values.get("layer") or "").first()


def _columns_of(facts, layer):
    return f"{facts['name']}|{layer.slug if layer else ''}|{'|'.join(f['name'] for f in facts['fields'])}"


def _choices_page(request, job, form, rows, status=200):
    layer = rows and _existing(form, form.data if form.is_bound else form.initial)
    crs_text = (form.data if form.is_bound else form.initial).get("crs") or ""
    context = {
        "job": job,
        "form": form,
        "facts": form.facts,
        "format": TITLES.get(form.facts["format"], form.facts["format"]),
        "rows": rows,
        "columns_of": _columns_of(form.facts, layer or None),
        "preview": preview(form.facts, crs_text),
        "known_crs": [(f"EPSG:{code}", title) for code, title in crs.COMMON],
    }
    return render(request, "gis_layers/importing/choices.html", context, status=status)


@require_POST
def cancel(request, pk):
    job = _job(request.user, pk)
    if not services.cancel(job):
        return redirect("importing:job", job.pk)
    messages.info(request, _("The import was stopped. Nothing was changed."))
    return redirect("importing:history", job.layer.slug) if job.layer_id else redirect("importing:upload")


@require_POST
def retry(request, pk):
    services.try_again(_job(request.user, pk))
    return redirect("importing:job", pk)


@require_safe
def listing(request, pk, kind):
    """Rejected or repaired rows with the reason of each, as CSV."""
    job = _job(request.user, pk)
    path = {"rejected": job.reject_file, "repaired": job.repair_file}[kind]
    if not path.exists():
        raise Http404
    stem = job.file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{stem}-{kind}.csv", content_type="text/csv")


@require_safe
def history(request, slug):
    """Where the layer's features come from."""
    layer = get_object_or_404(Layer.objects.manageable_by(request.user), slug=slug)
    jobs = layer.imports.exclude(state__in=["waiting", "cancelled"]).select_related("made_by")
    return render(request, "gis_layers/importing/history.html", {"layer": layer, "jobs": jobs[:100]})


def _target(user, slug):
    """The planner-made layer to import into, 404 when the user may not see it, 403 when not change it."""
    if slug is None:
        return None
    layer = get_object_or_404(Layer.objects.visible_to(user).select_related("department__place"), slug=slug)
    if layer.is_registered or not access.can_change_layer(user, layer):
        raise PermissionDenied
    return layer


def _job(user, pk):
    """An import that the user made, or into a place whose layers they keep; else 404."""
    job = get_object_or_404(ImportJob.objects.select_related("layer", "department__place", "made_by"), pk=pk)
    if job.made_by_id != user.pk and not user.has_perm("gis_layers.change_layer", job.department.place):
        raise Http404
    return job


def _may_retry(job):
    return job.state == ImportJob.State.FAILED and bool(job.facts)
