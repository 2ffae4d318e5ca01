"""The one lifecycle of a run: a pure state machine.

    PENDING -> RUNNING <-> PAUSED -> COMPLETED | FAILED | CANCELLED

Terminal states absorb. Nothing here reads or writes anything: callers lock the run's row, ask
:func:`apply`, and store what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from db.models.run import TERMINAL, RunStatus
from engine.errors import Conflict


class Command(StrEnum):
    """What can happen to a run."""

    BEGIN = "begin"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    COMPLETE = "complete"
    FAIL = "fail"


class IllegalTransition(Conflict):
    """The run's status doesn't allow this command."""

    def __init__(self, status: RunStatus, command: Command) -> None:
        super().__init__(_refusal(status, command))
        self.status = status
        self.command = command


# A run can be paused before a worker took it up, and its last attempts can end while it is paused.
TRANSITIONS: Mapping[tuple[RunStatus, Command], RunStatus] = MappingProxyType(
    {
        (RunStatus.PENDING, Command.BEGIN): RunStatus.RUNNING,
        (RunStatus.PENDING, Command.PAUSE): RunStatus.PAUSED,
        (RunStatus.PENDING, Command.CANCEL): RunStatus.CANCELLED,
        (RunStatus.PENDING, Command.FAIL): RunStatus.FAILED,
        (RunStatus.PENDING, Command.COMPLETE): RunStatus.COMPLETED,
        (RunStatus.RUNNING, Command.PAUSE): RunStatus.PAUSED,
        (RunStatus.RUNNING, Command.CANCEL): RunStatus.CANCELLED,
        (RunStatus.RUNNING, Command.COMPLETE): RunStatus.COMPLETED,
        (RunStatus.RUNNING, Command.FAIL): RunStatus.FAILED,
        (RunStatus.PAUSED, Command.RESUME): RunStatus.RUNNING,
        (RunStatus.PAUSED, Command.CANCEL): RunStatus.CANCELLED,
        (RunStatus.PAUSED, Command.COMPLETE): RunStatus.COMPLETED,
        (RunStatus.PAUSED, Command.FAIL): RunStatus.FAILED,
    }
)

_PAST = {
    Command.BEGIN: "begun",
    Command.PAUSE: "paused",
    Command.RESUME: "resumed",
    Command.CANCEL: "cancelled",
    Command.COMPLETE: "completed",
    Command.FAIL: "failed",
}


def _refusal(status: RunStatus, command: Command) -> str:
    if status in TERMINAL:
        already = f"The run is already {status.value.lower()}"
        hint = "start it again with a rerun" if command is not Command.CANCEL else "nothing is left"
        return f"{already}, so it can't be {_PAST[command]}: {hint}."
    if command is Command.PAUSE:
        return "The run is already paused: resume it to go on."
    if command is Command.RESUME:
        return f"The run is {status.value.lower()}, not paused: there is nothing to resume."
    return f"A run that is {status.value.lower()} can't be {_PAST[command]}."


def apply(status: RunStatus, command: Command) -> RunStatus:
    """The status after ``command``; raises :class:`IllegalTransition` when it is not allowed."""
    after = TRANSITIONS.get((status, command))
    if after is None:
        raise IllegalTransition(status, command)
    return after


def allows(status: RunStatus, command: Command) -> bool:
    """Whether ``command`` is possible in ``status``."""
    return (status, command) in TRANSITIONS


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ends when no shard is left: by which command, and why."""

    command: Command
    reason: str | None


def outcome(*, succeeded: int, failed: int, commonest_error: str | None) -> Outcome:
    """COMPLETED, unless the run could not do its work at all: no attempt of it succeeded."""
    if failed and not succeeded:
        because = f": {commonest_error}" if commonest_error else ""
        return Outcome(Command.FAIL, f"None of its {failed:,} attempts succeeded{because}")
    if failed:
        return Outcome(Command.COMPLETE, f"{failed:,} of {succeeded + failed:,} attempts failed")
    return Outcome(Command.COMPLETE, None)
