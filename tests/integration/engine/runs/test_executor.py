"""What a worker does with the shards of runs."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from db.models import Run, RunStatus
from db.session import Database
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError
from engine.settings import Settings
from tests.integration.engine.runs.conftest import Attempts, Progress
from tests.support.factories import RIGHT, WRONG, Runs, simulated
from tests.support.providers import HeldProvider, provide, reply
from tests.support.rows import counted, counters
from tests.support.waiting import eventually, until
from tests.support.working import Work, ended, read_run


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., HeldProvider]:
    """Puts a function behind every simulated arm."""

    def install(answer: Callable[[ModelRequest], ModelReply | ProviderError]) -> HeldProvider:
        provider = HeldProvider(answer)
        provider.let_all()
        provide(monkeypatch, provider)
        return provider

    return install


async def look_up(dsn: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
    """Rows of a query."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


async def test_every_repeat_of_every_subject_is_made_once(
    dsn: str, start: Runs, work: Work
) -> None:
    run = await start(23, RIGHT, simulated(), repeats=3)
    await work(run)
    rows = await look_up(
        dsn, "SELECT arm_id, subject_position, repeat FROM attempts WHERE run_id = $1", run.id
    )
    assert len(rows) == len({tuple(row) for row in rows}) == 23 * 2 * 3


async def test_a_run_fails_only_when_nothing_of_it_succeeded(
    start: Runs, work: Work, progress: Progress
) -> None:
    dead = {**simulated("dead", error_rate=1, error_code="auth", latency_ms=0)}
    lost = await start(6, dead)
    mixed = await start(6, dead, RIGHT)
    lost, mixed = await work(lost, mixed)
    assert lost.status == "FAILED"
    assert lost.status_reason is not None
    assert lost.status_reason.startswith("None of its 6 attempts succeeded: ")
    assert "auth" in lost.status_reason
    assert (mixed.status, mixed.status_reason) == ("COMPLETED", "6 of 12 attempts failed")
    assert (await progress(mixed.id))["dead"].progress.failed == 6


async def test_a_rate_limited_call_is_made_again_and_counts_its_tries(
    start: Runs, work: Work, attempts: Attempts, answers: Callable[..., HeldProvider]
) -> None:
    def answer(request: ModelRequest) -> ModelReply | ProviderError:
        if request.tries == 0:
            return ProviderError(ErrorCode.RATE_LIMITED, "slow down", 429, retry_after_s=0.01)
        if request.tries == 1:
            return ProviderError(ErrorCode.UNAVAILABLE, "busy", 503, retry_after_s=0.01)
        return reply("It is 0")

    provider = answers(answer)
    run = await start(4, simulated())
    [run] = await work(run)
    assert run.status == "COMPLETED"
    rows = await attempts(run.id)
    assert [(row.status, row.tries, row.error_code) for row in rows] == [("SUCCEEDED", 3, None)] * 4
    assert set(Counter(provider.begun).values()) == {3}
    assert [row.passed for row in rows] == [True, False, False, False]


async def test_an_error_without_hope_is_not_tried_again(
    start: Runs, work: Work, attempts: Attempts, answers: Callable[..., HeldProvider]
) -> None:
    provider = answers(lambda _: ProviderError(ErrorCode.CONTENT_FILTER, "no", 400))
    run = await start(3, simulated(), RIGHT)
    await work(run)
    assert len(provider.begun) == 3
    failed = [row for row in await attempts(run.id) if row.status == "FAILED"]
    assert {(row.error_code, row.error_message, row.tries) for row in failed} == {
        ("content_filter", "no", 1)
    }


async def test_whatever_a_model_answers_is_stored(
    dsn: str, start: Runs, work: Work, answers: Callable[..., HeldProvider]
) -> None:
    nasty = ["a\x00b", "", "\N{PILE OF POO}" * 1000, "\\u0000", None, "=cmd()", "x" * 100_000]

    def answer(request: ModelRequest) -> ModelReply:
        place = int(request.key.split("/q")[1].split("/")[0])
        if place == 7:
            return reply("fine", tokens=2**40)
        if place == 8:
            return reply("fine", finish_reason="\x00stop")
        return reply(nasty[place])

    answers(answer)
    run = await start(9, simulated())
    [run] = await work(run)
    assert run.status == "COMPLETED"
    rows = await look_up(
        dsn,
        "SELECT a.status, t.output FROM attempts a JOIN transcripts t ON t.attempt_id = a.id "
        "WHERE a.run_id = $1 ORDER BY subject_position",
        run.id,
    )
    expected = [text and text.replace("\x00", "\N{REPLACEMENT CHARACTER}") for text in nasty]
    assert [row["output"] for row in rows][:7] == expected
    # What no column can hold is a failed attempt; its batch mates are as they were.
    assert [row["status"] for row in rows] == ["SUCCEEDED"] * 7 + ["FAILED"] * 2


