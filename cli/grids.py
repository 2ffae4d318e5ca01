"""`assay grids ...`."""

from pathlib import Path
from typing import Any

import click

from cli.output import UNKNOWN, iso, moment, number, print_json, print_table, program
from cli.runtime import load_settings, open_database, organization_id, os_user, run_async
from db.models import Grid
from db.repositories.grids import GridHeads, GridRepository
from db.repositories.paging import MAX_PAGE, PageRequest
from engine.errors import InvalidInput, NotFound
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.loader import dump_grid, load_grid, validate_grid
from engine.evaluation.grids.resolve import GridResolver
from engine.evaluation.grids.spec import GridSpec
from engine.evaluation.grids.store import GridStore, SavedGrid
from engine.governance.access import ensure_organization
from engine.settings import Settings
from engine.telemetry.logs import configure_logging

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("grids")
def command() -> None:
    """List, import and export grids: the rubrics that judges go by."""


def _settings() -> Settings:
    config = load_settings()
    configure_logging("warning", config.log_format)
    return config


@command.command("list")
@click.option("--search", help="Only those whose name contains this.")
@click.option("--archived", is_flag=True, help="Also those of which every version is archived.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@_json_option
def list_command(search: str | None, archived: bool, limit: int, as_json: bool) -> None:
    """List the grids, those changed last first; then those that ship with Assay."""
    found = run_async(_list(_settings(), search, limit, archived=archived))
    ready = {grid.name for grid, heads in found if heads.published is not None}
    built_in = [
        spec
        for name, spec in built_in_grids().items()
        if name not in ready and (search or "").casefold() in name.casefold()
    ]
    if as_json:
        print_json([_summary(*item) for item in found] + [_built_in(spec) for spec in built_in])
        return
    rows = [_row(grid, heads) for grid, heads in found]
    rows += [
        (spec.name, "built-in", UNKNOWN, number(len(spec.categories)), UNKNOWN) for spec in built_in
    ]
    columns = ("name", "published", "draft", "categories", "changed")
    print_table(columns, rows, right=("categories",))


def _row(grid: Grid, heads: GridHeads) -> tuple[str, ...]:
    return (
        grid.name,
        UNKNOWN if heads.published is None else f"version {heads.published.version}",
        UNKNOWN if heads.draft is None else f"version {heads.draft.version}",
        number(len(heads.newest.spec["categories"])),
        moment(grid.updated_at),
    )


def _summary(grid: Grid, heads: GridHeads) -> dict[str, Any]:
    return {
        "name": grid.name,
        "builtIn": False,
        "published": None if heads.published is None else heads.published.version,
        "draft": None if heads.draft is None else heads.draft.version,
        "newestVersion": grid.newest_version,
        "updatedAt": iso(grid.updated_at),
    }


def _built_in(spec: GridSpec) -> dict[str, Any]:
    return {"name": spec.name, "builtIn": True, "published": None, "draft": None}


async def _list(
    config: Settings, search: str | None, limit: int, *, archived: bool
) -> list[tuple[Grid, GridHeads]]:
    found: list[tuple[Grid, GridHeads]] = []
    async with open_database(config) as database, database.unit_of_work() as session:
        repository = GridRepository(session, await organization_id(session, config))
        after: tuple[Any, ...] | None = None
        while len(found) < limit:
            request = PageRequest(min(MAX_PAGE, limit - len(found)), after=after)
            page = await repository.page(request, search=search, archived=archived)
            heads = await repository.heads([grid.id for grid in page.items])
            found += [(grid, heads[grid.id]) for grid in page.items]
            if not page.has_next:
                break
            after = (found[-1][0].updated_at, found[-1][0].id)
    return found


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--publish", is_flag=True, help="Publish it as well; else it is a draft.")
def import_command(file: Path, publish: bool) -> None:
    """Store the grid in FILE under its name; a draft that is there is replaced.

    Every problem is told with its line. Importing the same again changes nothing.
    """
    spec = load_grid(file)
    saved = run_async(_import(_settings(), spec, publish=publish))
    version = f"{spec.name}, version {saved.version.version}"
    if not saved.changed:
        click.echo(f"{version}, says this already: nothing changed.")
    elif publish:
        click.echo(f"{version}, is published.")
    else:
        click.echo(f"{version}, is a draft. `{program()} grids import --publish` publishes it.")


async def _import(config: Settings, spec: GridSpec, *, publish: bool) -> SavedGrid:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await ensure_organization(session, config.organization)
        store = GridStore(session, organization.id, actor=os_user())
        return await store.import_spec(spec, publish=publish)


@command.command("export")
@click.argument("name")
@click.option(
    "--version",
    type=click.IntRange(min=1),
    help="This version; by default what the name stands for: the published version, else the "
    "built-in grid.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
def export_command(name: str, version: int | None, output: Path | None) -> None:
    """Print the grid called NAME as YAML, which `import` takes."""
    spec, explanation = run_async(_find(_settings(), name, version))
    text = dump_grid(spec)
    click.echo(f"This is {explanation}.", err=True)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidInput(f"{output} can't be written: {error.strerror or error}.") from None
    click.echo(f"Wrote {output}.", err=True)


async def _find(config: Settings, name: str, wanted: int | None) -> tuple[GridSpec, str]:
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        if wanted is None:
            resolved = await GridResolver().resolve(session, organization, name)
            return resolved.spec, resolved.explanation
        repository = GridRepository(session, organization)
        grid = await repository.by_name(name)
        version = None if grid is None else await repository.version(grid.id, wanted)
        if version is None:
            message = f"There is no version {wanted} of a grid {name!r}."
            raise NotFound(f"{message} `{program()} grids list` shows the grids.", field="name")
        state = f"version {wanted} of {name!r} ({version.status})"
        return validate_grid(version.spec), state
