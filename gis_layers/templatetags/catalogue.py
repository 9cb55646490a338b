from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def choose(context, name, value):
    """This page's address with one choice made ("" drops it), from the first page of results."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    query.pop(name, None)
    if value != "":
        query[name] = value
    return f"?{query.urlencode()}"
