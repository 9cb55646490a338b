"""What stands in the navigation and on the home page.

As `admin.py` is to the admin, an app's `menu.py` says here what it offers:

    menu.add(Entry("map", _("Map"), _("See the layers of your municipality."), icon="map"))
    menu.add_figure(Figure(_("parcels"), count_parcels))
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

_entries = []
_figures = []


@dataclass(frozen=True)
class Entry:
    """A service. `permission`: shown to those who hold it, or one of several with spaces between them, anywhere; empty:
    to everybody."""

    url_name: str
    title: str
    summary: str
    icon: str
    permission: str = ""
    order: int = 100

    @property
    def url(self):
        return reverse(self.url_name)


@dataclass(frozen=True)
class Figure:
    """A public fact for the home page; `count(user)` gives a number."""

    title: str
    count: Callable
    order: int = 100


def add(entry):
    _entries.append(entry)
    _entries.sort(key=lambda e: e.order)


def add_figure(figure):
    _figures.append(figure)
    _figures.sort(key=lambda f: f.order)


def entries_for(user):
    return [e for e in _entries if not e.permission or any(map(user.has_perm, e.permission.split()))]


def figures_for(user):
    """[(title, number)]; a figure of nothing is left out."""
    counted = [(figure.title, figure.count(user)) for figure in _figures]
    return [(title, number) for title, number in counted if number]
