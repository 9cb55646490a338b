from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day(text):
    """An ISO date of a paper's facts as people write it."""
    return date_format(date.fromisoformat(text)) if text else ""
