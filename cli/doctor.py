"""`assay doctor`: is everything up, and what to do where it is not."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

import click
from rich.text import Text

from cli.output import (
    UNKNOWN,
    counted,
    duration_ms,
    duration_s,
    iso,
    moment,
    number,
    print_json,
    print_table,
)
from cli.runtime import load_settings, open_database, run_async, where
from db.repositories import organizations
from db.repositories.workers import WorkOn
from engine.errors import AssayError
from engine.health.accounts import AccountState, read_accounts
from engine.health.report import Report, read_report, read_work
from engine.providers.check import CheckResult, check_account
from engine.providers.registry import PROVIDERS
from engine.settings import Settings

EXIT_ATTENTION: Final = 1


@dataclass(slots=True)
class Findings:
    """All that was found out; ``report`` is None where the database can't be read."""

    data: str
    report: Report | None = None
    problem: str | None = None
    work: dict[UUID, list[WorkOn]] = field(default_factory=dict)
    accounts: list[AccountState] = field(default_factory=list)
    checks: dict[UUID, CheckResult] = field(default_factory=dict)

    def attention(self) -> list[str]:
        """What needs somebody to act, in words."""
        found = [self.problem] if self.problem else []
        found += self.report.warnings if self.report else []
        for state in self.accounts:
            account = state.account
            check = self.checks.get(account.id)
            if state.problem and account.used_by:
                users = counted(account.used_by, "definition")
                found.append(f"{account.address} ({users}): {state.problem}")
            elif check and not check.reachable:
                found.append(f"{account.address}: {check.message}")
        return found


