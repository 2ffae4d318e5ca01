"""One attempt, from its first call to the row that is stored of it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from db.ids import uuid7
from db.models.attempt import AttemptStatus
from db.repositories.execution import SubjectRow
from engine.evaluation.scorers import Score, Verdict, verdict
from engine.providers.contract import ModelReply
from engine.runs.call import Call
from engine.runs.plan import ArmPlan
from engine.runs.spending import Reservation
from engine.runs.storable import storable, storable_json
from engine.runs.writer import Row

_NO_VERDICT = Verdict(passed=None, score=None, unscored=False)


class Attempt:
    """One arm at one subject, repeat k, on its way.

    It begins with a place at the account, and in a run with a budget with ``reservation`` taken
    for its first call: its ``call`` gives them back.
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
        self.call = Call(plan, reservation)

    async def run(self) -> Row:
        """Call, score, and give the row. Never raises for what providers and replies do."""
        variables = self._plan.variables(self._subject)
        request = self._plan.request(self._subject, self._repeat, variables)
        result = await self.call.make(request, self._started_at)
        if isinstance(result, ModelReply):
            return self._succeeded(result, variables)
        return self._row(
            AttemptStatus.FAILED,
            tries=self.call.tries,
            error=(result.code.value, result.message),
            latency_ms=result.latency_ms,
        )

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
        scores = [scorer.score(reply.text, variables) for scorer in self._plan.scorers]
        return self._row(
            AttemptStatus.SUCCEEDED,
            tries=self.call.tries + 1,
            reply=reply,
            scores=scores,
            judged=verdict(scores) if scores else _NO_VERDICT,
            cost=self.call.cost,
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
        text = storable(reply.text) if reply is not None and reply.text is not None else None
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
            storable(message) if message is not None else None,
            self._started_at,
            datetime.now(UTC),
            self._queued_ms,
            latency_ms,
            tries,
            reply.finish_reason if reply is not None else None,
            storable(reply.model) if reply is not None and reply.model is not None else None,
            usage.input_tokens if usage is not None else None,
            usage.output_tokens if usage is not None else None,
            usage.cached_tokens if usage is not None else None,
            usage.reasoning_tokens if usage is not None else None,
            cost,
            "text" if text is not None else None,
            len(messages),
            len(text.split()) if text is not None else None,
            storable_json([score.to_json() for score in scores or ()]),
            judged.unscored,
            judged.passed,
            judged.score,
            storable_json(messages),
            text,
            storable_json(reply.raw) if reply is not None and reply.raw is not None else None,
        )
