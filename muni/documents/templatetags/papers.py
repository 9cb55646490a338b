from datetime import date
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.formats import date_format
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag
def inline(name):
    """The text of a static style sheet of ours: a paper fetches nothing."""
    return mark_safe(Path(finders.find(name)).read_text())  # noqa: S308  a file of ours


@register.filter
def day(text):
    """An ISO date of a paper's facts as people write it."""
    return date_format(date.fromisoformat(text)) if text else ""
