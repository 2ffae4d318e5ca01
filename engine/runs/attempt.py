"""One attempt, from its first call to the row that is stored of it."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from db.ids import uuid7
from db.models.attempt import AttemptStatus
from db.repositories.execution import SubjectRow
from engine.evaluation.scorers import Score, Verdict, verdict
from engine.providers.contract import ModelReply, ModelRequest, ProviderError
from engine.providers.retry import GiveUp, Tries
from engine.runs.plan import ArmPlan
from engine.runs.spending import Reservation
from engine.runs.writer import Row

_NO_VERDICT = Verdict(passed=None, score=None, unscored=False)
# PostgreSQL's text and jsonb can't hold U+0000.
_NUL, _NUL_STANDS_FOR = "\x00", "\N{REPLACEMENT CHARACTER}"


async def admit(plan: ArmPlan, reservation: Reservation | None) -> None:
    """Wait until a call may be made: there is money for it, and then a place at the account.

    Raises Stopped when there is no money left. Whoever waits for money takes nobody's place.
    """
    if reservation is not None:
        await reservation.take()
    try:
        await plan.account.limiter.acquire(plan.group)
    except asyncio.CancelledError:
        if reservation is not None:
            reservation.give_back()
        raise


class Attempt:
    """One arm at one subject, repeat k, on its way.

    It begins with a place at the account, which the caller took for it; ``holds_place`` says
    whether it still has one: while it waits to call again, the place is free for others. In a run
    with a budget it begins with ``reservation`` taken for its first call.
    """

    def __init__(
        self,
        plan: ArmPlan,
        subject: SubjectRow,
        repeat: int,
        waited_since: float,
        reservation: Reservation | None = None,
    ) -> None:
        self._plan = plan
        self._subject = subject
        self._repeat = repeat
        self._queued_ms = (time.monotonic() - waited_since) * 1000
        self._started_at = datetime.now(UTC)
        self._tries = Tries()
        self.holds_place = True
        self.reservation = reservation

    async def run(self) -> Row:
        """Call, score, and give the row. Never raises for what providers and replies do."""
        variables = self._plan.variables(self._subject)
        result = await self._call(self._plan.request(self._subject, self._repeat, variables))
        if isinstance(result, ModelReply):
            return self._succeeded(result, variables)
        return self._row(
            AttemptStatus.FAILED,
            tries=self._tries.total,
            error=(result.code.value, result.message),
            latency_ms=result.latency_ms,
        )

    async def _call(self, request: ModelRequest) -> ModelReply | ProviderError:
        """Call until there is a reply or no hope."""
        account = self._plan.account
        while True:
            result = await self._plan.provider.generate(request)
            if isinstance(result, ModelReply):
                account.succeeded()
                return result
            account.failed(result)
            if self.reservation is not None:
                self.reservation.failed(result)
            decision = self._tries.after(result, self._plan.policy, random.random)
            if isinstance(decision, GiveUp):
                return result
            if decision.reason == "rate_limited" and result.retry_after_s is not None:
                account.hold(decision.delay_s)
            account.limiter.release(self._plan.group)
            self.holds_place = False
            await asyncio.sleep(decision.delay_s)
            await admit(self._plan, self.reservation)
            self.holds_place = True
            request = replace(request, tries=self._tries.total)

    def cancelled(self) -> Row:
        """The row of an attempt that was aborted because its run was cancelled."""
        return self._row(AttemptStatus.CANCELLED, error=("cancelled", "The run was cancelled"))

    def broken(self, error: Exception) -> Row:
        """The row of an attempt that ended in a bug of ours."""
        return self._row(
            AttemptStatus.FAILED,
            error=("internal", f"an internal error ({type(error).__name__}); the log has more"),
        )

    def _succeeded(self, reply: ModelReply, variables: Mapping[str, Any]) -> Row:
        cost = self._plan.pricer.cost(reply, self._started_at)
        if self.reservation is not None:
            self.reservation.charge(cost)
            self._plan.ceiling.learn(reply.usage)
        scores = [scorer.score(reply.text, variables) for scorer in self._plan.scorers]
        return self._row(
            AttemptStatus.SUCCEEDED,
            tries=self._tries.total + 1,
            reply=reply,
            scores=scores,
            judged=verdict(scores) if scores else _NO_VERDICT,
            cost=cost,
            latency_ms=reply.latency_ms,
        )

    def _row(
        self,
        status: AttemptStatus,
        *,
        tries: int = 1,
        error: tuple[str, str] | None = None,
        reply: ModelReply | None = None,
        scores: list[Score] | None = None,
        judged: Verdict = _NO_VERDICT,
        cost: Decimal | None = None,
        latency_ms: float | None = None,
    ) -> Row:
        usage = reply.usage if reply is not None else None
        text = _storable(reply.text) if reply is not None and reply.text is not None else None
        messages = self._subject.messages
        if text is not None:
            messages = [*messages, {"role": "assistant", "content": text}]
        code, message = error if error is not None else (None, None)
        attempt_id: UUID = uuid7()
        # In the order of attempt_writer.COLUMNS.
        return (
            attempt_id,
            self._plan.run_id,
            self._plan.arm_id,
            self._subject.id,
            self._subject.position,
            self._repeat,
            status.value,
            code,
            _storable(message) if message is not None else None,
            self._started_at,
            datetime.now(UTC),
            self._queued_ms,
            latency_ms,
            tries,
            reply.finish_reason if reply is not None else None,
            _storable(reply.model) if reply is not None and reply.model is not None else None,
            usage.input_tokens if usage is not None else None,
            usage.output_tokens if usage is not None else None,
            usage.cached_tokens if usage is not None else None,
            usage.reasoning_tokens if usage is not None else None,
            cost,
            "text" if text is not None else None,
            len(messages),
            len(text.split()) if text is not None else None,
            _json([score.to_json() for score in scores or ()]),
            judged.unscored,
            judged.passed,
            judged.score,
            _json(messages),
            text,
            _json(reply.raw) if reply is not None and reply.raw is not None else None,
        )


def _storable(text: str) -> str:
    return text.replace(_NUL, _NUL_STANDS_FOR) if _NUL in text else text


def _json(value: Any) -> str:
    encoded = orjson.dumps(value).decode()
    if "\\u0000" in encoded:
        return orjson.dumps(_clean(value)).decode()
    return encoded


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
