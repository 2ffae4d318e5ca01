"""`assay runs ...`."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from cli.budget import DOLLARS
from cli.eval import follow_and_report, said, workers_option
from cli.export import export, format_of
from cli.output import (
    UNKNOWN,
    iso,
    moment,
    number,
    percent,
    print_json,
    print_report,
    print_table,
    program,
    status_text,
)
from cli.runtime import load_settings, open_database, organization_id, os_user, run_async
from cli.select import find_run
from db.models import Run, RunStatus
from db.models.run import TERMINAL
from db.repositories import workers
from db.repositories.definitions import DefinitionRepository
from db.repositories.paging import MAX_PAGE, PageRequest
from db.repositories.run_list import RunFilter
from db.repositories.runs import ArmCounts, RunRepository
from db.repositories.spending import Spending
from engine.money import dollars
from engine.runs import control
from engine.runs.budget import set_budget
from engine.runs.export.attempts import Format, Wanted
from engine.runs.lifecycle import Command
from engine.runs.report import arm_report, document
from engine.runs.rerun import RerunRequest, rerun
from engine.runs.start import Origin
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_wait_option = click.option("--wait", is_flag=True, help="Follow it to its end, as eval does.")


@click.group("runs")
def command() -> None:
    """List, show, control, repeat and export runs.

    ID is a run's id as it is printed, a beginning of it that no other run has, or its id in
    GraphQL.
    """
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([s.value for s in RunStatus], case_sensitive=False),
    help="Only runs that are in this state; may be given again.",
)
@_json_option
def list_command(limit: int, statuses: tuple[str, ...], as_json: bool) -> None:
    """List the newest runs."""
    run_async(_list(load_settings(), limit, statuses, as_json=as_json))


async def _list(config: Settings, limit: int, statuses: tuple[str, ...], *, as_json: bool) -> None:
    where = RunFilter(statuses=[status.upper() for status in statuses])
    found: list[Run] = []
    arms: dict[UUID, list[ArmCounts]] = {}
    names: dict[UUID, str] = {}
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        runs = RunRepository(session, organization)
        after: tuple[Any, ...] | None = None
        while len(found) < limit:
            request = PageRequest(min(MAX_PAGE, limit - len(found)), after=after)
            page = await runs.page(request, where)
            found += page.items
            arms |= await runs.arms([run.id for run in page.items])
            names |= await _definition_names(session, organization, page.items)
            if not page.has_next:
                break
            after = (found[-1].created_at, found[-1].id)
    if as_json:
        print_json([_summary(run, arms[run.id], names.get(run.id)) for run in found])
        return
    if not found:
        if where.statuses:
            words = " or ".join(status.lower() for status in where.statuses)
            click.echo(f"No run is {words}.", err=True)
        else:
            click.echo(f"There is no run yet: start one with `{program()} eval FILE`.", err=True)
        return
    print_table(
        ("id", "status", "definition", "attempts", "failed", "pass rate", "created", "by"),
        [
            (
                str(run.id),
                status_text(run.status),
                names.get(run.id, UNKNOWN),
                _share_done(arms[run.id]),
                number(sum(arm.progress.failed for arm in arms[run.id])),
                percent(_pass_rate(arms[run.id])),
                moment(run.created_at),
                f"{run.created_by} ({run.trigger})",
            )
            for run in found
        ],
        right=("attempts", "failed", "pass rate"),
    )


def _share_done(arms: list[ArmCounts]) -> str:
    ended, total = sum(arm.progress.done for arm in arms), sum(arm.progress.total for arm in arms)
    return f"{number(ended)}/{number(total)}"


def _pass_rate(arms: list[ArmCounts]) -> float | None:
    scored = sum(arm.progress.scored for arm in arms)
    return sum(arm.progress.passed for arm in arms) / scored if scored else None


def _summary(run: Run, arms: list[ArmCounts], name: str | None) -> dict[str, Any]:
    reports = [arm_report(arm.arm.label, arm.progress) for arm in arms]
    return {
        **document(run.id, run.status, reports),
        "statusReason": run.status_reason,
        "definition": name,
        "parentRunId": None if run.parent_run_id is None else str(run.parent_run_id),
        "createdBy": run.created_by,
        "trigger": run.trigger,
        "createdAt": iso(run.created_at),
        "startedAt": iso(run.started_at),
        "finishedAt": iso(run.finished_at),
    }


async def _definition_names(
    session: AsyncSession, organization: UUID, runs: Any
) -> dict[UUID, str]:
    versions = await DefinitionRepository(session, organization).versions_by_id(
        {run.definition_version_id for run in runs if run.definition_version_id is not None}
    )
    return {
        run.id: f"{versions[run.definition_version_id][1].name} "
        f"v{versions[run.definition_version_id][0].version}"
        for run in runs
        if run.definition_version_id in versions
    }


@command.command("show")
@click.argument("run_id", metavar="ID")
@_json_option
def show_command(run_id: str, as_json: bool) -> None:
    """Show a run: its state, the result of each arm, what happened to it."""
    run_async(_show(load_settings(), run_id, as_json=as_json))


async def _show(config: Settings, text: str, *, as_json: bool) -> None:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        runs = RunRepository(session, organization)
        run = await find_run(runs, text)
        arms = (await runs.arms([run.id]))[run.id]
        names = await _definition_names(session, organization, [run])
        events = (await runs.events_page(run.id, PageRequest(MAX_PAGE))).items
        children = await runs.children(run.id)
        spending = (await runs.spending([run.id])).get(run.id)
    events = list(reversed(events))
    if as_json:
        print_json(
            {
                **_summary(run, arms, names.get(run.id)),
                "inFlight": sum(arm.in_flight for arm in arms),
                "events": [
                    {"at": iso(e.at), "kind": e.kind, "actor": e.actor, "message": e.message}
                    for e in events
                ],
            }
        )
        return
    click.echo(f"Run         {run.id}")
    click.echo("Status      ", nl=False)
    click.echo(f"{run.status}{': ' + run.status_reason if run.status_reason else ''}")
    click.echo(f"Definition  {names.get(run.id, UNKNOWN)}")
    click.echo(f"Started     {moment(run.created_at)} by {run.created_by} ({run.trigger})")
    if run.finished_at is not None:
        click.echo(f"Ended       {moment(run.finished_at)}")
    if spending is not None:
        click.echo(f"Budget      {_spent(spending)}")
    if run.parent_run_id is not None:
        click.echo(f"Rerun of    {run.parent_run_id}")
    for child in children:
        click.echo(f"Rerun as    {child.id} ({child.status.lower()})")
    if run.status not in TERMINAL:
        ended, total = (
            sum(arm.progress.done for arm in arms),
            sum(arm.progress.total for arm in arms),
        )
        click.echo(
            f"Progress    {number(ended)} of {number(total)} attempts, "
            f"{number(sum(arm.in_flight for arm in arms))} in flight"
        )
    click.echo()
    print_report([arm_report(arm.arm.label, arm.progress) for arm in arms])
    click.echo()
    for event in events:
        click.echo(f"{moment(event.at)}  {event.message} ({event.actor})")


def _spent(spending: Spending) -> str:
    words = f"{dollars(spending.charged)} of {dollars(spending.budget)} spent"
    if spending.uncertain:
        words += f", and up to {dollars(spending.uncertain)} for calls whose outcome is not known"
    return words


@command.command("pause")
@click.argument("run_id", metavar="ID")
def pause_command(run_id: str) -> None:
    """Start no new attempt; those in flight finish."""
    run = run_async(_control(load_settings(), run_id, Command.PAUSE))
    click.echo(f"Paused. Go on with: {program()} runs resume {run.id}")


@command.command("resume")
@click.argument("run_id", metavar="ID")
@_wait_option
@workers_option
@_json_option
def resume_command(run_id: str, wait: bool, workers: int | None, as_json: bool) -> None:
    """Go on with a paused run."""
    config = load_settings()
    code = run_async(_resume(config, run_id, wait=wait, wanted=workers, as_json=as_json))
    click.get_current_context().exit(code)


async def _resume(
    config: Settings, text: str, *, wait: bool, wanted: int | None, as_json: bool
) -> int:
    async with open_database(config) as database:
        async with database.unit_of_work() as session:
            organization = await organization_id(session, config)
            run = await find_run(RunRepository(session, organization), text)
            # With --wait, a run that goes on already is only followed.
            if not wait or run.status in {RunStatus.PAUSED, *TERMINAL}:
                await control.control_run(
                    session, organization, run.id, Command.RESUME, actor=os_user()
                )
        if wait:
            return await follow_and_report(
                database, config, organization, run.id, workers=wanted, as_json=as_json
            )
        async with database.unit_of_work() as session:
            up = await workers.live(session)
    click.echo(f"Resumed. Follow it with: {program()} runs show {run.id}")
    if not up:
        click.echo(f"No worker is up: start one with `{program()} worker`.", err=True)
    return 0


@command.command("budget")
@click.argument("run_id", metavar="ID")
@click.argument("usd", type=DOLLARS)
def budget_command(run_id: str, usd: Decimal) -> None:
    """Change what a run with a budget may cost, to USD in all."""
    run = run_async(_budget(load_settings(), run_id, usd))
    click.echo(f"The budget is {dollars(usd)} now.")
    if run.status == RunStatus.PAUSED:
        click.echo(f"Go on with: {program()} runs resume {run.id}")


async def _budget(config: Settings, text: str, usd: Decimal) -> Run:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        run = await find_run(RunRepository(session, organization), text)
        return await set_budget(session, organization, run.id, usd, actor=os_user())


@command.command("cancel")
@click.argument("run_id", metavar="ID")
def cancel_command(run_id: str) -> None:
    """End a run; attempts in flight are aborted."""
    run_async(_control(load_settings(), run_id, Command.CANCEL))
    click.echo("Cancelled. What was stored stays.")


@command.command("rerun")
@click.argument("run_id", metavar="ID")
@click.option("--only-failed", is_flag=True, help="Only the attempts that failed.")
@_wait_option
@workers_option
@_json_option
def rerun_command(
    run_id: str,
    only_failed: bool,
    wait: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Start a finished run again, as a new run."""
    code = run_async(
        _rerun(
            load_settings(),
            run_id,
            only_failed=only_failed,
            wait=wait,
            wanted=workers,
            as_json=as_json,
        )
    )
    click.get_current_context().exit(code)


