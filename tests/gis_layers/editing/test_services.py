import pytest
from django.db import IntegrityError

from gis_layers import services as layer_services
from gis_layers.editing import services
from gis_layers.editing.models import Changeset
from gis_layers.editing.services import EditConflict, NothingToPublish, UnfitChangeset
from gis_layers.models import Feature, Layer, LayerField, LayerRevision
from muni.core.errors import BadRequest, Forbidden
from muni.core.workflow import TransitionNotAllowed
from muni.journal.models import Entry
from muni.notices.models import Notice
from tests.factories import LayerFactory, UserFactory, fill, square
from tests.gis_layers.editing.worlds import APPROVER, Town, area, edit, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


def change(town, changeset, number, **values):
    version = town.token(number)
    return edit(changeset, {"op": "update", "id": number, "version": version, "properties": values})


def test_publishing_makes_one_revision_of_all_edits(town):
    first, second, third = town.numbers
    before = town.now()
    draft = town.open()
    new = edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "new"}})["features"][0]["id"]
    change(town, draft, first, storeys=5)
    edit(draft, {"op": "delete", "id": second, "version": town.token(second)})
    published = town.publish(draft)
    after = town.now()
    assert after.keys() == {new, first, third}
    assert after[first][0]["storeys"] == 5
    assert after[third] == before[third]
    assert (published.state, published.published_revision, town.layer.revision) == ("published", 2, 2)
    assert town.layer.feature_count == 3
    assert town.layer.extent.covers(Feature.objects.get(feature_no=new).geom)
    closed = Feature.objects.filter(layer=town.layer, revision_to=2)
    assert set(closed.values_list("feature_no", flat=True)) == {first, second}
    revision = LayerRevision.objects.get(layer=town.layer, revision=2)
    assert (revision.created, revision.updated, revision.deleted) == (1, 1, 1)
    assert (revision.changeset, revision.by, revision.kind) == (draft.pk, town.approver, "changeset")


def test_every_bump_of_a_layer_leaves_its_record(town):
    layer_services.publish(town.layer, by=town.approver, visibility=Layer.Visibility.STAFF)
    fill(town.layer, (square(*town.place(7)), {"name": "x"}))
    kinds = town.layer.revisions.values_list("revision", "kind", "created")
    assert list(kinds) == [(3, "import", 1), (2, "visibility", 0), (1, "import", 3)]


def test_changes_of_others_to_other_fields_are_merged(town):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    change(town, mine, number, storeys=5)
    change(town, other, number, use="shops")
    town.publish(other)
    town.publish(mine)
    assert town.now()[number][0] == {"name": "n0", "use": "shops", "storeys": 5}


def test_changes_to_one_field_conflict_and_nothing_is_published(town):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    change(town, mine, number, storeys=5)
    services.submit(mine, by=town.planner)
    services.approve(mine, by=town.approver)
    change(town, other, number, storeys=6)
    town.publish(other)
    before = town.now()
    with pytest.raises(EditConflict) as refused:
        services.publish(mine, by=town.approver)
    assert refused.value.fields == {str(number): ["storeys"]}
    assert town.now() == before
    mine = services.return_(mine, by=town.approver, note="Please settle it")
    assert (mine.state, mine.approved_by) == ("open", None)
    services.resolve(mine, number, choices={"storeys": "theirs"}, by=town.planner)
    with pytest.raises(NothingToPublish):
        services.submit(mine, by=town.planner)


@pytest.mark.parametrize(("choice", "storeys"), [("mine", 5), ("theirs", 6), ({"value": "٧"}, 7)])
def test_a_conflict_is_settled_field_by_field(town, choice, storeys):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    change(town, mine, number, storeys=5, use="park")
    change(town, other, number, storeys=6)
    town.publish(other)
    with pytest.raises(EditConflict):
        services.submit(mine, by=town.planner)
    services.resolve(mine, number, choices={"storeys": choice}, by=town.planner)
    town.publish(mine)
    assert town.now()[number][0] == {"name": "n0", "use": "park", "storeys": storeys}
    assert Entry.objects.filter(act="editing.resolve").count() == 1


