"""How fast a run is, beside a bare loop that makes the same calls and keeps nothing.

2,638 attempts (1,319 questions, two arms) at most 100 at once, and 20,000 at most 500 at once,
against the stub server with 50 ms latency, through one real worker process and a durable
PostgreSQL: every attempt, transcript and counter committed. Then the 20,000 through two workers,
at most 1,000 at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.figures import Figure
from bench.processes import Meter
from bench.shop import Bare, Shop, Took, Work, open_shop

LATENCY_MS: Final = 50
SMALL: Final = Work(scenarios=1_319, concurrency=100)
LARGE: Final = Work(scenarios=10_000, concurrency=500)
WIDE: Final = Work(scenarios=10_000, concurrency=1_000)


@dataclass(frozen=True, slots=True)
class Round:
    """A run, with what its workers and the database needed, and the bare loop before it."""

    work: Work
    bare: Bare | None
    took: Took
    cpu_s: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Attempts a second, from the start of the first attempt to the run's end."""
        return self.work.attempts / self.took.run_s

    @property
    def wall_rate(self) -> float:
        """Attempts a second since the run was asked for."""
        return self.work.attempts / self.took.wall_s

    @property
    def bare_rate(self) -> float:
        """The bare loop's calls a second."""
        return self.work.attempts / self._loop.seconds

    @property
    def percent(self) -> float:
        """The run's rate, of the bare loop's."""
        return 100 * self._loop.seconds / self.took.run_s

    @property
    def cpu_per_1000(self) -> float:
        """Seconds of CPU for 1,000 attempts: workers and database."""
        return 1000 * self.cpu_s / self.work.attempts

    @property
    def bare_cpu_per_1000(self) -> float:
        """Seconds of CPU for 1,000 calls of the bare loop."""
        return 1000 * self._loop.cpu_s / self.work.attempts

    @property
    def _loop(self) -> Bare:
        assert self.bare is not None, "it was measured in this round"
        return self.bare


@dataclass(frozen=True, slots=True)
class Rounds:
    """All rounds: the small run, the large one, and the large one through two workers."""

    small: list[Round] = field(default_factory=list)
    large: list[Round] = field(default_factory=list)
    wide: list[Round] = field(default_factory=list)


def figures(found: Rounds) -> list[Figure]:
    """The rounds as figures."""
    small, large, wide = found.small, found.large, found.wide
    return [
        *_beside_the_loop("2,638 at 100", small, percent=95),
        Figure("2,638 at 100, from the request", "attempts/s", [r.wall_rate for r in small]),
        Figure(
            "2,638 at 100, CPU per 1,000 attempts", "s", [r.cpu_per_1000 for r in small], goal=0.3
        ),
        Figure("the bare loop's CPU per 1,000 calls", "s", [r.bare_cpu_per_1000 for r in small]),
        Figure("2,638 at 100, peak memory", "MB", [r.peak_mb for r in small]),
        *_beside_the_loop("20,000 at 500", large, percent=60),
        Figure("20,000 at 500, CPU per 1,000 attempts", "s", [r.cpu_per_1000 for r in large]),
        Figure("20,000 at 1,000, two workers", "attempts/s", [r.rate for r in wide]),
        Figure(
            "two workers, of one",
            "%",
            [100 * two.rate / one.rate for one, two in zip(large, wide, strict=True)],
            goal=140,
            at_least=True,
        ),
    ]


def _beside_the_loop(name: str, rounds: Sequence[Round], *, percent: float) -> list[Figure]:
    return [
        Figure(f"{name}, the bare loop", "calls/s", [r.bare_rate for r in rounds]),
        Figure(f"{name}, a run", "attempts/s", [r.rate for r in rounds]),
        Figure(
            f"{name}, of the bare loop",
            "%",
            [r.percent for r in rounds],
            goal=percent,
            at_least=True,
        ),
    ]


async def measure(rounds: int) -> Rounds:
    """Do it ``rounds`` times, bare loops and runs in turn, against the same server."""
    found = Rounds()
    async with open_shop(LATENCY_MS) as shop, shop.hire():
        for _ in range(rounds):
            found.small.append(await _round(shop, SMALL))
            found.large.append(await _round(shop, LARGE))
            async with shop.hire():
                found.wide.append(await _round(shop, WIDE, beside=False))
    return found


async def _round(shop: Shop, work: Work, *, beside: bool = True) -> Round:
    ids = await shop.define(work)
    bare = shop.bare(work) if beside else None
    with Meter(shop.pids) as meter:
        took = await shop.run(ids, work.attempts)
    return Round(work, bare, took, meter.cpu_s, meter.peak_bytes / 2**20)
