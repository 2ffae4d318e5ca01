"""The judge stage of a shard: what succeeded and has no evaluation yet is put to the judge.

It begins when the shard's attempts are stored, and stores by itself: a crash between the two, or
in the middle of it, never pays for an answer or an evaluation twice beyond what was in flight. A
judge that fails gives evaluations that say why; it never fails the run.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg

from db.repositories import execution, judging
from db.repositories.execution import Delivery, ShardWork, SubjectRow
from db.repositories.judging import ToJudge
from engine.errors import AssayError
from engine.providers.connections import Connections
from engine.runs import budget
from engine.runs.accounts import Accounts
from engine.runs.call import admit
from engine.runs.judgement import (
    EvaluationRow,
    JudgedAttempt,
    JudgePlan,
    make_judge_plan,
    refused_row,
    request_problem,
    unscored_row,
)
from engine.runs.patience import persist
from engine.runs.plan import ArmPlan
from engine.runs.run_control import RunControl
from engine.runs.spending import Reservation, RunSpending
from engine.runs.storable import storable_json
from engine.settings import Settings

log = logging.getLogger(__name__)

_MAX_BATCH: Final = 200
_FLUSH_S: Final = 0.1
_MAX_PLANS: Final = 64


class JudgeStage:
    """The judge stages of all shards that one worker executes."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        accounts: Accounts,
        connections: Connections,
        settings: Settings,
        draining: Callable[[], bool],
    ) -> None:
        self._pool = pool
        self._draining = draining
        self._accounts = accounts
        self._connections = connections
        self._settings = settings
        self._plans: OrderedDict[UUID, JudgePlan] = OrderedDict()

    async def plan(self, run_id: UUID, version_id: UUID) -> JudgePlan:
        """The judge of a run, made ready."""
        plan = self._plans.get(version_id)
        if plan is None:
            async with self._pool.acquire() as connection:
                judged_by = await judging.evaluator_of(connection, run_id)
            assert judged_by is not None, "the run names its evaluator"
            plan = make_judge_plan(judged_by, self._accounts, self._connections, self._settings)
            self._plans[version_id] = plan
            if len(self._plans) > _MAX_PLANS:
                self._plans.popitem(last=False)
        self._plans.move_to_end(version_id)
        return plan

    async def judge(
        self,
        delivery: Delivery,
        work: ShardWork,
        plan: JudgePlan,
        arm: ArmPlan,
        control: RunControl,
        spending: RunSpending | None,
    ) -> bool:
        """Judge what is left of the shard; True when nothing is left."""
        todo = await persist(lambda: self._todo(delivery, work, plan))
        batch = EvaluationBatch(self._pool)
        shard = _JudgedShard(plan, arm, control, spending, batch)
        whole = await shard.run(todo, draining=self._draining)
        await batch.settled()
        return whole

    async def aclose(self) -> None:
        """Close the judges' connections."""
        for plan in self._plans.values():
            await plan.provider.aclose()

    async def _todo(
        self, delivery: Delivery, work: ShardWork, plan: JudgePlan
    ) -> list[tuple[SubjectRow, ToJudge]]:
        assert work.definition_version_id is not None, "an evaluation has a definition"
        async with self._pool.acquire() as connection:
            attempts = await judging.unjudged(
                connection, delivery.run_id, delivery.arm_id, work.positions, plan.version_id
            )
            subjects = await execution.scenarios_at(
                connection,
                work.definition_version_id,
                sorted({attempt.subject_position for attempt in attempts}),
            )
        by_position = {subject.position: subject for subject in subjects}
        return [(by_position[attempt.subject_position], attempt) for attempt in attempts]


