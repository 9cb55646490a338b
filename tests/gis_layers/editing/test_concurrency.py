"""Many at once, on real connections; and power cuts in the middle."""

import os
import signal
import subprocess
import sys
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction

from gis_layers.editing import services
from gis_layers.editing.gestures import StaleEdit
from gis_layers.editing.models import Changeset, Edit, Gesture
from gis_layers.models import Feature, Layer, LayerRevision
from muni.core.errors import DomainError
from tests.connections import at_once, meanwhile
from tests.gis_layers.editing.worlds import Town, area, edit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town():
    return Town()


def storeys(town, changeset, number, value, by=None):
    version = town.token(number)
    return edit(changeset, {"op": "update", "id": number, "version": version, "properties": {"storeys": value}}, by=by)


def approved(town, changeset):
    services.submit(changeset, by=changeset.opened_by)
    return services.approve(changeset, by=town.approver)


def test_the_same_gesture_twice_at_once_has_one_effect(town):
    draft, gesture = town.open(), uuid4()
    new = {"op": "create", "key": "a", "geometry": area(), "properties": {"name": "x"}}
    answers = at_once(*[lambda: edit(draft, new, gesture=gesture)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert (Edit.objects.count(), Gesture.objects.count()) == (1, 1)


def test_two_edits_of_one_feature_at_once_one_is_told_that_it_is_stale(town):
    draft, number = town.open(), town.numbers[0]
    found = at_once(*[lambda value=value: storeys(town, draft, number, value) for value in (5, 6, 7)])
    assert sorted(isinstance(each, StaleEdit) for each in found) == [False, True, True]
    assert Edit.objects.get().attributes["storeys"] in (5, 6, 7)


def test_edits_of_different_features_in_one_changeset_wait_for_nobody(town):
    """One is held in the middle of its transaction; the other is through before it ends."""
    draft = town.open()
    first, second, _third = town.numbers
    with transaction.atomic():
        storeys(town, draft, first, 5)
        (answer,) = at_once(lambda: storeys(town, draft, second, 6, by=town.colleague))
        assert answer["features"][0]["id"] == second


def test_editing_waits_for_no_publication_of_the_layer(town):
    draft = town.open()
    with transaction.atomic():
        Layer.objects.select_for_update(of=("self",)).get(pk=town.layer.pk)
        (answer,) = at_once(lambda: storeys(town, draft, town.numbers[0], 6))
        assert answer["features"]


def test_nothing_is_edited_while_it_is_being_published(town):
    """A gesture that meets the publication of its own changeset waits and is then refused: nothing is lost unseen."""
    draft = town.open()
    storeys(town, draft, town.numbers[0], 5)
    approved(town, draft)
    with meanwhile(lambda: storeys(town, draft, town.numbers[1], 6)) as late:
        services.publish(draft, by=town.approver)
    assert isinstance(late[0], DomainError)
    assert Edit.objects.count() == 1


def test_two_publishers_of_one_layer_come_one_after_the_other(town):
    first, second, _third = town.numbers
    mine, other = town.open(), town.open(by=town.colleague)
    storeys(town, mine, first, 5)
    storeys(town, other, second, 6)
    approved(town, mine), approved(town, other)
    at_once(*(lambda c=c: services.publish(c, by=town.approver) for c in (mine, other)))
    town.layer.refresh_from_db()
    assert town.layer.revision == 3
    assert {n: town.now()[n][0]["storeys"] for n in (first, second)} == {first: 5, second: 6}
    assert sorted(Changeset.objects.values_list("published_revision", flat=True)) == [2, 3]


def test_two_publishers_of_one_changeset_publish_it_once(town):
    draft = town.open()
    storeys(town, draft, town.numbers[0], 5)
    approved(town, draft)
    found = at_once(*[lambda: services.publish(draft, by=town.approver)] * 3)
    assert sorted(isinstance(each, DomainError) for each in found) == [False, True, True]
    assert LayerRevision.objects.filter(layer=town.layer, kind="changeset").count() == 1


def test_of_two_publishers_of_one_feature_the_second_meets_the_conflict(town):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    storeys(town, mine, number, 5)
    storeys(town, other, number, 6)
    approved(town, mine), approved(town, other)
    found = at_once(*(lambda c=c: services.publish(c, by=town.approver) for c in (mine, other)))
    refused = [each for each in found if isinstance(each, services.EditConflict)]
    assert len(refused) == 1
    town.layer.refresh_from_db()
    assert town.layer.revision == 2


PUBLISH = """
import sys, time
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from gis_layers.editing import services
from gis_layers.editing.models import Changeset
from muni.accounts.models import User

stop, seen = int(sys.argv[4]), 0
def pause(execute, sql, params, many, context):
    global seen
    result = execute(sql, params, many, context)
    if sql.lstrip().startswith(("UPDATE", "INSERT")):
        seen += 1
        if seen == stop:
            print("here", flush=True)
            time.sleep(60)
    return result
with connection.execute_wrapper(pause):
    services.publish(Changeset.objects.get(pk=sys.argv[2]), by=User.objects.get(pk=sys.argv[3]))
print("through", flush=True)
"""


@pytest.mark.parametrize("stop", [1, 2, 3, 4, 5])
def test_a_kill_in_the_middle_of_publishing_leaves_the_old_revision_whole(town, stop):
    """After each of the statements that write."""
    draft = town.open()
    first, second, _third = town.numbers
    storeys(town, draft, first, 5)
    edit(draft, {"op": "delete", "id": second, "version": town.token(second)})
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "x"}})
    approved(town, draft)
    before = town.now()
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PUBLISH,
            connection.settings_dict["NAME"],
            str(draft.pk),
            str(town.approver.pk),
            str(stop),
        ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "here\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    child.stdout.close()
    assert town.now() == before
    town.layer.refresh_from_db()
    draft.refresh_from_db()
    assert (town.layer.revision, town.layer.feature_count, draft.state) == (1, 3, "approved")
    services.publish(draft, by=town.approver)
    assert (Feature.objects.current().count(), town.layer.revisions.count()) == (3, 2)
