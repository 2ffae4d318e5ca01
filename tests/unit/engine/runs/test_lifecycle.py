"""The lifecycle of a run, as a state machine: whatever is commanded, in whatever order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from db.models.run import ACTIVE, TERMINAL, RunStatus
from engine.errors import Conflict
from engine.runs.lifecycle import (
    TRANSITIONS,
    Command,
    IllegalTransition,
    allows,
    apply,
    outcome,
)

# The arrows of the design, written down once more by hand.
ARROWS = {
    RunStatus.PENDING: {
        RunStatus.RUNNING,
        RunStatus.PAUSED,
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
    },
    RunStatus.RUNNING: {
        RunStatus.PAUSED,
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
    },
    RunStatus.PAUSED: {
        RunStatus.RUNNING,
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
    },
}
commands = st.sampled_from(Command)
everything = list(itertools.product(RunStatus, Command))


class Lifecycle(RuleBasedStateMachine):
    """A run that is sent commands."""

    def __init__(self) -> None:
        super().__init__()
        self.status = RunStatus.PENDING
        self.history = [self.status]
        self.begun = False

    @rule(command=commands)
    def send(self, command: Command) -> None:
        before = self.status
        if allows(before, command):
            self.status = apply(before, command)
            self.history.append(self.status)
            return
        with pytest.raises(IllegalTransition) as refused:
            apply(before, command)
        assert (refused.value.status, refused.value.command) == (before, command)

    @invariant()
    def terminal_absorbs(self) -> None:
        ended = [status in TERMINAL for status in self.history]
        assert not any(ended[:-1])

    @invariant()
    def follows_the_arrows(self) -> None:
        for before, after in itertools.pairwise(self.history):
            assert after in ARROWS[before]

    @invariant()
    def never_pending_again(self) -> None:
        assert RunStatus.PENDING not in self.history[1:]


TestLifecycle = Lifecycle.TestCase


@given(st.lists(commands, max_size=30))
def test_once_ended_a_run_stays_as_it_is(sent: list[Command]) -> None:
    for ended in TERMINAL:
        status = ended
        for command in sent:
            with pytest.raises(IllegalTransition):
                status = apply(status, command)
        assert status is ended


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_an_active_run_can_always_be_cancelled(status: RunStatus) -> None:
    assert apply(status, Command.CANCEL) is RunStatus.CANCELLED


@pytest.mark.parametrize(("status", "command"), everything)
def test_what_is_refused_says_why_and_what_to_do(status: RunStatus, command: Command) -> None:
    if allows(status, command):
        return
    with pytest.raises(Conflict) as caught:
        apply(status, command)
    assert caught.value.code == "CONFLICT"
    message = caught.value.message
    assert status.value.lower() in message
    assert message.endswith(".")
    if status in TERMINAL and command is not Command.CANCEL:
        assert "rerun" in message


def test_a_second_cancel_is_a_conflict_that_says_so() -> None:
    with pytest.raises(Conflict, match="already cancelled"):
        apply(RunStatus.CANCELLED, Command.CANCEL)


def test_pause_and_resume_only_between_running_and_paused() -> None:
    assert apply(apply(RunStatus.RUNNING, Command.PAUSE), Command.RESUME) is RunStatus.RUNNING
    assert not allows(RunStatus.PAUSED, Command.PAUSE)
    assert not allows(RunStatus.RUNNING, Command.RESUME)


def test_every_transition_ends_somewhere_the_design_has_an_arrow_to() -> None:
    assert {(before, after) for (before, _), after in TRANSITIONS.items()} == {
        (before, after) for before, targets in ARROWS.items() for after in targets
    }


counts = st.integers(min_value=0, max_value=10**7)


@given(succeeded=counts, failed=counts)
def test_a_run_fails_only_when_nothing_succeeded(succeeded: int, failed: int) -> None:
    end = outcome(succeeded=succeeded, failed=failed, commonest_error="it broke")
    if failed and not succeeded:
        assert end.command is Command.FAIL
        assert end.reason is not None
        assert end.reason.endswith("it broke")
        assert f"{failed:,}" in end.reason
    else:
        assert end.command is Command.COMPLETE
        assert (end.reason is None) == (failed == 0)
        if end.reason:
            assert f"{failed:,} of {failed + succeeded:,}" in end.reason