class _JudgedShard:
    """The attempts of one shard on their way through the judge."""

    def __init__(
        self,
        plan: JudgePlan,
        arm: ArmPlan,
        control: RunControl,
        spending: RunSpending | None,
        batch: "EvaluationBatch",
    ) -> None:
        self._plan = plan
        self._arm = arm
        self._control = control
        self._spending = spending
        self._batch = batch
        self._mine: set[asyncio.Task[bool]] = set()
        self._rows = 0

    async def run(
        self, todo: Sequence[tuple[SubjectRow, ToJudge]], *, draining: Callable[[], bool]
    ) -> bool:
        """True when each of ``todo`` left a row."""
        producer = asyncio.create_task(self._produce(todo))
        self._control.producers.add(producer)
        # A stop that came while the attempts were read found no producer to cancel.
        if draining() or not self._control.may_start:
            producer.cancel()
        await asyncio.wait({producer})
        self._control.producers.discard(producer)
        if self._mine:
            await asyncio.wait(self._mine)
        if not producer.cancelled():
            producer.result()
        return self._rows == len(todo)

    async def _produce(self, todo: Iterable[tuple[SubjectRow, ToJudge]]) -> None:
        """Ask about each attempt as soon as there is a place for it, and money."""
        for subject, attempt in todo:
            try:
                request = self._plan.request(self._arm, subject, attempt)
            except AssayError as error:
                problem = request_problem(error)
                self._add(unscored_row(self._plan, self._arm.arm_id, attempt, problem))
                continue
            reservation = None
            if self._spending is not None:
                messages = [{"content": message.content} for message in request.messages]
                amount = self._plan.ceiling.of(messages)
                reservation = None if amount is None else Reservation(self._spending, amount)
            try:
                await admit(self._plan, reservation)
            except budget.Stopped:
                return
            judged = JudgedAttempt(self._plan, self._arm.arm_id, attempt, request, reservation)
            task = asyncio.create_task(self._judge(judged))
            self._mine.add(task)
            self._control.attempts.add(task)
            task.add_done_callback(self._forgetting(judged))

    def _add(self, row: EvaluationRow) -> None:
        self._rows += 1
        self._batch.add(row)

    async def _judge(self, judged: JudgedAttempt) -> bool:
        """Ask about one attempt; True when that left a row."""
        row: EvaluationRow | None = None
        try:
            row = await judged.run()
        except (asyncio.CancelledError, budget.Stopped):
            # Aborted, or out of money between two tries: it is asked about anew.
            row = None
        except Exception as error:
            log.exception("an evaluation by %s failed", self._plan.spec.label)
            row = judged.broken(error)
        finally:
            judged.call.close()
        if row is not None:
            self._add(row)
        return row is not None

    def _forgetting(self, judged: JudgedAttempt) -> Callable[["asyncio.Task[bool]"], None]:
        def forget(task: "asyncio.Task[bool]") -> None:
            self._control.attempts.discard(task)
            if task.cancelled():
                # Aborted before its first step: nothing of `_judge` ran.
                if judged.call.reservation is not None:
                    judged.call.reservation.give_back()
                judged.call.close()

        return forget


class EvaluationBatch:
    """Evaluations that end within a moment of each other are stored together."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._rows: list[EvaluationRow] = []
        self._full = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None

    def add(self, row: EvaluationRow) -> None:
        """Take a row: it is stored within a moment."""
        self._rows.append(row)
        if len(self._rows) >= _MAX_BATCH:
            self._full.set()
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())

    async def settled(self) -> None:
        """Wait until everything is stored."""
        self._full.set()
        if self._flushing is not None:
            await self._flushing

    async def _flush(self) -> None:
        while self._rows:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), _FLUSH_S)
            self._full.clear()
            rows, self._rows = self._rows, []
            try:
                await persist(partial(self._store, rows))
            except Exception:
                log.exception("a batch of %d evaluations was refused: one by one now", len(rows))
                for row in rows:
                    await self._store_alone(row)

    async def _store_alone(self, row: EvaluationRow) -> None:
        """Store a row, or in its place that the database refuses it."""
        try:
            await persist(partial(self._store, [row]))
        except Exception as error:
            log.exception("the evaluation of %s could not be stored as it is", row["attempt_id"])
            await persist(partial(self._store, [refused_row(row, error)]))

    async def _store(self, rows: Sequence[EvaluationRow]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await judging.store(connection, storable_json(rows))