def test_a_settled_value_must_fit(town):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    change(town, mine, number, storeys=5)
    change(town, other, number, storeys=6)
    town.publish(other)
    with pytest.raises(BadRequest) as refused:
        services.resolve(mine, number, choices={"storeys": {"value": "many"}}, by=town.planner)
    assert list(refused.value.fields) == ["storeys"]


@pytest.mark.parametrize(("choice", "is_there"), [("mine", False), ("theirs", True)])
def test_removal_against_change_is_a_conflict(town, choice, is_there):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    edit(mine, {"op": "delete", "id": number, "version": town.token(number)})
    change(town, mine, town.numbers[1], storeys=9)
    change(town, other, number, storeys=6)
    town.publish(other)
    with pytest.raises(EditConflict):
        services.submit(mine, by=town.planner)
    services.resolve(mine, number, choices={"feature": choice}, by=town.planner)
    town.publish(mine)
    assert (number in town.now()) is is_there


@pytest.mark.parametrize(("choice", "is_there"), [("mine", True), ("theirs", False)])
def test_change_against_removal_is_a_conflict(town, choice, is_there):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    change(town, mine, number, storeys=6)
    change(town, mine, town.numbers[1], storeys=9)
    edit(other, {"op": "delete", "id": number, "version": town.token(number)})
    town.publish(other)
    services.resolve(mine, number, choices={"feature": choice}, by=town.planner)
    town.publish(mine)
    assert (number in town.now()) is is_there
    assert town.layer.feature_count == len(town.now())


def test_removing_what_somebody_else_removed_is_no_conflict(town):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    for changeset in (mine, other):
        edit(changeset, {"op": "delete", "id": number, "version": town.token(number)})
    change(town, mine, town.numbers[1], storeys=9)
    town.publish(other)
    town.publish(mine)
    assert town.layer.feature_count == 2 == len(town.now())


def test_the_author_and_whoever_edited_do_not_approve(town):
    author = team(*APPROVER, department=town.department)
    helper = team(*APPROVER, department=town.department)
    draft = town.open(by=author)
    change(town, draft, town.numbers[0], storeys=3)
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "x"}}, by=helper)
    services.submit(draft, by=author)
    for person in (author, helper, town.planner):
        with pytest.raises(Forbidden):
            services.approve(draft, by=person)
    services.approve(draft, by=town.approver)
    services.publish(draft, by=author)


def test_the_database_itself_refuses_a_self_approved_changeset(town):
    draft = town.open()
    with pytest.raises(IntegrityError):
        Changeset.objects.filter(pk=draft.pk).update(approved_by=town.planner)


@pytest.mark.parametrize("act", ["approve", "publish", "return"])
def test_acts_out_of_order_are_refused(town, act):
    draft = town.open()
    change(town, draft, town.numbers[0], storeys=3)
    with pytest.raises(TransitionNotAllowed):
        services.ACTS[act](draft, by=town.approver)


def test_a_stranger_does_nothing(town):
    draft = town.open()
    change(town, draft, town.numbers[0], storeys=3)
    stranger = UserFactory(permissions=APPROVER)
    for act in ("submit", "abandon"):
        with pytest.raises(Forbidden):
            services.ACTS[act](draft, by=stranger)
    with pytest.raises(Forbidden):
        services.open_changeset(town.layer, by=stranger, title="x")
    with pytest.raises(Forbidden):
        services.comment(draft, by=stranger, text="x")
    assert not Changeset.objects.visible_to(stranger).exists()


def test_nothing_is_submitted_empty(town):
    draft = town.open()
    with pytest.raises(NothingToPublish):
        services.submit(draft, by=town.planner)


def test_what_lacks_a_required_attribute_is_not_submitted(town):
    draft = town.open()
    new = edit(draft, {"op": "create", "geometry": area(), "properties": {"use": "park"}})["features"][0]["id"]
    with pytest.raises(UnfitChangeset) as refused:
        services.submit(draft, by=town.planner)
    assert list(refused.value.fields) == [str(new)]


