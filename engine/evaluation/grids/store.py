"""The life of a grid: drafts are changed, publishing freezes a version, archiving retires it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Grid, GridStatus, GridVersion
from db.models.base import utc_now
from db.repositories.grids import GridRepository
from db.session import hold_name
from engine.errors import Conflict, InvalidInput, NotFound
from engine.evaluation.grids.loader import check_weights, grid_digest, validate_grid
from engine.evaluation.grids.spec import GridSpec


@dataclass(frozen=True, slots=True)
class SavedGrid:
    """A grid, the version that was meant, and whether anything was stored."""

    grid: Grid
    version: GridVersion
    changed: bool = True


class GridStore:
    """What one person does to the grids of an organization, in one unit of work."""

    def __init__(self, session: AsyncSession, organization_id: UUID, *, actor: str) -> None:
        self._session = session
        self._organization_id = organization_id
        self._actor = actor
        self._grids = GridRepository(session, organization_id)

    async def create(self, spec: GridSpec) -> SavedGrid:
        """Make a grid, its first version a draft. Raises Conflict where its name is taken."""
        await hold_name(self._session, self._organization_id, "grid", spec.name)
        if await self._grids.by_name(spec.name) is not None:
            raise Conflict(
                f"There is a grid called {spec.name!r} already: change that one, or choose "
                "another name.",
                field="name",
            )
        grid = Grid(organization_id=self._organization_id, name=spec.name)
        await self._grids.add(grid)
        return SavedGrid(grid, await self._add_draft(grid, 1, spec))

    async def save_draft(
        self, grid_id: UUID, spec: GridSpec, *, expected_revision: int | None = None
    ) -> SavedGrid:
        """Change the draft of a grid; without one, make its next version, as a draft.

        ``expected_revision`` guards a draft against overwriting what someone else saved
        meanwhile; 0 says that there was none. Raises NotFound, InvalidInput and Conflict.
        """
        grid = await self._locked(grid_id)
        if spec.name != grid.name:
            raise InvalidInput(
                f"The grid is called {grid.name!r}; a version can't rename it.", field="name"
            )
        draft = await self._draft(grid)
        self._check_revision(draft, expected_revision)
        return await self._put(grid, draft, spec)

    async def name(self, grid_id: UUID) -> str:
        """What a grid is called. Raises NotFound."""
        return (await self._locked(grid_id)).name

    async def says(self, grid_id: UUID, number: int | None = None) -> GridSpec:
        """What a version of a grid says; the newest one without a number. Raises NotFound."""
        grid = await self._locked(grid_id)
        number = grid.newest_version if number is None else number
        version = await self._grids.version(grid.id, number)
        if version is None:
            raise NotFound(
                f"{grid.name!r} has no version {number}; its newest is {grid.newest_version}.",
                field="version",
            )
        return validate_grid(version.spec)

    async def duplicate(self, spec: GridSpec, name: str) -> SavedGrid:
        """Make a grid called ``name`` that says what ``spec`` says."""
        return await self.create(validate_grid({**spec.model_dump(mode="json"), "name": name}))

    async def import_spec(self, spec: GridSpec, *, publish: bool = False) -> SavedGrid:
        """Store ``spec`` under its name, as a draft or published. The same again changes nothing.

        A draft that is there is replaced.
        """
        await hold_name(self._session, self._organization_id, "grid", spec.name)
        grid = await self._grids.by_name(spec.name, lock=True)
        if grid is None:
            grid = Grid(organization_id=self._organization_id, name=spec.name)
            await self._grids.add(grid)
            saved = SavedGrid(grid, await self._add_draft(grid, 1, spec))
        else:
            heads = (await self._grids.heads([grid.id]))[grid.id]
            said, published = grid_digest(spec), heads.published
            if heads.draft is None and published is not None and published.digest == said:
                return SavedGrid(grid, published, changed=False)
            saved = await self._put(grid, heads.draft, spec)
        return await self.publish(grid.id) if publish else saved

    async def publish(self, grid_id: UUID, *, expected_revision: int | None = None) -> SavedGrid:
        """Freeze the draft; what was published before is archived.

        Raises NotFound, Conflict without a draft, and InvalidGrid where weights don't sum to 1.
        """
        grid = await self._locked(grid_id)
        draft = await self._draft(grid)
        if draft is None:
            raise Conflict(f"{grid.name!r} has no draft: change it first, then publish.")
        self._check_revision(draft, expected_revision)
        check_weights(validate_grid(draft.spec), filename=grid.name)
        await self._archive_published(grid)
        now = utc_now()
        draft.status, draft.published_at = GridStatus.PUBLISHED, now
        draft.published_by = self._actor
        grid.updated_at = now
        await self._grids.save_version(draft)
        return SavedGrid(grid, draft)

    async def archive(self, grid_id: UUID) -> SavedGrid:
        """Retire what is published; runs that used it keep it. Raises NotFound and Conflict."""
        grid = await self._locked(grid_id)
        version = await self._archive_published(grid)
        if version is None:
            raise Conflict(f"Nothing of {grid.name!r} is published.")
        grid.updated_at = utc_now()
        return SavedGrid(grid, version)

    async def discard_draft(self, grid_id: UUID) -> Grid:
        """Remove the draft, and the grid where that is all there is. Raises NotFound, Conflict."""
        grid = await self._locked(grid_id)
        if await self._draft(grid) is None:
            raise Conflict(f"{grid.name!r} has no draft.")
        await self._grids.discard_draft(grid)
        return grid

    async def _locked(self, grid_id: UUID) -> Grid:
        grid = await self._grids.get(grid_id, lock=True)
        if grid is None:
            raise NotFound("There is no such grid.", field="grid_id")
        return grid

    async def _draft(self, grid: Grid) -> GridVersion | None:
        return (await self._grids.heads([grid.id]))[grid.id].draft

    @staticmethod
    def _check_revision(draft: GridVersion | None, expected: int | None) -> None:
        if expected is not None and expected != (0 if draft is None else draft.revision):
            raise Conflict(
                "Someone else changed the draft meanwhile: look at it as it is now, then save "
                "again.",
                field="expected_revision",
            )

    async def _put(self, grid: Grid, draft: GridVersion | None, spec: GridSpec) -> SavedGrid:
        grid.updated_at = utc_now()
        if draft is None:
            grid.newest_version += 1
            return SavedGrid(grid, await self._add_draft(grid, grid.newest_version, spec))
        digest = grid_digest(spec)
        if draft.digest == digest:
            return SavedGrid(grid, draft, changed=False)
        draft.spec, draft.digest = spec.model_dump(mode="json"), digest
        draft.revision += 1
        draft.updated_at = grid.updated_at
        await self._grids.save_version(draft)
        return SavedGrid(grid, draft)

    async def _add_draft(self, grid: Grid, number: int, spec: GridSpec) -> GridVersion:
        draft = GridVersion(
            grid_id=grid.id,
            version=number,
            spec=spec.model_dump(mode="json"),
            digest=grid_digest(spec),
            created_by=self._actor,
        )
        await self._grids.save_version(draft)
        return draft

    async def _archive_published(self, grid: Grid) -> GridVersion | None:
        published = (await self._grids.heads([grid.id]))[grid.id].published
        if published is not None:
            published.status, published.archived_at = GridStatus.ARCHIVED, utc_now()
            # Before another one is published: the index takes one at a time.
            await self._grids.save_version(published)
        return published