@click.command("doctor")
@click.option("--check", is_flag=True, help="Call every provider that is set up, once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(check: bool, as_json: bool) -> int:
    """Say whether the database, the queue, the workers and the providers are well.

    Reads the database itself: no server is needed. Exit code 0 means that all is well, 1 that
    something needs attention.
    """
    found = run_async(_examine(load_settings(), check=check))
    attention = found.attention()
    if as_json:
        print_json(_document(found, attention))
    else:
        _print(found, attention)
    return EXIT_ATTENTION if attention else 0


async def _examine(config: Settings, *, check: bool) -> Findings:
    found = Findings(where(config))
    try:
        async with open_database(config) as database, database.unit_of_work() as session:
            organization = await organizations.by_slug(session, config.organization)
            organization_id = None if organization is None else organization.id
            found.report = await read_report(session)
            found.accounts = await read_accounts(session, organization_id)
            if organization_id is not None:
                found.work = await read_work(session, organization_id)
    except AssayError as error:
        found.problem = error.message
        found.accounts = await read_accounts(None, None)
    if check:
        ready = [state.account for state in found.accounts if state.problem is None]
        results = await asyncio.gather(*map(check_account, ready))
        found.checks = {a.id: result for a, result in zip(ready, results, strict=True)}
    return found


def _print(found: Findings, attention: list[str]) -> None:
    if found.report is None:
        _line("Database", f"not usable ({found.data})", colour="red")
    else:
        report = found.report
        latency = duration_ms(report.latency_ms)
        _line("Database", f"PostgreSQL {report.version}, {latency} a statement ({found.data})")
        queue = report.queue
        _line(
            "Queue",
            f"{counted(queue.attempts_waiting, 'attempt')} waiting, "
            f"{number(queue.attempts_in_flight)} in flight "
            f"({counted(queue.queued, 'shard')} queued, {number(queue.picked)} held)",
        )
        _line(
            "Last hour",
            f"{counted(queue.ended, 'attempt')} ended, {number(queue.failed)} of them failed",
        )
        if queue.oldest_waiting:
            age = (datetime.now(UTC) - queue.oldest_waiting).total_seconds()
            _line("Oldest", f"a shard has waited for {duration_s(max(0.0, age))}")
        _line("Workers", f"{number(len(report.workers))} up")
        _print_workers(found, report)
    click.echo()
    _print_providers(found)
    click.echo()
    if not attention:
        click.secho("All is well.", fg="green")
        return
    click.secho("Needs attention:", fg="yellow")
    for words in attention:
        click.echo(f"- {words}")


def _line(name: str, words: str, *, colour: str | None = None) -> None:
    click.echo(f"{name:<10}", nl=False)
    click.secho(words, fg=colour)


def _print_workers(found: Findings, report: Report) -> None:
    if not report.workers:
        return
    click.echo()
    print_table(
        ("worker", "version", "since", "last heartbeat", "in flight", "works on"),
        [
            (
                f"{worker.host}, process {worker.pid}",
                worker.version,
                moment(worker.started_at),
                moment(worker.heartbeat_at),
                number(sum(item.in_flight for item in found.work.get(worker.id, []))),
                ", ".join(_works_on(item) for item in found.work.get(worker.id, [])) or UNKNOWN,
            )
            for worker in report.workers
        ],
        right=("in flight",),
    )


def _works_on(item: WorkOn) -> str:
    if item.run_id is None:
        return f"{number(item.in_flight)} of other organizations"
    return f"{number(item.in_flight)} of {item.definition or 'a run'} ({item.run_id})"


def _print_providers(found: Findings) -> None:
    rows = []
    for name, info in PROVIDERS.items():
        states = [state for state in found.accounts if state.account.provider == name]
        for state in states:
            account = state.account
            rows.append(
                (
                    info.title,
                    account.address,
                    account.key_reference or "no key",
                    number(account.used_by),
                    Text("ready", "green")
                    if state.problem is None
                    else Text("not set up", "yellow"),
                    _reached(found.checks.get(account.id)),
                )
            )
        if not states:
            words = "no definition names a server" if info.needs_base_url else "calls nobody"
            rows.append(
                (info.title, words, UNKNOWN, UNKNOWN, Text("ready", "green"), Text(UNKNOWN))
            )
    print_table(("provider", "address", "key", "definitions", "set up", "reached"), rows)


def _reached(check: CheckResult | None) -> Text:
    if check is None:
        return Text("not checked")
    if not check.reachable:
        return Text("no", "red")
    return Text(f"yes, in {duration_ms(check.latency_ms)}", "green")


def _document(found: Findings, attention: list[str]) -> dict[str, Any]:
    report = found.report
    return {
        "status": "down" if report is None else "degraded" if attention else "ok",
        "attention": attention,
        "version": version("assay"),
        "database": {
            "ok": report is not None,
            "version": report.version if report else None,
            "latencyMs": report.latency_ms if report else None,
            "problem": found.problem,
        },
        "queue": _queue(report) if report else None,
        "workers": _workers(found, report) if report else [],
        "accounts": [_account(state, found) for state in found.accounts],
    }


def _queue(report: Report) -> dict[str, Any]:
    queue = report.queue
    return {
        "queued": queue.queued,
        "picked": queue.picked,
        "oldestWaiting": iso(queue.oldest_waiting),
        "attemptsWaiting": queue.attempts_waiting,
        "attemptsInFlight": queue.attempts_in_flight,
        "endedLastHour": queue.ended,
        "failedLastHour": queue.failed,
    }


def _workers(found: Findings, report: Report) -> list[dict[str, Any]]:
    return [
        {
            "host": worker.host,
            "pid": worker.pid,
            "version": worker.version,
            "startedAt": iso(worker.started_at),
            "heartbeatAt": iso(worker.heartbeat_at),
            "problem": worker.problem,
            "inFlight": sum(item.in_flight for item in found.work.get(worker.id, [])),
            "runs": [
                {"runId": item.run_id, "definition": item.definition, "inFlight": item.in_flight}
                for item in found.work.get(worker.id, [])
                if item.run_id is not None
            ],
        }
        for worker in report.workers
    ]


def _account(state: AccountState, found: Findings) -> dict[str, Any]:
    account = state.account
    check = found.checks.get(account.id)
    return {
        "provider": account.provider,
        "address": account.address,
        "keyReference": account.key_reference,
        "usedBy": account.used_by,
        "configured": state.problem is None,
        "problem": state.problem,
        "check": None
        if check is None
        else {
            "reachable": check.reachable,
            "message": check.message,
            "at": iso(check.at),
            "latencyMs": check.latency_ms,
            "modelCount": check.models,
        },
    }
