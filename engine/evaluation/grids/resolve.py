"""Which grid a name stands for: what is published, else what ships with Assay.

What is published is asked of the database every time, by one indexed statement that reads no
content; what a version says is kept by its id, and can't go stale, as publishing freezes it.
So a version that another process publishes counts from its commit on, and nobody is to be told.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.grids import GridRepository
from engine.errors import NotFound
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.loader import grid_digest, validate_grid
from engine.evaluation.grids.spec import GridSpec

_MAX_KEPT: Final = 256


class GridOrigin(StrEnum):
    """Where a grid comes from."""

    PUBLISHED = "published"
    BUILT_IN = "built_in"


@dataclass(frozen=True, slots=True)
class ResolvedGrid:
    """A grid as it is used: what it says, and where that comes from, to be recorded with scores.

    ``version_id`` and ``number`` are those of the published version; None for a built-in grid,
    whose ``digest`` says which state of it was meant.
    """

    spec: GridSpec
    origin: GridOrigin
    digest: str
    version_id: UUID | None = None
    number: int | None = None

    @property
    def explanation(self) -> str:
        """Which one it is and why, for people."""
        if self.origin is GridOrigin.PUBLISHED:
            return f"version {self.number} of {self.spec.name!r}, which is published"
        return f"the built-in grid {self.spec.name!r}: nothing is published under this name"


class GridResolver:
    """Resolves names; one a process. Keeps what the versions say that were used last."""

    def __init__(self) -> None:
        self._specs: OrderedDict[UUID, GridSpec] = OrderedDict()

    async def resolve(
        self, session: AsyncSession, organization_id: UUID, name: str
    ) -> ResolvedGrid:
        """What ``name`` stands for at this moment. Raises NotFound."""
        repository = GridRepository(session, organization_id)
        published = await repository.published(name)
        if published is not None:
            spec = await self._spec(repository, published.id)
            return ResolvedGrid(
                spec, GridOrigin.PUBLISHED, grid_digest(spec), published.id, published.number
            )
        built_in = built_in_grids().get(name)
        if built_in is None:
            raise NotFound(
                f"No grid called {name!r} is published, and none is built in. Built in: "
                f"{', '.join(built_in_grids())}.",
                field="grid",
            )
        return ResolvedGrid(built_in, GridOrigin.BUILT_IN, grid_digest(built_in))

    async def _spec(self, repository: GridRepository, version_id: UUID) -> GridSpec:
        kept = self._specs.get(version_id)
        if kept is None:
            rows = await repository.versions_by_id([version_id])
            kept = self._specs[version_id] = validate_grid(rows[version_id].spec)
            if len(self._specs) > _MAX_KEPT:
                self._specs.popitem(last=False)
        self._specs.move_to_end(version_id)
        return kept