async def test_a_bug_in_an_adapter_is_one_failed_attempt_that_hides_the_details(
    start: Runs,
    work: Work,
    attempts: Attempts,
    answers: Callable[..., HeldProvider],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def answer(request: ModelRequest) -> ModelReply:
        if "/q1/" in request.key:
            raise RuntimeError("secret-of-the-adapter")
        return reply()

    answers(answer)
    run = await start(3, simulated())
    [run] = await work(run)
    assert (run.status, run.status_reason) == ("COMPLETED", "1 of 3 attempts failed")
    [broken] = [row for row in await attempts(run.id) if row.status == "FAILED"]
    assert broken.error_code == "internal"
    assert "secret" not in (broken.error_message or "")
    assert "secret-of-the-adapter" in caplog.text


async def test_an_arm_never_has_more_shards_with_the_queue_than_its_window(
    dsn: str, database: Database, start: Runs, work: Work, held: HeldProvider
) -> None:
    most: Counter[str] = Counter()

    async def watch() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            while True:
                for row in await connection.fetch(
                    "SELECT a.label, a.feed_window, count(*) AS queued FROM shards s "
                    "JOIN arms a ON a.id = s.arm_id WHERE s.state = 'queued' GROUP BY a.id"
                ):
                    assert row["queued"] <= row["feed_window"], dict(row)
                    most[row["label"]] = max(most[row["label"]], row["queued"])
                held.let(1)
        finally:
            connection.terminate()

    watching = asyncio.create_task(watch())
    fast = {**RIGHT, "label": "fast"}
    run = await start(200, simulated("slow", concurrency=2), fast, scorers=())
    async with work.going_on():
        # The slow arm, of which hardly an answer came, does not hold up the fast one.
        async def fast_is_done() -> bool:
            rows = await look_up(
                dsn,
                "SELECT FROM arms a JOIN arm_progress p ON p.arm_id = a.id "
                "WHERE a.label = 'fast' AND p.succeeded = p.total",
            )
            return bool(rows)

        await eventually(fast_is_done, "the fast arm has ended")
        assert (await read_run(database, run.id)).status == "RUNNING"
        assert not watching.done(), watching.exception()
        held.let_all()
        await ended(database, run.id)
    watching.cancel()
    await asyncio.wait({watching})
    assert most["slow"] == 4


async def test_at_any_moment_two_arms_share_the_same_beginning(
    dsn: str, database: Database, start: Runs, work: Work
) -> None:
    """What is done of either arm is a beginning of the same order, up to its window."""
    run = await start(
        150,
        simulated("a", latency_ms=3, concurrency=11),
        simulated("b", latency_ms=6, concurrency=12),
    )
    async with work.going_on():
        moments = 0
        while (await read_run(database, run.id)).status in {"PENDING", "RUNNING"}:
            rows = await look_up(
                dsn,
                "SELECT a.feed_window, array_agg(sequence ORDER BY sequence) AS done "
                "FROM shards s JOIN arms a ON a.id = s.arm_id "
                "WHERE s.run_id = $1 AND state = 'done' GROUP BY a.id",
                run.id,
            )
            for row in rows:
                done = row["done"]
                assert done[-1] < len(done) + row["feed_window"], done
            moments += 1
    blocks = await look_up(
        dsn,
        "SELECT sequence, count(DISTINCT positions) AS different FROM shards "
        "WHERE run_id = $1 GROUP BY sequence",
        run.id,
    )
    assert moments > 3
    assert {row["different"] for row in blocks} == {1}


async def test_progress_adds_up_at_any_moment_and_is_exact_in_the_end(
    dsn: str, database: Database, start: Runs, work: Work, progress: Progress
) -> None:
    run = await start(
        120,
        simulated("a", latency_ms=5, latency_jitter=1, error_rate=0.3, error_code="bad_request"),
        simulated("b", latency_ms=2, error_rate=0.2, error_code="unavailable", retry_after_s=0.01),
    )
    dice = random.Random(7)
    before: Counter[str] = Counter()
    in_flight_seen = 0
    async with work.going_on():
        while (await read_run(database, run.id)).status in {"PENDING", "RUNNING"}:
            for label, arm in (await progress(run.id)).items():
                counts = arm.progress
                done = counts.succeeded + counts.failed + counts.cancelled + counts.skipped
                assert arm.in_flight >= 0
                assert done + arm.in_flight <= counts.total == 120
                assert done >= before[label]
                assert counts.passed <= counts.scored <= counts.succeeded
                before[label] = done
                in_flight_seen += arm.in_flight
            await asyncio.sleep(dice.random() * 0.02)
    assert in_flight_seen > 0
    for arm in (await progress(run.id)).values():
        counts = arm.progress
        assert counts.succeeded + counts.failed == counts.total
        assert (arm.in_flight, counts.shards_done) == (0, counts.shards_total)
    connection = await asyncpg.connect(dsn)
    assert await counters(connection, run.id) == await counted(connection, run.id)
    await connection.close()


async def test_a_worker_that_stops_finishes_what_is_in_flight_and_gives_back_the_rest(
    dsn: str, database: Database, start: Runs, work: Work, held: HeldProvider
) -> None:
    run = await start(40, simulated(concurrency=5), scorers=())
    async with work.going_on() as worker:
        await held.in_flight(5)
        worker.stop()
        await until(lambda: worker._executor is not None and worker._executor._draining, "drains")
        held.let(5)
    assert len(held.begun) == 5
    rows = await look_up(dsn, "SELECT status FROM attempts WHERE run_id = $1", run.id)
    assert [row["status"] for row in rows] == ["SUCCEEDED"] * 5
    assert (await read_run(database, run.id)).status == "RUNNING"
    held.let_all()
    [run] = await work(run)
    assert run.status == "COMPLETED"
    assert len(held.begun) == len(set(held.begun)) == 40


async def test_a_second_stop_drops_what_is_in_flight_for_others_to_make(
    dsn: str, start: Runs, work: Work, held: HeldProvider
) -> None:
    run = await start(20, simulated(concurrency=5), scorers=())
    async with work.going_on() as worker:
        await held.in_flight(5)
        worker.stop()
        await until(lambda: worker._executor is not None and worker._executor._draining, "drains")
        worker.stop()
    assert len(held.aborted) == 5
    assert await look_up(dsn, "SELECT FROM attempts WHERE run_id = $1", run.id) == []
    held.let_all()
    [run] = await work(run)
    assert run.status == "COMPLETED"


async def test_a_job_that_the_queue_lost_is_found_and_done(
    dsn: str, start: Runs, work: Work
) -> None:
    run = await start(50, RIGHT)
    assert await look_up(dsn, "DELETE FROM pgqueuer RETURNING id")
    [run] = await work(run)
    assert run.status == "COMPLETED"


async def test_an_abort_that_comes_before_an_attempts_first_step_leaves_no_place_taken(
    start: Runs,
    work: Work,
    held: HeldProvider,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
) -> None:
    run = await start(10, simulated(concurrency=8), scorers=())
    async with work.going_on() as worker:
        await until(lambda: worker._executor is not None, "the worker is up")
        executor = worker._executor
        assert executor is not None
        begin, begun = worker._writer.begin, []

        def begin_and_cancel(run_id: Any, arm_id: Any) -> None:
            begin(run_id, arm_id)
            begun.append(arm_id)
            if len(begun) == 5:
                executor._controls[run.id].learn(RunStatus.CANCELLED)

        monkeypatch.setattr(worker._writer, "begin", begin_and_cancel)
        await until(lambda: len(begun) >= 5, "attempts begin")
        monkeypatch.setattr(worker._writer, "begin", begin)
        # The run itself was not cancelled: its shard goes back and comes again.
        held.let_all()
        done = await ended(database, run.id)
        assert worker._writer.in_flight == 0
        # All places of the account are free: a run that needs all of them ends too.
        second: Run = await start(10, simulated(concurrency=8), scorers=())
        await ended(database, second.id)
    assert done.status == "COMPLETED"


async def test_a_prompt_and_its_answer_are_kept_whole(dsn: str, start: Runs, work: Work) -> None:
    run = await start(1, RIGHT, WRONG, system="Be brief, {{ id }}.")
    await work(run)
    rows = await look_up(
        dsn,
        "SELECT t.messages::text, a.turn_count, a.word_count FROM attempts a "
        "JOIN transcripts t ON t.attempt_id = a.id JOIN arms m ON m.id = a.arm_id "
        "WHERE a.run_id = $1 ORDER BY m.position",
        run.id,
    )
    assert [row["turn_count"] for row in rows] == [3, 3]
    for text in ("Be brief, q0.", "What is 0?", "It is 0"):
        assert text in rows[0]["messages"]
    assert rows[0]["word_count"] == 3
