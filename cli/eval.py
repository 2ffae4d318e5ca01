"""`assay eval FILE`."""

from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from cli.budget import budget_of, budget_option, unpriced_option
from cli.estimate import estimate_line
from cli.follow import Followed, Follower
from cli.output import counted, print_json, print_report, program
from cli.runtime import load_settings, open_database, os_user, run_async
from db.models import Run, RunStatus
from db.repositories.evaluators import EvaluatorRepository
from db.session import Database
from engine.definitions.dataset import Dataset, read_dataset, resolve_dataset_path
from engine.definitions.loader import LoadedDefinition, load_definition
from engine.definitions.store import Saved, save_definition
from engine.errors import NotFound
from engine.governance.access import ensure_organization
from engine.providers.registry import provider_info
from engine.runs.budget import NO_BUDGET, Budget
from engine.runs.estimate import estimate_run
from engine.runs.report import arm_report, document
from engine.runs.start import Origin, Sample, StartRequest, start_run
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130

workers_option = click.option(
    "--workers",
    type=click.IntRange(0, 64),
    default=None,
    help="Start so many workers of its own (0: none). By default one, if none is up.",
)


@click.command("eval")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--limit", type=click.IntRange(min=1), help="Only the first N scenarios of the definition."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@workers_option
@click.option("--evaluator", help="Judge the attempts by the evaluator profile of this name.")
@budget_option
@unpriced_option
def command(
    file: Path,
    limit: int | None,
    as_json: bool,
    workers: int | None,
    evaluator: str | None,
    budget: Decimal | None,
    allow_unpriced: bool,
) -> None:
    """Run the definition in FILE to its end and print the result.

    Ctrl-C pauses the run and says how to resume it.
    """
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)
    loaded = load_definition(file)
    dataset = load_dataset(loaded)
    capped = budget_of(budget, allow_unpriced=allow_unpriced)
    code = run_async(
        _evaluate(config, loaded, dataset, limit, capped, workers, evaluator, as_json=as_json)
    )
    click.get_current_context().exit(code)


def said(config: Settings) -> bool:
    """Whether the operator chose how much is logged."""
    return "log_level" in config.model_fields_set


def load_dataset(loaded: LoadedDefinition) -> Dataset | None:
    """The rows that a definition file names. Raises InvalidDataset."""
    wanted = loaded.spec.dataset
    if wanted is None:
        return None
    path = resolve_dataset_path(loaded.base_dir, wanted.path, trusted=True)
    return read_dataset(path, wanted.format, id_column=wanted.id)


async def store_and_start(
    database: Database,
    config: Settings,
    loaded: LoadedDefinition,
    dataset: Dataset | None,
    sample: Sample,
    budget: Budget = NO_BUDGET,
    evaluator: str | None = None,
) -> tuple[Saved, Run]:
    """Save the definition if it changed and start a run of it: both, or neither.

    Before anything is called, says what the calls of arms that dial out are likely to take.
    """
    actor = os_user()
    async with database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        saved = await save_definition(
            session,
            organization.id,
            actor=actor,
            spec=loaded.spec,
            source=loaded.source_text,
            dataset=dataset,
        )
        request = StartRequest(
            saved.definition.id,
            version=saved.version.version,
            sample=sample,
            budget=budget,
            evaluator_id=await _evaluator_id(session, organization.id, evaluator),
        )
        run = await start_run(session, organization.id, request, Origin(actor, "cli"), config)
        # what the new run takes is not in it yet: no attempt of it has been made
        dialled = [a.label for a in loaded.spec.arms if provider_info(a.provider).dials_out]
        if dialled:
            estimate = await estimate_run(session, organization.id, request, config)
            click.echo(estimate_line(estimate, dialled), err=True)
    return saved, run


async def _evaluator_id(
    session: AsyncSession, organization_id: UUID, name: str | None
) -> UUID | None:
    if name is None:
        return None
    profile = await EvaluatorRepository(session, organization_id).by_name(name)
    if profile is None:
        raise NotFound(
            f"There is no evaluator {name!r}. `{program()} evaluators list` shows them.",
            field="evaluator",
        )
    return profile.id


async def _evaluate(
    config: Settings,
    loaded: LoadedDefinition,
    dataset: Dataset | None,
    limit: int | None,
    budget: Budget,
    workers: int | None,
    evaluator: str | None,
    *,
    as_json: bool,
) -> int:
    async with open_database(config) as database:
        saved, run = await store_and_start(
            database, config, loaded, dataset, Sample(limit=limit), budget, evaluator
        )
        click.echo(
            f"Run {run.id}: {saved.definition.name}, version {saved.version.version}, "
            f"{counted(run.subject_count, 'scenario')}, {counted(len(loaded.spec.arms), 'arm')}",
            err=True,
        )
        return await follow_and_report(
            database, config, run.organization_id, run.id, workers=workers, as_json=as_json
        )


async def follow_and_report(
    database: Database,
    config: Settings,
    organization_id: UUID,
    run_id: UUID,
    *,
    workers: int | None,
    as_json: bool,
) -> int:
    """Follow a run to its end and print its result; gives the exit code."""
    follower = Follower(database, config, organization_id, run_id, wanted=workers)
    followed = await follower.follow()
    report(followed, as_json=as_json)
    if followed.interrupted:
        return EXIT_INTERRUPTED
    return 0 if followed.run.status == RunStatus.COMPLETED else EXIT_FAILED


def report(followed: Followed, *, as_json: bool) -> None:
    """Print a run's result, and how to go on where it was left."""
    run = followed.run
    arms = [arm_report(arm.arm.label, arm.progress) for arm in followed.arms]
    if as_json:
        print_json(document(run.id, run.status, arms))
    else:
        print_report(arms)
    reason = f": {run.status_reason}" if run.status_reason else ""
    colour = {RunStatus.COMPLETED: "green", RunStatus.FAILED: "red", RunStatus.CANCELLED: "red"}
    status = RunStatus(run.status)
    click.secho(f"{status.capitalize()}{reason}", err=True, fg=colour.get(status, "yellow"))
    if run.status == RunStatus.PAUSED and not followed.interrupted:
        click.echo(
            f"Raise its budget with: {program()} runs budget {run.id} USD; then go on with: "
            f"{program()} runs resume {run.id} --wait",
            err=True,
        )
    if followed.interrupted:
        click.echo(f"Go on with: {program()} runs resume {run.id} --wait", err=True)
