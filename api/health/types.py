"""What is up, and what is not."""

import asyncio
from datetime import datetime

import strawberry

from api.context import AssayInfo, Context
from api.fields import resolver
from api.relay import global_id
from api.scalars import BigInt
from db.repositories.workers import LiveWorker, QueueDepth, WorkOn
from engine.health.accounts import AccountState, read_accounts
from engine.health.report import Report, read_work
from engine.providers.check import CheckResult
from engine.providers.registry import PROVIDERS, Unavailable, availability


@strawberry.type(description="The database.")
class DatabaseHealth:
    """The database."""

    ok: bool
    version: str
    latency_ms: float = strawberry.field(description="Of one small statement.")


@strawberry.type(description="The queue. Its jobs are shards: blocks of attempts.")
class QueueHealth:
    """The queue."""

    queued: int = strawberry.field(description="Shards that wait for a worker.")
    picked: int = strawberry.field(description="Shards that workers hold.")
    oldest_waiting: datetime | None
    attempts_waiting: BigInt = strawberry.field(
        description="Attempts of pending and running runs that are neither in flight nor ended."
    )
    attempts_in_flight: int
    ended_last_hour: BigInt = strawberry.field(
        description="Attempts that ended in the last 60 minutes, however."
    )
    failed_last_hour: BigInt = strawberry.field(description="Those of them that failed.")

    @staticmethod
    def of(queue: QueueDepth) -> "QueueHealth":
        """The queue as it was read."""
        return QueueHealth(
            queued=queue.queued,
            picked=queue.picked,
            oldest_waiting=queue.oldest_waiting,
            attempts_waiting=BigInt(queue.attempts_waiting),
            attempts_in_flight=queue.attempts_in_flight,
            ended_last_hour=BigInt(queue.ended),
            failed_last_hour=BigInt(queue.failed),
        )


@strawberry.type(description="A run that a worker has attempts of in flight.")
class WorkerRun:
    """A run that a worker has attempts of in flight."""

    run_id: strawberry.ID
    definition_name: str | None
    in_flight: int = strawberry.field(description="Attempts.")


@strawberry.type(description="A worker process with a recent heartbeat.")
class Worker:
    """A worker process."""

    id: strawberry.ID
    host: str
    pid: int
    version: str
    started_at: datetime
    heartbeat_at: datetime
    in_flight: int = strawberry.field(description="Attempts, of every organization.")
    runs: list[WorkerRun] = strawberry.field(
        description="What it works on, of this organization's."
    )
    problem: str | None = strawberry.field(description="What keeps it from working, in words.")

    @staticmethod
    def of(worker: LiveWorker, work: list[WorkOn]) -> "Worker":
        """A worker as it was read, with what it works on."""
        return Worker(
            id=global_id("Worker", worker.id),
            host=worker.host,
            pid=worker.pid,
            version=worker.version,
            started_at=worker.started_at,
            heartbeat_at=worker.heartbeat_at,
            in_flight=sum(item.in_flight for item in work),
            runs=[
                WorkerRun(
                    run_id=global_id("Run", item.run_id),
                    definition_name=item.definition,
                    in_flight=item.in_flight,
                )
                for item in work
                if item.run_id is not None
            ],
            problem=worker.problem,
        )


@strawberry.type(description="Whether a provider has what it needs. It is not called.")
class ProviderHealth:
    """Whether a provider has what it needs."""

    name: str
    title: str
    available: bool
    unavailable_reason: str | None


@strawberry.type(description="What the newest check of a provider account found.")
class ProviderCheck:
    """What the newest check of a provider account found."""

    reachable: bool
    message: str = strawberry.field(description="In words; it holds no secret.")
    at: datetime
    latency_ms: float | None = strawberry.field(description="null where nothing was called.")
    model_count: int | None = strawberry.field(
        description="How many models it lists; null where it has no list or was not reached."
    )

    @staticmethod
    def of(result: CheckResult) -> "ProviderCheck":
        """A result as it is remembered."""
        return ProviderCheck(
            reachable=result.reachable,
            message=result.message,
            at=result.at,
            latency_ms=result.latency_ms,
            model_count=result.models,
        )


@strawberry.type(
    description="An address that is called with a key: the one of a provider, or one that the "
    "newest versions of definitions name."
)
class ProviderAccount:
    """An account at a provider."""

    id: strawberry.ID
    provider: str
    title: str
    address: str
    key_reference: str | None = strawberry.field(
        description="Where its key is, never the key; null where it needs none."
    )
    configured: bool = strawberry.field(
        description="Whether the server finds the key. Nothing is called to find out."
    )
    problem: str | None = strawberry.field(description="What to set.")
    used_by: int = strawberry.field(description="Definitions whose newest version calls it.")
    check: ProviderCheck | None = strawberry.field(
        description="Of the newest check since this server was started; null where none was made."
    )

    @staticmethod
    def of(state: AccountState, result: CheckResult | None) -> "ProviderAccount":
        """An account as it was read."""
        account = state.account
        return ProviderAccount(
            id=global_id("ProviderAccount", account.id),
            provider=account.provider,
            title=PROVIDERS[account.provider].title,
            address=account.address,
            key_reference=account.key_reference,
            configured=state.problem is None,
            problem=state.problem,
            used_by=account.used_by,
            check=None if result is None else ProviderCheck.of(result),
        )


async def states_of(context: Context) -> list[AccountState]:
    """The accounts of the caller's organization."""
    async with context.read() as session:
        return await read_accounts(session, context.organization_id)


def read_providers() -> list[ProviderHealth]:
    """What each provider lacks. Reads files and keyrings: not for the event loop."""
    found = []
    for name, provider in PROVIDERS.items():
        state = availability(provider)
        reason = state.reason if isinstance(state, Unavailable) else None
        found.append(
            ProviderHealth(
                name=name,
                title=provider.title,
                available=reason is None,
                unavailable_reason=reason,
            )
        )
    return found


@strawberry.type(description="What is up, and what is not.")
class Health:
    """What is up, and what is not."""

    report: strawberry.Private[Report]
    status: str = strawberry.field(description="ok, or degraded: then `warnings` say why.")
    database: DatabaseHealth
    queue: QueueHealth
    warnings: list[str] = strawberry.field(description="What is wrong and what to do about it.")
    version: str = strawberry.field(description="Of this server.")

    @resolver("Worker processes that are up, longest first.")
    async def workers(self, info: AssayInfo) -> list[Worker]:
        """Worker processes that are up."""
        live = self.report.workers
        if not live:
            return []
        async with info.context.read() as session:
            work = await read_work(session, info.context.organization_id)
        return [Worker.of(worker, work.get(worker.id, [])) for worker in live]

    @resolver("Every provider, and whether it has what it needs.")
    async def providers(self) -> list[ProviderHealth]:
        """Every provider."""
        return await asyncio.to_thread(read_providers)

    @resolver("The provider accounts that can be called, at most 100 that definitions name.")
    async def accounts(self, info: AssayInfo) -> list[ProviderAccount]:
        """The provider accounts that can be called."""
        context = info.context
        last = context.services.account_checks.last
        return [
            ProviderAccount.of(state, last(context.organization_id, state.account))
            for state in await states_of(context)
        ]