async def _rerun(
    config: Settings,
    text: str,
    *,
    only_failed: bool,
    wait: bool,
    wanted: int | None,
    as_json: bool,
) -> int:
    async with open_database(config) as database:
        async with database.unit_of_work() as session:
            organization = await organization_id(session, config)
            parent = await find_run(RunRepository(session, organization), text)
            origin = Origin(os_user(), "cli")
            wanted_again = RerunRequest(parent.id, only_failed=only_failed)
            run = await rerun(session, organization, wanted_again, origin, config)
            up = await workers.live(session)
        if wait:
            click.echo(f"Run {run.id}, again after {parent.id}", err=True)
            return await follow_and_report(
                database, config, organization, run.id, workers=wanted, as_json=as_json
            )
    click.echo(f"Started. Follow it with: {program()} runs show {run.id}")
    if not up:
        click.echo(f"No worker is up: start one with `{program()} worker`.", err=True)
    return 0


async def _control(config: Settings, text: str, wanted: Command) -> Run:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        run = await find_run(RunRepository(session, organization), text)
        return await control.control_run(session, organization, run.id, wanted, actor=os_user())


@command.command("export")
@click.argument("run_id", metavar="ID")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="The file to write; standard output by default.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="By default what the file's suffix says, else csv.",
)
@click.option("--raw", is_flag=True, help="CSV: leave text as it is, formulas and length too.")
@click.option("--part", type=click.IntRange(1), help="CSV: one part of 1,048,575 rows, from 1.")
@click.option("--transcripts", is_flag=True, help="JSONL: with the messages.")
def export_command(
    run_id: str,
    output: Path | None,
    form: str | None,
    raw: bool,
    part: int | None,
    transcripts: bool,
) -> None:
    """Write a run's attempts as CSV, JSON lines or Parquet."""
    wanted = Wanted(format_of(form, output), raw=raw, part=part, transcripts=transcripts)
    run_async(export(load_settings(), run_id, output, wanted))
