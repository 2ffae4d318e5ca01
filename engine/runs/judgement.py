"""One attempt put to the judge, from the call to the row that is stored of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from db.models import EvaluationStatus
from db.repositories.execution import SubjectRow
from db.repositories.judging import JudgedBy, ToJudge
from engine.definitions.template import Template, compile_template
from engine.errors import AssayError
from engine.evaluation.grids.loader import validate_grid
from engine.evaluation.grids.spec import GridSpec
from engine.evaluation.judge.criteria import criteria_of
from engine.evaluation.judge.prompt import messages_for, request_params
from engine.evaluation.judge.reply import EXCERPT_CHARS, Judgement, Unreadable, read_reply
from engine.evaluation.profiles.spec import EvaluatorSpec
from engine.providers.connections import Connections
from engine.providers.contract import (
    ErrorCode,
    Judging,
    ModelProvider,
    ModelReply,
    ModelRequest,
    ProviderError,
)
from engine.providers.pricing import Pricer
from engine.providers.registry import provider_info
from engine.providers.retry import RetryPolicy
from engine.runs.accounts import Account, Accounts
from engine.runs.call import Call
from engine.runs.ceiling import Ceiling
from engine.runs.plan import ArmPlan, account_of, arm_config, provider_of
from engine.runs.spending import Reservation
from engine.settings import Settings

EvaluationRow: TypeAlias = dict[str, Any]

_REQUEST: Final = "request"
_CALL: Final = "call"
_REPLY: Final = "reply"
_STORE: Final = "store"


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """What all judgements of one run share; see `ArmPlan`."""

    version_id: UUID
    spec: EvaluatorSpec
    grid: GridSpec
    params: Mapping[str, Any]
    reference: Template | None
    group: str
    provider: ModelProvider
    pricer: Pricer
    ceiling: Ceiling
    unpriced: bool
    account: Account
    policy: RetryPolicy

    def request(self, arm: ArmPlan, subject: SubjectRow, attempt: ToJudge) -> ModelRequest:
        """The first call about an attempt. Raises AssayError where the reference can't be made."""
        variables = arm.variables(subject)
        reference = None if self.reference is None else self.reference.render(variables)
        task = [(message["role"], message["content"]) for message in subject.messages]
        names = tuple(criterion.id for criterion in criteria_of(self.grid))
        return ModelRequest(
            model=self.spec.model,
            messages=messages_for(self.grid, task, attempt.output or "", reference),
            params=self.params,
            variables={},
            key=f"{self.spec.label}/{arm.label}/{subject.key}/{attempt.repeat}",
            judging=Judging(names, attempt.passed),
        )


def make_judge_plan(
    judged_by: JudgedBy, accounts: Accounts, connections: Connections, settings: Settings
) -> JudgePlan:
    """Prepare the judge of a run. One that can't be called gets evaluations that say why."""
    spec = EvaluatorSpec.model_validate(judged_by.spec)
    grid = validate_grid(judged_by.grid)
    config = arm_config(spec)
    params = request_params(spec, grid)
    pricer = Pricer(config)
    ceiling = Ceiling(pricer, params)
    return JudgePlan(
        version_id=judged_by.version_id,
        spec=spec,
        grid=grid,
        params=params,
        reference=None if spec.reference is None else compile_template(spec.reference, "reference"),
        group=str(judged_by.version_id),
        provider=provider_of(config, connections),
        pricer=pricer,
        ceiling=ceiling,
        unpriced=provider_info(spec.provider).dials_out and not ceiling.priced,
        account=account_of(spec, accounts, settings),
        policy=RetryPolicy(transient_tries=settings.max_tries),
    )


