"""Which papers the house issues: a registry, as with layers. Apps register theirs in their `documents.py`:

@register
class Extract(Kind):
    id = "property.extract"
    ...
"""

from django.utils.translation import gettext_lazy as _

_kinds = {}


class Kind:
    """A kind of paper over rows of one model. Its facts are all that the paper says of its subject and all that a check
    shows of it; `paper` and `facts_template` get them as `facts`, with what `context(facts)` adds."""

    id = ""
    title = _("document")
    paper = ""
    facts_template = ""
    styles = ""
    """Static style sheet of the facts, for the paper and the pages alike; none is needed."""
    reads = ""
    """Permission, in the document's place, of whoever reads it."""
    revokes = ""

    def place(self, subject):
        """The Place whose office issues it."""
        raise NotImplementedError

    def facts(self, subject):
        """A dictionary as JSON holds it, read anew from the database, in the active language. Raises DomainError where
        there is nothing to certify."""
        raise NotImplementedError

    def summary(self, facts):
        """One short line that the QR carries: enough to tell a paper whose words were changed."""
        raise NotImplementedError

    def note_look(self, document, user):
        """An official is shown the paper: for apps that keep account of who looks at persons."""

    def context(self, facts):
        """What the templates need beside the facts, made of nothing else."""
        return {}


def register(kind):
    _kinds[kind.id] = kind()
    return kind


def get(kind_id):
    return _kinds[kind_id]


def registered():
    return list(_kinds.values())
