"""Pages of changesets and of a layer's past, as people with different rights meet them."""

import pytest
from django.db import connection
from django.utils import timezone

from gis_layers.editing import services
from gis_layers.editing.models import Changeset, Comment
from gis_layers.models import Feature, LayerRevision
from gis_layers.quality.models import Rule, Waiver
from tests.factories import UserFactory, fill, square
from tests.gis_layers.editing.worlds import PLANNER, Town, area, edit
from tests.gis_layers.quality.test_checks import RING, box

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def draft(town):
    draft = town.open(title="Survey of May")
    first, second, _third = town.numbers
    edit(
        draft,
        {"op": "create", "geometry": area(), "properties": {"name": "brand new"}},
        {"op": "update", "id": first, "version": town.token(first), "properties": {"use": "shops"}},
        {"op": "delete", "id": second, "version": town.token(second)},
    )
    return draft


def change(town, changeset, number, **values):
    version = town.token(number)
    edit(changeset, {"op": "update", "id": number, "version": version, "properties": values})


@pytest.fixture(autouse=True)
def large_numbers():
    """Numbers that people would read with separators must stay plain in ids and addresses."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('gis_layers_feature_no', 1000000 + nextval('gis_layers_feature_no'))")


class TestDesk:
    def test_a_changeset_is_opened_from_it(self, town, client_of):
        client = client_of(town.planner)
        answer = client.post("/editor/", {"layer": town.layer.slug, "title": "Survey", "description": ""})
        made = Changeset.objects.get()
        assert answer.url == f"/editor/{made.pk}/"
        assert (made.layer, made.opened_by) == (town.layer, town.planner)

    def test_layers_of_others_are_no_choice(self, town, client_of):
        client = client_of(UserFactory(permissions=PLANNER))
        assert client.post("/editor/", {"layer": town.layer.slug, "title": "Survey"}).status_code == 200
        assert not Changeset.objects.exists()

    def test_it_shows_to_each_what_waits_for_them(self, town, draft, client_of, django_assert_max_num_queries):
        services.submit(draft, by=town.planner)
        assert "Survey of May" in client_of(town.approver).get("/editor/?lang=en").text.partition("My changesets")[0]
        client = client_of(town.planner)
        with django_assert_max_num_queries(26):
            page = client.get("/editor/?lang=en").text
        assert "Waiting for you" not in page
        assert "Survey of May" in page
        assert "Survey of May" not in client_of(UserFactory(permissions=PLANNER)).get("/editor/?lang=en").text


class TestReview:
    def test_it_lists_every_difference_field_by_field(self, town, draft, client_of, django_assert_max_num_queries):
        client = client_of(town.approver)
        with django_assert_max_num_queries(30):
            page = client.get(f"/editor/{draft.pk}/review/?lang=en").text
        assert "brand new" in page
        assert page.count('class="difference"') == 3
        assert f'id="feature-{town.numbers[0]}"' in page
        shapes = client.get(f"/editor/{draft.pk}/review/shapes.geojson").json()
        assert sorted(f["properties"]["kind"] for f in shapes["features"]) == ["added", "removed", "same"]

    def test_the_acts_that_may_be_done_are_offered_and_no_others(self, town, draft, client_of):
        services.submit(draft, by=town.planner)
        address = f"/editor/{draft.pk}/review/"
        mine, theirs = client_of(town.planner).get(address).text, client_of(town.approver).get(address).text
        assert f"{address}approve/" in theirs
        assert f"{address}approve/" not in mine
        assert f"{address}return/" in mine

    def test_the_way_to_publication(self, town, draft, client_of):
        address = f"/editor/{draft.pk}/review/"
        assert client_of(town.planner).post(f"{address}submit/", {"note": "Ready"}).url == address
        assert client_of(town.planner).post(f"{address}approve/").status_code == 403
        approver = client_of(town.approver)
        approver.post(f"{address}approve/")
        approver.post(f"{address}publish/")
        draft.refresh_from_db()
        assert (draft.state, Feature.objects.current().count()) == ("published", 3)
        assert Comment.objects.get().text == "Ready"
        assert approver.get(address).status_code == 200

    @pytest.mark.parametrize("note", ["a\0b", "x" * 4_001])
    def test_a_note_that_cannot_be_kept_is_refused_with_a_sentence(self, town, draft, client_of, note):
        page = client_of(town.planner).post(f"/editor/{draft.pk}/review/submit/", {"note": note})
        assert page.status_code == 400
        assert page.context["refusal"].message
        draft.refresh_from_db()
        assert draft.is_open

    def test_a_refused_act_says_why_on_the_page(self, town, client_of):
        draft = town.open()
        new = edit(draft, {"op": "create", "geometry": area()})["features"][0]["id"]
        answer = client_of(town.planner).post(f"/editor/{draft.pk}/review/submit/?lang=en")
        assert answer.status_code == 409
        assert f'href="#feature-{new}"' in answer.text

    def test_comments(self, town, draft, client_of):
        client = client_of(town.approver)
        assert client.post(f"/editor/{draft.pk}/review/comment/", {"text": "Why so large?"}).status_code == 302
        assert "Why so large?" in client_of(town.planner).get(f"/editor/{draft.pk}/review/").text
        assert client.post(f"/editor/{draft.pk}/review/comment/", {"text": ""}).status_code == 200


class TestQuality:
    @pytest.fixture
    def overlapping(self, town):
        """A changeset whose new area lies on the first of the layer."""
        Rule.objects.create(layer=town.layer, kind="no_overlaps", severity="blocking", parameters={"area": 0.1})
        draft = town.open()
        edit(draft, {"op": "create", "geometry": area(0, 0.0005), "properties": {"name": "x"}})
        return draft

    def test_a_blocking_finding_stops_the_changeset(self, town, overlapping, client_of):
        with pytest.raises(services.QualityBreach):
            services.submit(overlapping, by=town.planner)
        assert client_of(town.planner).get(f"/api/v1/changesets/{overlapping.pk}/").json()["counts"]["blocking"] == 1
        (finding,) = client_of(town.planner).get(f"/api/v1/changesets/{overlapping.pk}/findings/").json()
        assert (finding["severity"], finding["waived"]) == ("blocking", False)
        assert finding["geometry"]["type"] == "Polygon"

    def test_an_exception_with_a_reason_lets_it_pass(self, town, overlapping, client_of):
        client = client_of(town.planner)
        page = client.get(f"/editor/{overlapping.pk}/review/").text
        sent = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in WAIVED}
        assert client.post(f"/editor/{overlapping.pk}/review/exception/", {**sent, "reason": ""}).status_code == 400
        client.post(f"/editor/{overlapping.pk}/review/exception/", {**sent, "reason": "Built over the street"})
        assert Waiver.objects.get().by == town.planner
        town.publish(overlapping)

    def test_a_rule_made_after_the_approval_stops_the_publication(self, town):
        draft = town.open()
        edit(draft, {"op": "create", "geometry": area(0, 0.0005), "properties": {"name": "x"}})
        services.submit(draft, by=town.planner)
        services.approve(draft, by=town.approver)
        Rule.objects.create(layer=town.layer, kind="no_overlaps", severity="blocking", parameters={"area": 0.1})
        before = town.now()
        with pytest.raises(services.QualityBreach):
            services.publish(draft, by=town.approver)
        assert town.now() == before

    def test_a_removed_feature_breaks_no_rule_itself(self, town):
        Rule.objects.create(layer=town.layer, kind="no_duplicates", severity="blocking")
        draft = town.open()
        number = town.numbers[0]
        edit(draft, {"op": "delete", "id": number, "version": town.token(number)})
        assert services.submit(draft, by=town.planner).state == "submitted"

    def test_a_gap_that_a_removal_leaves_stops_the_changeset(self):
        town = Town(count=0)
        Rule.objects.create(layer=town.layer, kind="no_gaps", severity="blocking")
        town.layer = fill(town.layer, *((shape, {"name": f"n{i}"}) for i, shape in enumerate([*RING, box(10, 10)])))
        edge, middle = (Feature.objects.get(attributes__name=name).feature_no for name in ("n0", f"n{len(RING)}"))
        at_the_edge, within = town.open(), town.open()
        edit(at_the_edge, {"op": "delete", "id": edge, "version": town.token(edge)})
        edit(within, {"op": "delete", "id": middle, "version": town.token(middle)})
        assert services.submit(at_the_edge, by=town.planner).state == "submitted"
        with pytest.raises(services.QualityBreach) as breach:
            services.submit(within, by=town.planner)
        assert list(breach.value.fields) == [""]


WAIVED = ("rule", "subject", "fingerprint")


class TestConflicts:
    @pytest.fixture
    def mine(self, town):
        number = town.numbers[0]
        mine, other = town.open(), town.open(by=town.colleague)
        change(town, mine, number, storeys=5, use="park")
        change(town, other, number, storeys=6, use="shops")
        town.publish(other)
        return mine

    def test_all_three_states_stand_side_by_side(self, town, mine, client_of, django_assert_max_num_queries):
        client = client_of(town.planner)
        with django_assert_max_num_queries(26):
            page = client.get(f"/editor/{mine.pk}/conflicts/").text
        for name in ("choice-storeys", "choice-use", "value-storeys"):
            assert f'name="{name}"' in page
        for value in ("<bdi>2</bdi>", "<bdi>5</bdi>", "<bdi>6</bdi>"):
            assert value in page

    def test_they_are_settled_by_choosing(self, town, mine, client_of):
        number = town.numbers[0]
        assert f'name="feature" value="{number}"' in client_of(town.planner).get(f"/editor/{mine.pk}/conflicts/").text
        sent = {
            "feature": number,
            "choice-storeys": "value",
            "value-storeys": "٧",
            "choice-use": "theirs",
            "value-use": "",
        }
        answer = client_of(town.planner).post(f"/editor/{mine.pk}/conflicts/", sent)
        assert answer.status_code == 302
        town.publish(mine)
        assert town.now()[number][0] == {"name": "n0", "storeys": 7, "use": "shops"}

    def test_an_open_choice_is_asked_for_again(self, town, mine, client_of):
        sent = {"feature": town.numbers[0], "choice-use": "theirs"}
        town.layer.schema.filter(name="storeys").update(title_en="Number of storeys")
        page = client_of(town.planner).post(f"/editor/{mine.pk}/conflicts/?lang=en", sent)
        assert page.status_code == 200
        assert 'role="alert"' in page.text
        assert "<li>Number of storeys: Choose which side to keep.</li>" in page.text
        chosen = {row.name: chosen for row, _attribute, chosen, _typed in page.context["conflicts"][0]["rows"]}
        assert chosen == {"storeys": None, "use": "theirs"}, "what was chosen stays chosen"

    def test_a_number_that_is_none_settles_nothing(self, town, mine, client_of):
        client = client_of(town.planner)
        for feature in ("x", "", "9" * 30):
            assert client.post(f"/editor/{mine.pk}/conflicts/", {"feature": feature}).status_code == 200

    def test_without_conflicts_it_leads_back(self, town, draft, client_of):
        page = client_of(town.planner).get(f"/editor/{draft.pk}/conflicts/").text
        assert f"/editor/{draft.pk}/review/" in page


class TestHistory:
    @pytest.fixture
    def past(self, town, draft):
        town.publish(draft)
        return town

    def test_who_did_what_when(self, past, draft, client_of, django_assert_max_num_queries):
        client = client_of(past.planner)
        with django_assert_max_num_queries(16):
            page = client.get(f"/layers/{past.layer.slug}/history/?lang=en").text
        assert "Survey of May" in page
        assert past.approver.display_name in page

    def test_a_day_leads_to_the_revision_that_held_then(self, past, client_of):
        LayerRevision.objects.filter(layer=past.layer, revision=1).update(
            at=timezone.make_aware(timezone.datetime(2020, 5, 1))
        )
        client, address = client_of(past.planner), f"/layers/{past.layer.slug}/history/"
        assert client.get(address, {"on": "2020-05-02"}).url == f"{address}1/"
        assert client.get(address, {"on": "2019-01-01"}).status_code == 200
        assert client.get(address, {"on": "x"}).status_code == 200

    def test_the_layer_as_it_was(self, past, client_of):
        client, address = client_of(past.planner), f"/layers/{past.layer.slug}/history/"
        assert client.get(f"{address}1/").status_code == 200
        assert client.get(f"{address}9/").status_code == 404
        was = client.get(f"{address}1/features.geojson").json()
        assert sorted(f["properties"]["name"] for f in was["features"]) == ["n0", "n1", "n2"]
        now = client.get(f"{address}2/features.geojson").json()
        assert sorted(f["properties"]["name"] for f in now["features"]) == ["brand new", "n0", "n2"]
        west, south = Town.place(0)
        here = client.get(f"{address}1/features.geojson?bbox={west},{south},{west + 0.0005},{south + 0.0005}").json()
        assert [f["properties"]["name"] for f in here["features"]] == ["n0"]
        assert client.get(f"{address}1/features.geojson?bbox=1").status_code == 400

    def test_two_revisions_are_compared(self, past, client_of, django_assert_max_num_queries):
        fill(past.layer, (square(*Town.place(8)), {"name": "imported"}))
        client, address = client_of(past.planner), f"/layers/{past.layer.slug}/history/compare/"
        with django_assert_max_num_queries(24):
            page = client.get(f"{address}?from=1&to=3&lang=en").text
        assert page.count('class="difference"') == 4
        shapes = client.get(f"{address}shapes.geojson?from=3&to=1").json()
        assert len(shapes["features"]) == 4
        assert client.get(f"{address}?from=1&to=1").status_code == 200
        assert client.get(f"{address}?from=1").status_code == 404

    def test_every_version_of_a_feature(self, past, client_of):
        first, second = sorted(Feature.objects.filter(revision_to=2).values_list("feature_no", flat=True))
        client, address = client_of(past.planner), f"/layers/{past.layer.slug}/history/features"
        page = client.get(f"{address}/{first}/?lang=en").text
        assert page.count('class="is-changed"') == 1
        assert "Removed by revision 2" in client.get(f"{address}/{second}/?lang=en").text
        assert client.get(f"{address}/0/").status_code == 404

    def test_a_revision_is_taken_back_by_a_changeset(self, past, client_of):
        answer = client_of(past.planner).post(f"/layers/{past.layer.slug}/history/2/revert/")
        made = Changeset.objects.get(reverts_revision=2)
        assert answer.url == f"/editor/{made.pk}/review/"
        assert client_of(past.planner).post(f"/layers/{past.layer.slug}/history/9/revert/").status_code == 302

    def test_the_past_is_for_those_who_manage_the_layer(self, past, client_of, client):
        past.layer.visibility = "public"
        past.layer.save()
        address = f"/layers/{past.layer.slug}/history/1/features.geojson"
        assert client.get(address, headers={"Accept": "application/json"}).status_code == 401
        assert client_of(UserFactory()).get(address).status_code == 403
        assert client_of(past.approver).get(address).status_code == 200
