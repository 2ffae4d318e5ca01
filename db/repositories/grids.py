"""The SQL of grids and their versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Grid, GridStatus, GridVersion
from db.repositories.paging import Page, PageRequest, fetch_page


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """Which version of a grid is published, without what it says."""

    id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class GridHeads:
    """The versions of a grid that people ask for; ``newest`` is there always."""

    newest: GridVersion
    draft: GridVersion | None
    published: GridVersion | None


class GridRepository:
    """The grids of one organization."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session = session
        self._organization_id = organization_id

    async def get(self, grid_id: UUID, *, lock: bool = False) -> Grid | None:
        """A grid by its id; ``lock`` holds it until the transaction ends."""
        return await self._one(Grid.id == grid_id, lock=lock)

    async def by_name(self, name: str, *, lock: bool = False) -> Grid | None:
        """A grid by its name; ``lock`` holds it until the transaction ends."""
        return await self._one(Grid.name == name, lock=lock)

    async def _one(self, condition: Any, *, lock: bool) -> Grid | None:
        statement = select(Grid).where(condition, Grid.organization_id == self._organization_id)
        found = await self._session.execute(statement.with_for_update() if lock else statement)
        return found.scalar_one_or_none()

    async def page(
        self, request: PageRequest, *, search: str | None = None, archived: bool = False
    ) -> Page[Grid]:
        """Grids, those changed last first; key: (updated_at, id).

        A grid of which every version is archived comes with ``archived`` only.
        """
        page = await fetch_page(
            self._session,
            select(Grid).where(*self._fits(search, archived=archived)),
            [col(Grid.updated_at), col(Grid.id)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    async def count(self, *, search: str | None = None, archived: bool = False) -> int:
        """How many grids there are."""
        statement = select(func.count()).where(*self._fits(search, archived=archived))
        return (await self._session.execute(statement)).scalar_one()

    def _fits(self, search: str | None, *, archived: bool) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [col(Grid.organization_id) == self._organization_id]
        if search:
            conditions.append(col(Grid.name).icontains(search, autoescape=True))
        if not archived:
            # Two conditions, as each of the two partial indexes answers one of them.
            conditions.append(or_(self._has(GridStatus.DRAFT), self._has(GridStatus.PUBLISHED)))
        return conditions

    def _has(self, status: GridStatus) -> ColumnElement[bool]:
        return exists().where(
            and_(col(GridVersion.grid_id) == Grid.id, col(GridVersion.status) == status)
        )

    async def published(self, name: str) -> PublishedVersion | None:
        """Which version of the grid with this name is published, if one is."""
        found = await self._session.execute(
            select(GridVersion.id, GridVersion.version)
            .join(Grid, col(Grid.id) == GridVersion.grid_id)
            .where(
                Grid.name == name,
                Grid.organization_id == self._organization_id,
                GridVersion.status == GridStatus.PUBLISHED,
            )
        )
        row = found.one_or_none()
        return None if row is None else PublishedVersion(row[0], row[1])

    async def version(self, grid_id: UUID, number: int) -> GridVersion | None:
        """A version of a grid by its number."""
        found = await self._session.execute(
            self._versions().where(GridVersion.grid_id == grid_id, GridVersion.version == number)
        )
        return found.scalar_one_or_none()

    async def versions_by_id(self, ids: Iterable[UUID]) -> dict[UUID, GridVersion]:
        """Versions by their ids; unknown and foreign ones are left out."""
        found = await self._session.execute(
            self._versions().where(col(GridVersion.id).in_(list(ids)))
        )
        return {version.id: version for version in found.scalars()}

    async def heads(self, ids: Iterable[UUID]) -> dict[UUID, GridHeads]:
        """The newest version, the draft and the published one of each grid, by the grid's id."""
        found = await self._session.execute(
            self._versions().where(
                col(GridVersion.grid_id).in_(list(ids)),
                or_(
                    col(GridVersion.status) != GridStatus.ARCHIVED,
                    col(GridVersion.version) == Grid.newest_version,
                ),
            )
        )
        versions: dict[UUID, list[GridVersion]] = {}
        for version in found.scalars():
            versions.setdefault(version.grid_id, []).append(version)
        return {grid_id: _heads(of_grid) for grid_id, of_grid in versions.items()}

    async def versions_page(self, grid_id: UUID, request: PageRequest) -> Page[GridVersion]:
        """The versions of a grid, newest first; key: (version,)."""
        page = await fetch_page(
            self._session,
            self._versions().where(GridVersion.grid_id == grid_id),
            [col(GridVersion.version)],
            request,
            descending=True,
        )
        return Page([row[0] for row in page.items], page.has_next, page.has_previous)

    def _versions(self) -> Any:
        return (
            select(GridVersion)
            .join(Grid, col(Grid.id) == GridVersion.grid_id)
            .where(Grid.organization_id == self._organization_id)
        )

    async def add(self, grid: Grid) -> None:
        """Store a new grid."""
        self._session.add(grid)
        await self._session.flush()

    async def save_version(self, version: GridVersion) -> None:
        """Store a version: a new one, or a known one as it has been changed."""
        self._session.add(version)
        await self._session.flush()

    async def discard_draft(self, grid: Grid) -> None:
        """Remove the draft of a grid, and the grid with it where it has no other version."""
        assert grid.organization_id == self._organization_id, "it was read by this repository"
        await self._session.execute(
            delete(GridVersion).where(
                col(GridVersion.grid_id) == grid.id,
                col(GridVersion.status) == GridStatus.DRAFT,
            )
        )
        newest = await self._session.execute(
            select(func.max(GridVersion.version)).where(GridVersion.grid_id == grid.id)
        )
        number: int | None = newest.scalar_one()
        if number is None:
            await self._session.delete(grid)
        else:
            grid.newest_version = number
        await self._session.flush()


def _heads(versions: list[GridVersion]) -> GridHeads:
    by_status = {GridStatus(version.status): version for version in versions}
    return GridHeads(
        newest=max(versions, key=lambda version: version.version),
        draft=by_status.get(GridStatus.DRAFT),
        published=by_status.get(GridStatus.PUBLISHED),
    )
