"""Executes shards: the one place where attempts of every kind of run are made.

A shard's attempts start as the account has places for them. What was stored before (by a worker
that died) is not done again. A pause, a cancellation or a worker's end stops what has not
started; the shard then waits again.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg

from db.models.run import TERMINAL, RunStatus
from db.repositories import execution
from db.repositories.execution import Delivery, ShardWork, SubjectRow
from engine.definitions.spec import DefinitionSpec
from engine.providers.connections import Connections
from engine.runs import budget, shards
from engine.runs.accounts import Accounts
from engine.runs.attempt import Attempt
from engine.runs.call import admit
from engine.runs.judging import JudgeStage
from engine.runs.patience import persist
from engine.runs.plan import ArmPlan, make_plan
from engine.runs.run_control import RunControl
from engine.runs.spending import Reservation, RunSpending, Spendings
from engine.runs.writer import AttemptWriter
from engine.settings import Settings

log = logging.getLogger(__name__)

# A run of which one shard's execution ends in a bug this often can't do its work: it fails.
MAX_SHARD_FAILURES: Final = 3
_MAX_PLANS: Final = 256


class Executor:
    """All shards that one worker process executes."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        writer: AttemptWriter,
        accounts: Accounts,
        settings: Settings,
        worker_id: UUID,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._spendings = Spendings(pool, writer, worker_id)
        self._accounts = accounts
        self._settings = settings
        self._controls: dict[UUID, RunControl] = {}
        self._connections = Connections()
        self._judges = JudgeStage(
            pool, accounts, self._connections, settings, lambda: self._draining
        )
        self._plans: OrderedDict[UUID, ArmPlan] = OrderedDict()
        self._planning = asyncio.Lock()
        self._executing: dict[Delivery, asyncio.Future[None]] = {}
        self._draining = False

    @property
    def run_ids(self) -> list[UUID]:
        """The runs that this worker is at work on."""
        return list(self._controls)

    def learn_statuses(self, statuses: dict[UUID, str]) -> None:
        """Runs have these statuses now."""
        for run_id, control in self._controls.items():
            if run_id in statuses:
                control.learn(RunStatus(statuses[run_id]))

    def drain(self) -> None:
        """Start nothing more; what is in flight finishes."""
        self._draining = True
        for control in self._controls.values():
            for producer in control.producers:
                producer.cancel()

    def abort(self) -> None:
        """Drop what is in flight: it is done again by another worker."""
        self.drain()
        for control in self._controls.values():
            for attempt in control.attempts:
                attempt.cancel()

    async def aclose(self) -> None:
        """Close the providers' connections."""
        for plan in self._plans.values():
            await plan.provider.aclose()
        await self._judges.aclose()
        await self._connections.aclose()

    async def execute(self, delivery: Delivery) -> None:
        """Execute a shard, whatever becomes of it; returns when it is done or given back."""
        # After an outage of the database the queue may hand over again what is still going on.
        if (going_on := self._executing.get(delivery)) is not None:
            await asyncio.shield(going_on)
            return
        done = self._executing[delivery] = asyncio.get_running_loop().create_future()
        try:
            work = await persist(lambda: self._take_up(delivery))
            if work is not None and work.run_status not in TERMINAL:
                await self._guarded(delivery, work)
        finally:
            del self._executing[delivery]
            done.set_result(None)

    async def _guarded(self, delivery: Delivery, work: ShardWork) -> None:
        """Execute a shard; a bug in doing so gives it back, or in the end fails the run."""
        try:
            await self._execute(delivery, work)
        except Exception as error:
            log.exception("shard %s of arm %s failed", delivery.sequence, delivery.arm_id)
            if work.failures + 1 < MAX_SHARD_FAILURES:
                await persist(lambda: shards.release(self._pool, delivery, failed=True))
                return
            reason = f"An internal error ({type(error).__name__}); the worker's log has more"
            await persist(lambda: shards.fail(self._pool, delivery.run_id, reason))

    async def _execute(self, delivery: Delivery, work: ShardWork) -> None:
        status = RunStatus(work.run_status)
        if status is RunStatus.PENDING:
            status = await persist(lambda: shards.begin(self._pool, delivery.run_id))
        with self._control(delivery.run_id, status) as control:
            whole = False
            if control.may_start and not self._draining:
                plan = await persist(lambda: self._plan(delivery, work))
                todo = await persist(lambda: self._todo(delivery, work))
                if work.capped:
                    whole = await self._run_capped(plan, todo, control, work)
                else:
                    whole = await self._run_shard(plan, todo, control)
            await self._writer.settled()
            if whole and work.evaluator_version_id is not None:
                whole = await self._judge(delivery, work, plan, control)
            if whole:
                await persist(lambda: shards.finish(self._pool, delivery))
            else:
                await persist(lambda: shards.release(self._pool, delivery))

    @contextmanager
    def _control(self, run_id: UUID, status: RunStatus) -> Iterator[RunControl]:
        control = self._controls.setdefault(run_id, RunControl(status))
        control.users += 1
        try:
            yield control
        finally:
            control.users -= 1
            if not control.users:
                del self._controls[run_id]

    async def _take_up(self, delivery: Delivery) -> ShardWork | None:
        async with self._pool.acquire() as connection:
            return await execution.take_up(connection, delivery)

    async def _run_capped(
        self,
        plan: ArmPlan,
        todo: list[tuple[SubjectRow, int]],
        control: RunControl,
        work: ShardWork,
    ) -> bool:
        """As :meth:`_run_shard`, within the run's budget."""
        if plan.unpriced and not work.allow_unpriced:
            await persist(lambda: budget.pause_unpriced(self._pool, plan.run_id, plan.label))
            return False
        async with self._spendings.of(plan.run_id) as spending:
            return await self._run_shard(plan, todo, control, spending)

    async def _run_shard(
        self,
        plan: ArmPlan,
        todo: list[tuple[SubjectRow, int]],
        control: RunControl,
        spending: RunSpending | None = None,
    ) -> bool:
        """Make the attempts of ``todo``; True when each of them ended and left a row."""
        mine: set[asyncio.Task[bool]] = set()
        producer = asyncio.create_task(self._produce(plan, todo, control, mine, spending))
        control.producers.add(producer)
        # A stop that came while the subjects were read found no producer to cancel.
        if self._draining or not control.may_start:
            producer.cancel()
        await asyncio.wait({producer})
        control.producers.discard(producer)
        if mine:
            await asyncio.wait(mine)
        if not producer.cancelled():
            producer.result()
        stored = [not task.cancelled() and task.result() for task in mine]
        return len(stored) == len(todo) and all(stored)

    async def _judge(
        self, delivery: Delivery, work: ShardWork, arm: ArmPlan, control: RunControl
    ) -> bool:
        """Put the shard's attempts to the run's judge; True when none is left to be judged."""
        version_id = work.evaluator_version_id
        assert version_id is not None, "the run has a judge"
        plan = await persist(lambda: self._judges.plan(delivery.run_id, version_id))
        if self._draining:
            return False
        if not work.capped:
            return await self._judges.judge(delivery, work, plan, arm, control, None)
        if plan.unpriced and not work.allow_unpriced:
            name = plan.spec.label
            await persist(lambda: budget.pause_unpriced(self._pool, delivery.run_id, name))
            return False
        async with self._spendings.of(delivery.run_id) as spending:
            return await self._judges.judge(delivery, work, plan, arm, control, spending)

    async def _produce(
        self,
        plan: ArmPlan,
        todo: list[tuple[SubjectRow, int]],
        control: RunControl,
        started: set[asyncio.Task[bool]],
        spending: RunSpending | None,
    ) -> None:
        """Start each attempt as soon as there is a place for it, and money."""
        reservation = None
        for subject, repeat in todo:
            await self._writer.room()
            ready = time.monotonic()
            if spending is not None:
                reservation = _reservation(plan, subject, spending)
            try:
                await admit(plan, reservation)
            except budget.Stopped:
                return
            attempt = Attempt(plan, subject, repeat, ready, reservation)
            self._writer.begin(plan.run_id, plan.arm_id)
            task = asyncio.create_task(self._attempt(attempt, plan, control))
            started.add(task)
            control.attempts.add(task)
            task.add_done_callback(partial(self._forget_attempt, attempt, plan, control))

    async def _attempt(self, attempt: Attempt, plan: ArmPlan, control: RunControl) -> bool:
        """Make one attempt; True when it left a row."""
        row = None
        try:
            row = await attempt.run()
        except asyncio.CancelledError:
            if control.status is RunStatus.CANCELLED:
                row = attempt.cancelled()
        except budget.Stopped:
            # Between two tries the budget ran out: the attempt is made anew when there is more.
            row = None
        except Exception as error:
            log.exception("an attempt of arm %s failed", plan.label)
            row = attempt.broken(error)
        finally:
            attempt.call.close()
        if row is None:
            self._writer.drop(plan.arm_id)
        else:
            self._writer.add(row)
        return row is not None

    def _forget_attempt(
        self, attempt: Attempt, plan: ArmPlan, control: RunControl, task: "asyncio.Task[bool]"
    ) -> None:
        control.attempts.discard(task)
        if task.cancelled():
            # Aborted before its first step: nothing of `_attempt` ran, so nothing gave these back.
            if attempt.call.reservation is not None:
                attempt.call.reservation.give_back()
            attempt.call.close()
            self._writer.drop(plan.arm_id)

    async def _plan(self, delivery: Delivery, work: ShardWork) -> ArmPlan:
        # Shards of one arm come together: one of them makes the plan, the others find it made.
        async with self._planning:
            plan = self._plans.get(delivery.arm_id)
            if plan is None:
                async with self._pool.acquire() as connection:
                    spec = await execution.definition_spec(connection, work.definition_version_id)
                plan = make_plan(
                    work,
                    delivery.run_id,
                    delivery.arm_id,
                    DefinitionSpec.model_validate(spec),
                    self._accounts,
                    self._connections,
                    self._settings,
                )
                self._plans[delivery.arm_id] = plan
                await self._forget_plans()
            self._plans.move_to_end(delivery.arm_id)
            return plan

    async def _forget_plans(self) -> None:
        """Close the arms that have been idle longest, when there are many."""
        for arm_id, plan in tuple(self._plans.items()):
            if len(self._plans) <= _MAX_PLANS:
                return
            if plan.run_id not in self._controls:
                del self._plans[arm_id]
                await plan.provider.aclose()

    async def _todo(self, delivery: Delivery, work: ShardWork) -> list[tuple[SubjectRow, int]]:
        """The attempts of the shard that have no row yet, subject by subject."""
        assert work.definition_version_id is not None, "an evaluation has a definition"
        async with self._pool.acquire() as connection:
            subjects = await execution.scenarios_at(
                connection, work.definition_version_id, work.positions
            )
            stored = await execution.stored_keys(
                connection, delivery.run_id, delivery.arm_id, work.positions
            )
        return [
            (subject, repeat)
            for subject in subjects
            for repeat in range(work.repeats)
            if (subject.position, repeat) not in stored
        ]


def _reservation(plan: ArmPlan, subject: SubjectRow, spending: RunSpending) -> Reservation | None:
    """What a call at ``subject`` needs of the budget; None when it has no price."""
    amount = plan.ceiling.of(subject.messages)
    return None if amount is None else Reservation(spending, amount)
