"""How REST views read what is sent."""

from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers


class JSONParser(parsers.JSONParser):
    """What is nested too deeply to be read is as unreadable as any other bad JSON."""

    def parse(self, *args, **kwargs):
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from None
