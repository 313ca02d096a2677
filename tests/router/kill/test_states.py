"""The one table of the kill switch."""

from __future__ import annotations

import pytest

from framework.router.kill.states import SEVERITY, STEPS, Cause, KillState, KillStep, most_severe, next_state


@pytest.mark.parametrize("state", list(KillState))
def test_every_state_trips(state: KillState) -> None:
    assert next_state(state, KillStep.TRIP) is KillState.TRIPPED


def test_only_a_person_leads_out_of_tripped_and_by_two_steps() -> None:
    assert set(STEPS[KillState.TRIPPED]) == {KillStep.ARM, KillStep.TRIP}
    assert next_state(KillState.TRIPPED, KillStep.ARM) is KillState.REDUCING
    assert next_state(KillState.REDUCING, KillStep.ARM) is KillState.ARMED


def test_what_passes_by_itself_never_arms_what_was_not_armed() -> None:
    arming = [state for state in KillState if next_state(state, KillStep.RECOVER) is KillState.ARMED]
    assert arming == [KillState.REDUCING]


def test_the_most_severe_state_holds() -> None:
    assert most_severe([KillState.ARMED, KillState.TRIPPED, KillState.REDUCING]) is KillState.TRIPPED
    assert set(SEVERITY) == set(KillState)
    assert Cause.PAUSE.value == "pause"
