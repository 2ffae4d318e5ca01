"""`assay definitions ...`."""

from pathlib import Path
from typing import Any

import click
import orjson

from cli.eval import load_dataset, said
from cli.output import UNKNOWN, counted, iso, moment, number, print_json, print_table, program
from cli.runtime import load_settings, open_database, organization_id, run_async
from db.models import Dataset, Definition, DefinitionVersion
from db.repositories.definitions import DefinitionRepository
from db.repositories.paging import MAX_PAGE, PageRequest
from engine.definitions.errors import InvalidDefinition
from engine.definitions.loader import load_definition, located
from engine.definitions.preview import preview
from engine.errors import InvalidInput, NotFound
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_version_option = click.option(
    "--version", type=click.IntRange(min=1), help="This version; by default the current one."
)


@click.group("definitions")
def command() -> None:
    """List, show, check and export definitions."""


def _settings() -> Settings:
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)
    return config


@command.command("list")
@click.option("--search", help="Only those whose name contains this.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@_json_option
def list_command(search: str | None, limit: int, as_json: bool) -> None:
    """List the definitions, those changed last first."""
    run_async(_list(_settings(), search, limit, as_json=as_json))


async def _list(config: Settings, search: str | None, limit: int, *, as_json: bool) -> None:
    found: list[tuple[Definition, DefinitionVersion]] = []
    async with open_database(config) as database, database.unit_of_work() as session:
        repository = DefinitionRepository(session, await organization_id(session, config))
        after: tuple[Any, ...] | None = None
        while len(found) < limit:
            request = PageRequest(min(MAX_PAGE, limit - len(found)), after=after)
            page = await repository.page(request, search=search)
            versions = await repository.current_versions([item.id for item in page.items])
            found += [(item, versions[item.id]) for item in page.items]
            if not page.has_next:
                break
            after = (found[-1][0].updated_at, found[-1][0].id)
    if as_json:
        print_json([_summary(*item) for item in found])
        return
    if not found:
        words = (
            f"No definition's name contains {search!r}."
            if search
            else f"There is no definition yet: `{program()} eval FILE` makes one."
        )
        click.echo(words, err=True)
        return
    print_table(
        ("name", "version", "scenarios", "arms", "repeats", "changed"),
        [
            (
                definition.name,
                number(definition.current_version),
                number(version.scenario_count),
                number(len(version.spec["arms"])),
                number(version.spec.get("repeats", 1)),
                moment(definition.updated_at),
            )
            for definition, version in found
        ],
        right=("version", "scenarios", "arms", "repeats"),
    )


def _summary(definition: Definition, version: DefinitionVersion) -> dict[str, Any]:
    return {
        "name": definition.name,
        "description": definition.description,
        "version": version.version,
        "currentVersion": definition.current_version,
        "scenarios": version.scenario_count,
        "arms": [arm["label"] for arm in version.spec["arms"]],
        "repeats": version.spec.get("repeats", 1),
        "createdBy": version.created_by,
        "createdAt": iso(version.created_at),
        "updatedAt": iso(definition.updated_at),
    }


@command.command("show")
@click.argument("name")
@_version_option
@_json_option
def show_command(name: str, version: int | None, as_json: bool) -> None:
    """Show what the definition called NAME says."""
    definition, found, dataset = run_async(_find(_settings(), name, version))
    if as_json:
        rows = None if dataset is None else {"name": dataset.name, "rows": dataset.row_count}
        document = {**_summary(definition, found), "dataset": rows, "spec": found.spec}
        print_json(document)
        return
    spec = found.spec
    click.secho(definition.name, bold=True)
    if definition.description:
        click.echo(definition.description)
    state = "" if found.version == definition.current_version else ", not the current one"
    facts = {
        "Version": f"{number(found.version)}{state}",
        "Saved": f"{moment(found.created_at)} by {found.created_by}",
        "Scenarios": number(found.scenario_count),
        "Repeats": number(spec.get("repeats", 1)),
        "Dataset": UNKNOWN
        if dataset is None
        else f"{dataset.name}, {counted(dataset.row_count, 'row')}: {', '.join(dataset.columns)}",
    }
    for dimension, levels in spec.get("dimensions", {}).items():
        facts[f"Dimension {dimension}"] = ", ".join(map(_label, levels))
    facts["Scorers"] = ", ".join(s.get("name") or s["kind"] for s in spec["scorers"]) or UNKNOWN
    width = max(map(len, facts))
    for title, value in facts.items():
        click.echo(f"{title:{width}}  {value}")
    click.echo()
    print_table(
        ("arm", "provider", "model", "parameters"),
        [
            (
                arm["label"],
                arm["provider"],
                arm.get("model") or UNKNOWN,
                ", ".join(f"{k} {_text(v)}" for k, v in arm["params"].items()) or UNKNOWN,
            )
            for arm in spec["arms"]
        ],
    )


def _label(level: Any) -> str:
    return str(level["label"]) if isinstance(level, dict) else _text(level)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@command.command("validate")
@click.argument("file", type=click.Path(path_type=Path))
@_json_option
def validate_command(file: Path, as_json: bool) -> None:
    """Check the definition in FILE and its dataset: every problem with its line.

    Nothing is stored, and no database is needed.
    """
    loaded = load_definition(file)
    dataset = load_dataset(loaded)
    try:
        made = preview(loaded.spec, dataset)
    except InvalidDefinition as error:
        problems = located(error, loaded.source_text).problems
        raise InvalidDefinition(problems, filename=str(file)) from None
    if as_json:
        print_json(
            {
                "name": loaded.spec.name,
                "rows": made.row_count,
                "scenarios": made.scenario_count,
                "arms": [arm.label for arm in loaded.spec.arms],
                "repeats": loaded.spec.repeats,
                "attempts": made.attempt_count,
            }
        )
        return
    rows = "" if made.row_count is None else f"{counted(made.row_count, 'row')}, "
    click.echo(
        f"{file}: {loaded.spec.name} is fine: {rows}{counted(made.scenario_count, 'scenario')}, "
        f"{counted(len(loaded.spec.arms), 'arm')}, {counted(loaded.spec.repeats, 'repeat')}: "
        f"{counted(made.attempt_count, 'attempt')}."
    )


@command.command("export")
@click.argument("name")
@_version_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
def export_command(name: str, version: int | None, output: Path | None) -> None:
    """Print the YAML of the definition called NAME, as it was written."""
    _, found, _ = run_async(_find(_settings(), name, version))
    if output is None:
        click.echo(found.source, nl=not found.source.endswith("\n"))
        return
    try:
        output.write_text(found.source, encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidInput(f"{output} can't be written: {error.strerror or error}.") from None
    click.echo(f"Wrote {output}.", err=True)


async def _find(
    config: Settings, name: str, number_: int | None
) -> tuple[Definition, DefinitionVersion, Dataset | None]:
    async with open_database(config) as database, database.unit_of_work() as session:
        repository = DefinitionRepository(session, await organization_id(session, config))
        definition = await repository.by_name(name)
        if definition is None or definition.archived_at is not None:
            raise NotFound(
                f"There is no definition {name!r}. `{program()} definitions list` shows them.",
                field="name",
            )
        wanted = definition.current_version if number_ is None else number_
        version = await repository.version(definition.id, wanted)
        if version is None:
            raise NotFound(
                f"{name!r} has no version {wanted}; its newest is {definition.current_version}.",
                field="version",
            )
        dataset = (
            None if version.dataset_id is None else await repository.dataset(version.dataset_id)
        )
        return definition, version, dataset
