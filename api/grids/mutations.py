"""Making, changing and publishing grids."""

import asyncio
from collections.abc import Awaitable, Callable

import strawberry

from api.context import AssayInfo, Context
from api.errors import UserError
from api.fields import mutation
from api.grids.inputs import (
    ArchiveGridInput,
    CreateGridInput,
    DiscardGridDraftInput,
    DuplicateGridInput,
    ImportGridInput,
    PublishGridInput,
    SaveGridDraftInput,
    said,
)
from api.grids.types import Grid, GridVersion
from api.payloads import attempt
from api.permissions import IsEditor
from api.relay import node_key
from db.repositories.grids import GridRepository
from engine.errors import InvalidInput, NotFound
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.loader import parse_grid, validate_grid
from engine.evaluation.grids.spec import GridSpec
from engine.evaluation.grids.store import GridStore, SavedGrid


@strawberry.type
class GridPayload:
    """The grid and the version that was meant, or why nothing was done."""

    grid: Grid | None
    version: GridVersion | None
    errors: list[UserError]


@strawberry.type
class DiscardGridDraftPayload:
    """The grid without its draft (null where the draft was all of it), or why nothing was done."""

    grid: Grid | None
    errors: list[UserError]


async def _change(
    context: Context, work: Callable[[GridStore], Awaitable[SavedGrid]]
) -> GridPayload:
    """Do ``work`` in a unit of work."""

    async def act() -> SavedGrid:
        async with context.write() as session:
            store = GridStore(session, context.organization_id, actor=context.principal.actor)
            return await work(store)

    outcome = await attempt(context, act)
    saved = outcome.value
    if saved is None:
        return GridPayload(grid=None, version=None, errors=outcome.errors)
    return GridPayload(grid=Grid.of(saved.grid), version=GridVersion.of(saved.version), errors=[])


@strawberry.type
class GridMutations:
    """Making, changing and publishing grids."""

    @mutation(IsEditor, "Make a grid; its first version is a draft.")
    async def create_grid(
        self,
        info: AssayInfo,
        input: CreateGridInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Make a grid."""

        async def work(store: GridStore) -> SavedGrid:
            return await store.create(_first(input))

        return await _change(info.context, work)

    @mutation(
        IsEditor,
        "Change a grid's draft; where there is none, its next version is made as a draft.",
    )
    async def save_grid_draft(
        self,
        info: AssayInfo,
        input: SaveGridDraftInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Change a grid's draft."""

        async def work(store: GridStore) -> SavedGrid:
            key = node_key(input.grid_id, "Grid", "gridId")
            spec = validate_grid(said(await store.name(key), input.content))
            return await store.save_draft(key, spec, expected_revision=input.expected_revision)

        return await _change(info.context, work)

    @mutation(IsEditor, "Make a grid that says what a version of another one says.")
    async def duplicate_grid(
        self,
        info: AssayInfo,
        input: DuplicateGridInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Make a grid of another one."""

        async def work(store: GridStore) -> SavedGrid:
            key = node_key(input.grid_id, "Grid", "gridId")
            return await store.duplicate(await store.says(key, input.version), input.name)

        return await _change(info.context, work)

    @mutation(
        IsEditor,
        "Publish a grid's draft: it is frozen, judges go by it from now on, and the version that "
        "was published before is archived. Weights must sum to 1.",
    )
    async def publish_grid(
        self,
        info: AssayInfo,
        input: PublishGridInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Publish a grid's draft."""

        async def work(store: GridStore) -> SavedGrid:
            key = node_key(input.grid_id, "Grid", "gridId")
            return await store.publish(key, expected_revision=input.expected_revision)

        return await _change(info.context, work)

    @mutation(
        IsEditor,
        "Retire the published version of a grid. What used it keeps it; its name stands for the "
        "built-in grid of that name again, where there is one.",
    )
    async def archive_grid(
        self,
        info: AssayInfo,
        input: ArchiveGridInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Retire the published version of a grid."""

        async def work(store: GridStore) -> SavedGrid:
            return await store.archive(node_key(input.grid_id, "Grid", "gridId"))

        return await _change(info.context, work)

    @mutation(IsEditor, "Remove a grid's draft, and the grid itself where it has no other version.")
    async def discard_grid_draft(
        self,
        info: AssayInfo,
        input: DiscardGridDraftInput,  # noqa: A002 - the schema's word
    ) -> DiscardGridDraftPayload:
        """Remove a grid's draft."""
        context = info.context

        async def work() -> Grid | None:
            key = node_key(input.grid_id, "Grid", "gridId")
            async with context.write() as session:
                store = GridStore(session, context.organization_id, actor=context.principal.actor)
                await store.discard_draft(key)
                left = await GridRepository(session, context.organization_id).get(key)
                return None if left is None else Grid.of(left)

        outcome = await attempt(context, work)
        return DiscardGridDraftPayload(grid=outcome.value, errors=outcome.errors)

    @mutation(
        IsEditor,
        "Store a grid from YAML under its name, as a draft (which replaces the one that is there) "
        "or published. Sending the same again changes nothing.",
    )
    async def import_grid(
        self,
        info: AssayInfo,
        input: ImportGridInput,  # noqa: A002 - the schema's word
    ) -> GridPayload:
        """Store a grid from YAML."""

        async def work(store: GridStore) -> SavedGrid:
            spec = await asyncio.to_thread(parse_grid, input.source, filename="source")
            return await store.import_spec(spec, publish=input.publish)

        return await _change(info.context, work)


def _first(given: CreateGridInput) -> GridSpec:
    """What a new grid says."""
    if (given.content is None) == (given.like is None):
        raise InvalidInput("Give either `content` or `like`.", field="content")
    if given.content is not None:
        return validate_grid(said(given.name, given.content))
    built_in = built_in_grids().get(given.like or "")
    if built_in is None:
        names = ", ".join(built_in_grids())
        raise NotFound(f"No grid {given.like!r} is built in; there are {names}.", field="like")
    return validate_grid({**built_in.model_dump(mode="json"), "name": given.name})
