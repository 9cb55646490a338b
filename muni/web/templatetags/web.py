from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe

register = template.Library()


@cache
def _svg(name):
    path = finders.find(f"vendor/bootstrap-icons/{name}.svg")
    if path is None:
        raise template.TemplateSyntaxError(f"There is no icon {name!r}")
    drawing = Path(path).read_text()
    return mark_safe(drawing[drawing.index(">", drawing.index("<svg")) + 1 :])  # noqa: S308 - a file of ours


@register.simple_tag
def icon(name, classes=""):
    """An icon of Bootstrap Icons, drawn in the text's colour and size; silent to screen readers."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" focusable="false">{}',
        classes,
        _svg(name),
    )


@register.simple_tag(takes_context=True)
def address_with(context, **changes):
    """This page's address with query parameters changed; None or "" drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = value
    return f"?{query.urlencode()}" if query else "."


@register.inclusion_tag("web/parts/pagination.html", takes_context=True)
def pagination(context, page):
    """Links to the pages of a Paginator's Page; nothing when there is one."""
    numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    return {"page": page, "numbers": numbers, "request": context["request"]}


@register.inclusion_tag("web/parts/progress.html")
def progress(percent, label):
    """A bar for work that reports its progress; percent None: how much is left is not known."""
    return {"percent": percent, "label": label}


@register.simple_tag
def status(kind, text):
    """A state with its own shape beside its colour. kind: success, warning, danger, info or neutral."""
    return render_to_string("web/parts/status.html", {"kind": kind, "text": text})
