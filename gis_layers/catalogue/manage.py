"""The acts of those who keep the catalogue: each view parses, calls one service, answers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gis_layers import access, services
from gis_layers.catalogue.forms import (
    DeletionForm,
    LayerForm,
    MetadataForm,
    SchemaFormSet,
    VisibilityForm,
    schema_rows,
)
from gis_layers.catalogue.views import visible_layer
from gis_layers.models import Layer
from muni.core.errors import DomainError


def allowed_layer(request, slug, allowed):
    """The layer, 404 for whoever may not see it, 403 for whoever may not do this."""
    layer = visible_layer(request, slug)
    if not allowed(request.user, layer):
        raise PermissionDenied
    return layer


def create(request):
    if not request.user.has_perm("gis_layers.add_layer"):
        raise PermissionDenied
    form = LayerForm(request.POST or None, user=request.user)
    rows = SchemaFormSet(request.POST or None, prefix="attributes")
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            layer = services.create_layer(by=request.user, attributes=rows.attributes(), **form.cleaned_data)
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("The layer is there, private and empty. Import data or say more about it."))
            return redirect("catalogue:layer", layer.slug)
    return render(request, "gis_layers/catalogue/create.html", {"form": form, "rows": rows})


def metadata(request, slug):
    layer = allowed_layer(request, slug, access.can_change_layer)
    form = MetadataForm(request.POST or None, instance=Layer.objects.get(pk=layer.pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(layer, by=request.user, **form.cleaned_data)
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("The description is saved."))
            return redirect("catalogue:layer", slug)
    return render(request, "gis_layers/catalogue/metadata.html", {"layer": layer, "form": form})


def schema(request, slug):
    layer = allowed_layer(request, slug, lambda user, it: not it.is_registered and access.can_change_layer(user, it))
    rows = SchemaFormSet(request.POST or None, prefix="attributes", initial=schema_rows(layer))
    refusal = None
    if request.method == "POST" and rows.is_valid():
        try:
            services.change_schema(
                layer, by=request.user, attributes=rows.attributes(), erase=request.POST.get("erase") == "yes"
            )
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The attributes are saved."))
            return redirect("catalogue:layer", slug)
    return render(request, "gis_layers/catalogue/schema.html", {"layer": layer, "rows": rows, "refusal": refusal})


def visibility(request, slug):
    """Two steps: choose, then read what will happen and confirm."""
    layer = allowed_layer(request, slug, access.can_publish_layer)
    form = VisibilityForm(request.POST or None, layer=layer)
    target, refusal = None, None
    if request.method == "POST" and form.is_valid():
        target = form.cleaned_data["visibility"]
        opens = services.REACH.index(target) > services.REACH.index(layer.visibility)
        if request.POST.get("confirmed") == "yes":
            try:
                act = services.publish if opens else services.withdraw
                layer = act(layer, by=request.user, visibility=target)
            except DomainError as error:
                refusal = error
            else:
                sentence = _("The layer is now visible to: %s.") % layer.get_visibility_display()
                messages.success(request, sentence)
                return redirect("catalogue:layer", slug)
    return render(
        request,
        "gis_layers/catalogue/visibility.html",
        {
            "layer": layer,
            "form": form,
            "target": target,
            "target_label": dict(Layer.Visibility.choices).get(target),
            "missing": services.missing_for_public(layer) if target == Layer.Visibility.PUBLIC else [],
            "refusal": refusal,
        },
    )


def delete(request, slug):
    layer = allowed_layer(request, slug, access.can_delete_layer)
    form = DeletionForm(request.POST or None, layer=layer)
    if request.method == "POST" and form.is_valid():
        try:
            services.delete(layer, by=request.user)
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("The layer “%s” is deleted.") % layer.title)
            return redirect("catalogue:list")
    return render(request, "gis_layers/catalogue/delete.html", {"layer": layer, "form": form})


def _tell(form, error):
    """Puts a service's refusal beside the fields that it names."""
    named = {name: sentence for name, sentence in error.fields.items() if name in form.fields and sentence}
    for name, sentence in named.items():
        form.add_error(name, sentence)
    if not named:
        form.add_error(None, error.message)
