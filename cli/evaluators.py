"""`assay evaluators ...`."""

from pathlib import Path
from typing import Any

import click

from cli.output import UNKNOWN, iso, moment, number, print_json, print_table, program
from cli.runtime import load_settings, open_database, organization_id, os_user, run_async
from db.models import EvaluatorProfile, EvaluatorVersion
from db.repositories.evaluators import EvaluatorRepository
from db.repositories.paging import MAX_PAGE, PageRequest
from engine.evaluation.grids.resolve import GridResolver
from engine.evaluation.profiles.spec import EvaluatorSpec
from engine.evaluation.profiles.store import SavedEvaluator, load_evaluator, save_evaluator
from engine.governance.access import ensure_organization
from engine.settings import Settings
from engine.telemetry.logs import configure_logging


@click.group("evaluators")
def command() -> None:
    """List and import evaluator profiles: judges, and the grids that they go by."""


def _settings() -> Settings:
    config = load_settings()
    configure_logging("warning", config.log_format)
    return config


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_command(as_json: bool) -> None:
    """List the newest hundred evaluator profiles."""
    found = run_async(_list(_settings()))
    if as_json:
        print_json([_summary(*item) for item in found])
        return
    if not found:
        click.echo(f"There is no evaluator yet: `{program()} evaluators import FILE`.", err=True)
        return
    print_table(
        ("name", "version", "provider", "model", "grid", "changed"),
        [
            (
                profile.name,
                number(version.version),
                version.spec["provider"],
                version.spec.get("model") or UNKNOWN,
                version.spec["grid"],
                moment(profile.updated_at),
            )
            for profile, version in found
        ],
        right=("version",),
    )


def _summary(profile: EvaluatorProfile, version: EvaluatorVersion) -> dict[str, Any]:
    return {
        "name": profile.name,
        "version": version.version,
        "digest": version.digest,
        "updatedAt": iso(profile.updated_at),
        "spec": version.spec,
    }


async def _list(config: Settings) -> list[tuple[EvaluatorProfile, EvaluatorVersion]]:
    async with open_database(config) as database, database.unit_of_work() as session:
        repository = EvaluatorRepository(session, await organization_id(session, config))
        page = await repository.page(PageRequest(MAX_PAGE))
        versions = await repository.newest([profile.id for profile in page.items])
        return [(profile, versions[profile.id]) for profile in page.items]


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_command(file: Path) -> None:
    """Store the evaluator profile in FILE; a change, also of its grid, makes its next version."""
    spec = load_evaluator(file)
    saved = run_async(_import(_settings(), spec))
    version = f"{spec.label}, version {saved.version.version}"
    click.echo(f"{version}, is stored." if saved.changed else f"{version}, says this already.")


async def _import(config: Settings, spec: EvaluatorSpec) -> SavedEvaluator:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        return await save_evaluator(
            session, organization.id, spec, actor=os_user(), grids=GridResolver()
        )
