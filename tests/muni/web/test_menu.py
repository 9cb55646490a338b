import pytest

from muni.web import menu
from muni.web.menu import Entry, Figure
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_menu(monkeypatch):
    monkeypatch.setattr(menu, "_entries", [])
    monkeypatch.setattr(menu, "_figures", [])


def test_entries_stand_in_order_and_need_their_permission():
    menu.add(Entry("home", "Later", "", "map", order=20))
    menu.add(Entry("home", "Import", "", "map", permission="gis_layers.add_layer", order=10))
    citizen, planner = UserFactory(), UserFactory(permissions=["gis_layers.add_layer"])
    assert [entry.title for entry in menu.entries_for(citizen)] == ["Later"]
    assert [entry.title for entry in menu.entries_for(planner)] == ["Import", "Later"]


def test_a_figure_of_nothing_is_left_out(client):
    menu.add_figure(Figure("parcels", lambda user: 0))
    menu.add_figure(Figure("layers", lambda user: 1234))
    page = client.get("/").text
    assert "1,234" in page
    assert "parcels" not in page
