"""A run's progress on standard error: bars on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections import deque
from types import TracebackType
from typing import Final, Protocol, Self

import click
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.output import console, duration_s, number
from db.models import Run, RunStatus
from db.repositories.runs import ArmCounts

_LINE_EVERY_S: Final = 3.0
_RATE_WINDOW_S: Final = 10.0
_BAR_WIDTH: Final = 30


class Rate:
    """Attempts a second over the last seconds, from counts as they are seen."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, count: int, now: float) -> None:
        """At ``now`` (seconds, any monotonic clock) this many had ended."""
        self._seen.append((now, count))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _RATE_WINDOW_S:
            self._seen.popleft()

    @property
    def per_second(self) -> float | None:
        """None until there is something to tell it from."""
        if len(self._seen) < 2:
            return None
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if end > start and last > first else None

    def remaining_s(self, left: int) -> float | None:
        """How long ``left`` more take at this rate."""
        rate = self.per_second
        return None if rate is None else left / rate


class Progress(Protocol):
    """Shows a run's progress while it is entered."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def update(self, run: Run, arms: list[ArmCounts]) -> None:
        """This is the state now."""

    def note(self, text: str) -> None:
        """Say something that stays."""


class LineProgress:
    """One line every few seconds: for logs and pipes."""

    def __init__(self) -> None:
        self._rates: dict[str, Rate] = {}
        self._started = time.monotonic()
        self._said = self._started - _LINE_EVERY_S
        self._status = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def update(self, run: Run, arms: list[ArmCounts]) -> None:
        """Say it when it is time to, or when the status has changed."""
        now = time.monotonic()
        ended, total = (
            sum(arm.progress.done for arm in arms),
            sum(arm.progress.total for arm in arms),
        )
        for arm in arms:
            self._rates.setdefault(arm.arm.label, Rate()).add(arm.progress.done, now)
        if run.status == self._status and now - self._said < _LINE_EVERY_S:
            return
        self._status, self._said = run.status, now
        parts = [
            f"{run.status.lower()}: {number(ended)} of {number(total)} attempts",
            f"{number(sum(arm.progress.failed for arm in arms))} failed",
        ]
        if run.status == RunStatus.RUNNING:
            parts.append(f"{number(sum(arm.in_flight for arm in arms))} in flight")
            if rate := sum(rate.per_second or 0 for rate in self._rates.values()):
                parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
            # The run takes as long as its slowest arm.
            left = [
                self._rates[arm.arm.label].remaining_s(arm.progress.total - arm.progress.done)
                for arm in arms
                if arm.progress.done < arm.progress.total
            ]
            known = [seconds for seconds in left if seconds is not None]
            if known and len(known) == len(left):
                parts.append(f"{duration_s(max(known))} left")
        self.note(f"{duration_s(now - self._started):>8}  {', '.join(parts)}")

    def note(self, text: str) -> None:
        """Say something."""
        click.echo(text, err=True)


class LiveProgress:
    """A bar for each arm, on a terminal."""

    def __init__(self) -> None:
        self._rates: dict[str, Rate] = {}
        self._console = console(err=True)
        self._live = Live(console=self._console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def update(self, run: Run, arms: list[ArmCounts]) -> None:
        """Draw it."""
        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        for column in range(6):
            table.add_column(justify="left" if column < 2 else "right", no_wrap=True)
        for arm in arms:
            rate = self._rates.setdefault(arm.arm.label, Rate())
            rate.add(arm.progress.done, now)
            table.add_row(*_cells(run, arm, rate))
        self._live.update(table)

    def note(self, text: str) -> None:
        """Say something above the bars."""
        self._console.print(Text(text))


def _cells(run: Run, arm: ArmCounts, rate: Rate) -> list[Text | ProgressBar]:
    ended, total, failed = arm.progress.done, arm.progress.total, arm.progress.failed
    speed = left = ""
    if ended == total:
        left = "done"
    elif run.status == RunStatus.RUNNING:
        if (per_second := rate.per_second) is not None:
            speed = f"{per_second:,.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"
        remaining = rate.remaining_s(total - ended)
        left = "" if remaining is None else f"{duration_s(remaining)} left"
    else:
        left = run.status.lower()
    return [
        Text(arm.arm.label),
        ProgressBar(total=max(total, 1), completed=ended, width=_BAR_WIDTH),
        Text(f"{number(ended)}/{number(total)}"),
        Text(f"{number(failed)} failed", style="red") if failed else Text(""),
        Text(speed, style="dim"),
        Text(left, style="dim"),
    ]


def make_progress() -> Progress:
    """Bars where standard error is a terminal that can show them, else lines."""
    capable = sys.stderr.isatty() and not console(err=True).is_dumb_terminal
    return LiveProgress() if capable else LineProgress()
