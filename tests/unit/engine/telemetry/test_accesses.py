"""What waits to be written of who read what: one entry a minute for each row, within a bound."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.telemetry import accesses
from engine.telemetry.accesses import Gathered

CONNECTION: Any = None


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stored:
    """Takes what is written, or fails."""

    def __init__(self) -> None:
        self.batches: list[Mapping[UUID, float]] = []
        self.failing = False

    async def __call__(self, _: Any, ago: Mapping[UUID, float]) -> None:
        if self.failing:
            raise ConnectionError("no database")
        self.batches.append(ago)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 90)), max_size=40))
async def test_a_row_is_written_at_most_once_in_a_minute(reads: list[tuple[int, float]]) -> None:
    clock, stored = Clock(), Stored()
    gathered = Gathered(stored, clock)
    keys = [uuid4() for _ in range(4)]
    written: dict[UUID, list[float]] = {key: [] for key in keys}
    for place, pause in reads:
        clock.now += pause
        gathered.note(keys[place])
        await gathered.write(CONNECTION)
        for key in stored.batches.pop() if stored.batches else ():
            written[key].append(clock.now)
    for place, key in enumerate(keys):
        assert bool(written[key]) == any(read == place for read, _ in reads)
        times = written[key]
        assert all(b - a >= 60 for a, b in pairwise(times))


async def test_reads_that_come_before_the_write_are_one() -> None:
    clock, stored = Clock(), Stored()
    gathered = Gathered(stored, clock)
    key = uuid4()
    for _ in range(3):
        gathered.note(key)
        clock.now += 0.25
    await gathered.write(CONNECTION)
    assert stored.batches == [{key: 0.25}]


async def test_what_could_not_be_written_waits_within_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accesses, "MAX_WAITING", 2)
    stored = Stored()
    gathered = Gathered(stored, Clock())
    keys = [uuid4() for _ in range(3)]
    assert [gathered.note(key) for key in keys] == [True, True, False]
    stored.failing = True
    with pytest.raises(ConnectionError):
        await gathered.write(CONNECTION)
    assert len(gathered) == 2
    stored.failing = False
    await gathered.write(CONNECTION)
    assert (set(stored.batches[0]), len(gathered)) == (set(keys[:2]), 0)