def test_a_schema_changed_meanwhile_is_obeyed_at_publication(town):
    draft = town.open()
    change(town, draft, town.numbers[0], storeys=3, use="park")
    LayerField.objects.filter(layer=town.layer, name="use").delete()
    town.publish(draft)
    assert town.now()[town.numbers[0]][0] == {"name": "n0", "storeys": 3}
    other = town.open()
    change(town, other, town.numbers[0], storeys=12345)
    LayerField.objects.filter(layer=town.layer, name="storeys").update(type="boolean")
    with pytest.raises(UnfitChangeset):
        services.submit(other, by=town.planner)


def test_acts_are_journaled_and_told_to_those_concerned(town):
    draft = town.open()
    change(town, draft, town.numbers[0], storeys=3)
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "x"}}, by=town.colleague)
    town.publish(draft)
    acts = Entry.objects.about(draft).order_by("pk").values_list("act", "by")
    assert list(acts) == [
        ("editing.open", town.planner.pk),
        ("editing.submit", town.planner.pk),
        ("editing.approve", town.approver.pk),
        ("editing.publish", town.approver.pk),
    ]
    told = Notice.objects.values_list("user", flat=True)
    assert sorted(told) == sorted([town.approver.pk, *[town.planner.pk, town.colleague.pk] * 2])


def test_reverting_takes_back_what_a_changeset_did(town):
    first, second, third = town.numbers
    before = town.now()
    draft = town.open()
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "new"}})
    change(town, draft, first, storeys=5)
    edit(draft, {"op": "delete", "id": second, "version": town.token(second)})
    town.publish(draft)
    inverse = services.revert(town.layer, 2, by=town.colleague)
    assert inverse.reverts == draft
    assert inverse.edits.counted() == {"created": 1, "updated": 1, "deleted": 1}
    services.submit(inverse, by=town.colleague)
    services.approve(inverse, by=town.approver)
    services.publish(inverse, by=town.approver)
    assert town.now() == before
    assert third in before


def test_reverting_meets_later_changes_as_conflicts(town):
    first, *_rest = town.numbers
    for storeys in (5, 6):
        draft = town.open()
        change(town, draft, first, storeys=storeys)
        town.publish(draft)
    inverse = services.revert(town.layer, 2, by=town.planner)
    with pytest.raises(EditConflict):
        services.submit(inverse, by=town.planner)


def test_an_import_is_taken_back_too(town):
    before = town.now()
    fill(town.layer, (square(*town.place(7)), {"name": "x"}))
    town.publish(services.revert(town.layer, 2, by=town.planner))
    assert town.now() == before


def test_a_revision_without_features_is_not_taken_back(town):
    layer_services.publish(town.layer, by=town.approver, visibility=Layer.Visibility.STAFF)
    with pytest.raises(NothingToPublish):
        services.revert(town.layer, 2, by=town.planner)


def test_registered_layers_without_an_editor_are_not_edited(db):
    admin = UserFactory(is_superuser=True)
    with pytest.raises(Forbidden):
        services.open_changeset(Layer.objects.get(slug="parcels"), by=admin, title="x")


def test_hundreds_of_edits_are_published_by_few_statements(django_assert_max_num_queries):
    town = Town(count=0)
    rows = [(square(46 + i % 100 / 500, 31 + i // 100 / 500), {"name": str(i), "storeys": 1}) for i in range(600)]
    fill(town.layer, *rows)
    draft = town.open()
    tokens = dict(Feature.objects.current().values_list("feature_no", "pk"))
    edits = [{"op": "update", "id": n, "version": f"p{pk}", "properties": {"storeys": 4}} for n, pk in tokens.items()]
    edit(draft, *edits)
    services.submit(draft, by=town.planner)
    services.approve(draft, by=town.approver)
    with django_assert_max_num_queries(32):
        services.publish(draft, by=town.approver)
    assert {attributes["storeys"] for attributes, _geometry in town.now().values()} == {4}


def test_an_empty_layer_is_left_without_an_extent():
    town = Town(count=1)
    (number,) = town.numbers
    draft = town.open()
    edit(draft, {"op": "delete", "id": number, "version": town.token(number)})
    town.publish(draft)
    assert (town.layer.feature_count, town.layer.extent) == (0, None)
    assert LayerFactory().revision == 0
