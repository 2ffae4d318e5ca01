"""kill -9 of a worker that is spending: what the provider was paid stays within the budget."""

from decimal import Decimal
from typing import Any

import pytest

from bench.stub_server import Stub, completion, response, serve
from db.models import Organization, Run
from db.repositories.runs import RunRepository
from db.session import Database
from engine.providers import pricing
from engine.runs.budget import Budget, set_budget
from engine.runs.control import control_run
from engine.runs.lifecycle import Command
from tests.support.factories import Runs
from tests.support.waiting import eventually, until
from tests.support.working import ended, read_run

pytestmark = pytest.mark.slow

# gpt-4o: $2.50 and $10 a million tokens. A call holds a tenth more than it costs: a token for each
# byte of what is asked, where the stub says that there are few.
ASKED, ANSWERED = 4, 100
COST = (Decimal("2.5") * ASKED + 10 * ANSWERED) / 1_000_000
BUDGET = Decimal("0.80")
ATTEMPTS = 900


async def test_a_killed_worker_spends_nothing_beyond_the_budget(
    database: Database,
    organization: Organization,
    start: Runs,
    spawn_worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pricing, "_priced_provider", lambda address: "openai")
    answer = response(completion("It is 0", asked=ASKED, answered=ANSWERED))
    stub = Stub(scripts={"dear": [0.05, answer]})
    async with serve(stub):
        arm = {
            "label": "dear",
            "provider": "openai_compatible",
            "model": "gpt-4o",
            "base_url": stub.url("dear"),
            "params": {"max_tokens": ANSWERED},
            "concurrency": 40,
        }
        run = await start(ATTEMPTS, arm, budget=Budget(BUDGET))
        workers = [spawn_worker(priced=True), spawn_worker(priced=True)]
        for worker in workers:
            await worker.up(database)
        await until(lambda: stub.calls > 150, "both are at work")
        workers[0].kill()

        async def paused() -> Run | None:
            found = await read_run(database, run.id)
            return found if found.status == "PAUSED" else None

        found = await eventually(paused, "the budget is reached")
        assert found.status_reason is not None
        assert found.status_reason.startswith("Budget of $0.80 reached: spent $0.")
        async with database.unit_of_work() as session:
            runs = RunRepository(session, organization.id)
            [spending] = (await runs.spending([run.id])).values()
        paid = stub.calls * COST
        assert 0 < spending.charged <= paid <= BUDGET
        # What the dead one had drawn is counted, and covers what nobody knows of.
        assert paid <= spending.charged + spending.uncertain <= BUDGET
        assert not spending.reserved

        async with database.unit_of_work() as session:
            await set_budget(session, organization.id, run.id, Decimal(5), actor="tester")
            await control_run(session, organization.id, run.id, Command.RESUME, actor="tester")
        done = await ended(database, run.id)
        assert (done.status, done.status_reason) == ("COMPLETED", None)
        assert workers[1].stop() == 0
