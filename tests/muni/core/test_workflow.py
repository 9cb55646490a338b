import pytest

from muni.core.workflow import Transition, TransitionNotAllowed, step

TABLE = {"open": Transition({"closed", "ajar"}, "opened", "house.open_door"), "close": Transition({"opened"}, "closed")}


def test_an_act_leads_to_its_target():
    assert step(TABLE, "open", "ajar") == TABLE["open"]


@pytest.mark.parametrize(("act", "state"), [("open", "opened"), ("close", "ajar"), ("paint", "closed")])
def test_an_act_at_another_stage_and_an_unknown_act_are_refused(act, state):
    with pytest.raises(TransitionNotAllowed, match=r"\w+ \w+") as refusal:
        step(TABLE, act, state)
    assert refusal.value.status == 409
