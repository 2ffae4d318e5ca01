"""What is wrong, in words."""

from dataclasses import replace
from datetime import UTC, datetime

from db.ids import uuid7
from db.repositories.workers import LiveWorker, QueueDepth
from engine.health.report import warnings_for

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IDLE = QueueDepth(0, 0, None, 0, 0, 0, 0, 0)
BUSY = replace(IDLE, queued=2, runs=1, oldest_waiting=NOW, attempts_waiting=20)
WORKER = LiveWorker(uuid7(), "here", 7, "1.0", NOW, NOW, None, 3)


def test_all_is_well() -> None:
    assert warnings_for(IDLE, []) == []
    assert warnings_for(BUSY, [WORKER]) == []


def test_runs_that_nobody_works_on_say_what_to_start() -> None:
    # A run whose attempts are all stored still needs somebody to end it.
    for waiting in (BUSY, replace(IDLE, runs=1)):
        [words] = warnings_for(waiting, [])
        assert "start one with `assay worker`" in words


def test_a_paused_run_waits_for_a_person_and_not_for_a_worker() -> None:
    """Shards of it may still be with the queue."""
    assert warnings_for(replace(IDLE, queued=4, oldest_waiting=NOW), []) == []


def test_a_worker_says_what_keeps_it() -> None:
    full = replace(WORKER, problem="The disk is full.")
    assert warnings_for(IDLE, [WORKER, full]) == ["Worker 7 on here: The disk is full."]


def test_workers_of_two_versions_are_told() -> None:
    [words] = warnings_for(IDLE, [WORKER, replace(WORKER, version="1.1")])
    assert "several versions" in words