class JudgedAttempt:
    """An attempt on its way through the judge; see `engine.runs.call.Call` for what it holds."""

    def __init__(
        self,
        plan: JudgePlan,
        arm_id: UUID,
        attempt: ToJudge,
        request: ModelRequest,
        reservation: Reservation | None,
    ) -> None:
        self._plan = plan
        self._arm_id = arm_id
        self._attempt = attempt
        self._request = request
        self._unreadable: tuple[Unreadable, str] | None = None
        self._judgement: Judgement | None = None
        self.call = Call(plan, reservation)

    async def run(self) -> EvaluationRow:
        """Ask, read, and give the row. Never raises for what providers and replies do."""
        began = time.monotonic()
        result = await self.call.make(self._request, datetime.now(UTC), self._unfit)
        latency_ms = (time.monotonic() - began) * 1000
        if isinstance(result, ModelReply) and self._judgement is not None:
            return self._scored(result, self._judgement, latency_ms)
        assert isinstance(result, ProviderError), "a reply that fits was read"
        # The last call decides: one that failed after an unreadable reply is not the reply's fault.
        if result.code is ErrorCode.MALFORMED_REPLY and self._unreadable is not None:
            problem, excerpt = self._unreadable
            return self._unscored(_REPLY, problem.code, problem.message, excerpt)
        return self._unscored(_CALL, result.code.value, result.message)

    def broken(self, error: Exception) -> EvaluationRow:
        """The row where a bug of ours ended it."""
        words = f"an internal error ({type(error).__name__}); the log has more"
        return self._unscored(_REQUEST, "internal", words)

    def _unfit(self, reply: ModelReply) -> ProviderError | None:
        read = read_reply(reply.text, self._plan.grid)
        if isinstance(read, Judgement):
            self._judgement = read
            return None
        self._unreadable = read, (reply.text or "")[:EXCERPT_CHARS]
        return ProviderError(ErrorCode.MALFORMED_REPLY, read.message)

    def _scored(self, reply: ModelReply, said: Judgement, latency_ms: float) -> EvaluationRow:
        reasons = [_named(criterion, reason=judged.reason) for criterion, judged in said.criteria]
        return self._row(
            EvaluationStatus.SCORED,
            tries=self.call.tries + 1,
            quality=said.quality,
            risk=said.risk.score,
            confidence=said.confidence.score,
            criteria=[_named(criterion, score=judged.score) for criterion, judged in said.criteria],
            model_version=reply.model,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            latency_ms=latency_ms,
            rationale={
                "criteria": reasons,
                "risk": said.risk.reason,
                "confidence": said.confidence.reason,
            },
        )

    def _unscored(
        self, stage: str, code: str, message: str, excerpt: str | None = None
    ) -> EvaluationRow:
        return unscored_row(
            self._plan,
            self._arm_id,
            self._attempt,
            (stage, code, message),
            tries=max(1, self.call.tries),
            cost_usd=None if self.call.cost is None else str(self.call.cost),
            # What a judge wrote may tell its reasons: it stays where these are.
            rationale=None if excerpt is None else {"excerpt": excerpt},
        )

    def _row(self, status: EvaluationStatus, **fields: Any) -> EvaluationRow:
        cost = None if self.call.cost is None else str(self.call.cost)
        return _identity(self._plan, self._arm_id, self._attempt, status) | {
            "cost_usd": cost,
            **fields,
        }


def unscored_row(
    plan: JudgePlan,
    arm_id: UUID,
    attempt: ToJudge,
    error: tuple[str, str, str],
    **fields: Any,
) -> EvaluationRow:
    """The row of an attempt that has no scores; ``error``: (stage, code, message)."""
    stage, code, message = error
    problem = {"stage": stage, "code": code, "message": message}
    identity = _identity(plan, arm_id, attempt, EvaluationStatus.UNSCORED)
    return identity | {"criteria": [], "error": problem, "tries": 1, **fields}


def refused_row(row: EvaluationRow, error: Exception) -> EvaluationRow:
    """The row of an evaluation that the database doesn't take: nothing of its content."""
    message = f"the evaluation could not be stored ({type(error).__name__})"
    problem = {"stage": _STORE, "code": "internal", "message": message}
    names = ("attempt_id", "evaluator_version_id", "arm_id")
    kept = {name: row[name] for name in names}
    status = EvaluationStatus.UNSCORED.value
    return kept | {"status": status, "criteria": [], "error": problem, "tries": 1}


def request_problem(error: AssayError) -> tuple[str, str, str]:
    """Why the judge could not be asked."""
    return _REQUEST, "reference", error.message


def _identity(
    plan: JudgePlan, arm_id: UUID, attempt: ToJudge, status: EvaluationStatus
) -> EvaluationRow:
    return {
        "attempt_id": str(attempt.attempt_id),
        "evaluator_version_id": str(plan.version_id),
        "arm_id": str(arm_id),
        "status": status.value,
    }


def _named(criterion: Any, **fields: Any) -> dict[str, Any]:
    return {
        "category": criterion.category.name,
        "criterion": criterion.item.criterion,
        **fields,
    }
