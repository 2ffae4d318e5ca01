"""A run of 1,000,000 attempts against a model that answers at once: does it stay as fast?

Looks at the run's own counters and the worker's memory while it goes on. Not measured unless asked
for (`--only endurance`): it takes some ten minutes.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from bench.figures import Figure
from bench.shop import Work, open_shop
from db.models import RunStatus
from db.models.run import TERMINAL
from db.repositories.runs import RunRepository

WORK: Final = Work(scenarios=10_000, concurrency=100, repeats=50)
_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen once: attempts stored so far, and the worker's resident memory."""

    at_s: float
    done: int
    worker_mb: float


def figures(looks: Sequence[Look]) -> list[Figure]:
    """The looks as figures."""
    first, last = _tenth(looks, 0), _tenth(looks, 9)
    early, late = (max(look.worker_mb for look in part) for part in (first, last))
    return [
        Figure("attempts", "", [looks[-1].done]),
        Figure("the whole run", "attempts/s", [_rate(looks)]),
        Figure(
            "the last tenth's rate, of the first's",
            "%",
            [100 * _rate(last) / _rate(first)],
            goal=90,
            at_least=True,
        ),
        Figure("worker's memory", "MB", [max(look.worker_mb for look in looks)], goal=400),
        Figure("worker's memory, last tenth less first", "MB", [late - early], goal=20),
    ]


def _tenth(looks: Sequence[Look], number: int) -> list[Look]:
    """The looks between ``number`` tenths of the attempts and the next."""
    size = looks[-1].done / 10
    return [look for look in looks if number * size <= look.done <= (number + 1) * size]


def _rate(looks: Sequence[Look]) -> float:
    return (looks[-1].done - looks[0].done) / (looks[-1].at_s - looks[0].at_s)


async def measure(work: Work = WORK) -> list[Look]:
    """Do the run once, and look at it twice a second."""
    looks = []
    async with open_shop(0) as shop, shop.hire():
        worker = psutil.Process(shop.workers[0].pid)
        ids = await shop.define(work)
        run = await shop.start(ids)
        while RunStatus(run.status) not in TERMINAL:
            await asyncio.sleep(_EVERY_S)
            async with shop.database.unit_of_work() as session:
                runs = RunRepository(session, ids[0])
                arms = (await runs.arms([run.id]))[run.id]
            done = sum(arm.progress.done for arm in arms)
            looks.append(Look(time.monotonic(), done, worker.memory_info().rss / 2**20))
            run = await shop.look(run)
    if run.status != RunStatus.COMPLETED:
        raise RuntimeError(f"the run is {run.status}: {run.status_reason}")
    return looks
