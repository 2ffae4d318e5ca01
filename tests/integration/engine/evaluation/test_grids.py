"""The life of a grid in the database, and what a name stands for in every process at once."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.models import Grid, GridStatus, Organization
from db.repositories.grids import GridRepository
from db.session import Database
from engine.errors import Conflict, InvalidInput, NotFound
from engine.evaluation.grids.built_in import built_in_grids
from engine.evaluation.grids.errors import InvalidGrid
from engine.evaluation.grids.loader import validate_grid
from engine.evaluation.grids.resolve import GridOrigin, GridResolver
from engine.evaluation.grids.spec import GridSpec
from engine.evaluation.grids.store import GridStore, SavedGrid

CODE = built_in_grids()["code"]


def saying(instructions: str, name: str = "code", weight: float = 1) -> GridSpec:
    """A small grid."""
    only = {"criterion": "only", "weight": weight}
    category = {"name": "all", "weight": 1, "type": "mixed", "subcriteria": [only]}
    return validate_grid({"name": name, "instructions": instructions, "categories": [category]})


class Grids:
    """Each call is a unit of work of its own."""

    def __init__(self, database: Database, organization: Organization) -> None:
        self._database = database
        self._organization = organization

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **named: Any) -> Any:
            async with self._database.unit_of_work() as session:
                store = GridStore(session, self._organization.id, actor="me")
                return await getattr(store, name)(*arguments, **named)

        return call


@pytest.fixture
def grids(database: Database, organization: Organization) -> Grids:
    """The grids of the organization."""
    return Grids(database, organization)


async def versions(database: Database, grid: Grid) -> list[tuple[int, str, str]]:
    """Number, status and instructions of each version, oldest first."""
    async with database.unit_of_work() as session:
        found = await session.execute(
            text(
                "SELECT version, status, spec->>'instructions' FROM grid_versions "
                "WHERE grid_id = :grid ORDER BY version"
            ),
            {"grid": grid.id},
        )
        return [tuple(row) for row in found]


async def test_from_draft_to_published_to_archived(grids: Grids, database: Database) -> None:
    made: SavedGrid = await grids.create(saying("one"))
    same = await grids.save_draft(made.grid.id, saying("one"), expected_revision=1)
    assert (same.changed, same.version.revision) == (False, 1)
    saved = await grids.save_draft(made.grid.id, saying("two"), expected_revision=1)
    assert (saved.changed, saved.version.revision) == (True, 2)
    with pytest.raises(Conflict, match="meanwhile"):
        await grids.save_draft(made.grid.id, saying("three"), expected_revision=1)
    with pytest.raises(Conflict, match="meanwhile"):
        await grids.publish(made.grid.id, expected_revision=1)
    published = await grids.publish(made.grid.id, expected_revision=2)
    assert (published.version.status, published.version.published_by) == ("published", "me")
    await grids.save_draft(made.grid.id, saying("three"), expected_revision=0)
    await grids.publish(made.grid.id)
    assert await versions(database, made.grid) == [
        (1, "archived", "two"),
        (2, "published", "three"),
    ]
    await grids.archive(made.grid.id)
    with pytest.raises(Conflict, match="Nothing of 'code' is published"):
        await grids.archive(made.grid.id)
    with pytest.raises(Conflict, match="no draft"):
        await grids.publish(made.grid.id)


async def test_only_a_grid_whose_weights_sum_to_1_is_published(grids: Grids) -> None:
    made = await grids.create(saying("", weight=0.75))
    with pytest.raises(InvalidGrid, match=r"sum to 0\.75, 0\.25 short of 1"):
        await grids.publish(made.grid.id)


async def test_names_are_kept(grids: Grids) -> None:
    made = await grids.create(saying(""))
    with pytest.raises(Conflict, match="already"):
        await grids.create(saying("other"))
    with pytest.raises(InvalidInput, match="rename"):
        await grids.save_draft(made.grid.id, saying("", name="other"))
    copied = await grids.duplicate(CODE, "mine")
    assert (copied.grid.name, copied.version.spec["name"]) == ("mine", "mine")
    with pytest.raises(InvalidGrid, match="name"):
        await grids.duplicate(CODE, " ")


async def test_a_draft_is_discarded_and_a_grid_of_nothing_else_with_it(
    grids: Grids, database: Database
) -> None:
    made = await grids.create(saying("one"))
    await grids.publish(made.grid.id)
    await grids.save_draft(made.grid.id, saying("two"))
    left = await grids.discard_draft(made.grid.id)
    assert left.newest_version == 1
    assert await versions(database, made.grid) == [(1, "published", "one")]
    other = await grids.create(saying("", name="other"))
    await grids.discard_draft(other.grid.id)
    with pytest.raises(NotFound):
        await grids.publish(other.grid.id)


async def test_an_import_makes_a_version_only_where_something_changed(
    grids: Grids, database: Database
) -> None:
    first = await grids.import_spec(saying("one"), publish=True)
    again = await grids.import_spec(saying("one"), publish=True)
    assert (first.changed, again.changed, again.version.id) == (True, False, first.version.id)
    await grids.import_spec(saying("two"))
    await grids.import_spec(saying("three"))
    assert await versions(database, first.grid) == [(1, "published", "one"), (2, "draft", "three")]


@pytest.mark.parametrize(
    "change",
    [
        "spec = '{}'",
        "digest = 'x'",
        "version = 9",
        "status = 'draft'",
        "published_by = 'nobody'",
    ],
)
async def test_the_database_itself_refuses_to_change_what_is_published(
    grids: Grids, database: Database, change: str
) -> None:
    await grids.import_spec(saying("one"), publish=True)
    with pytest.raises(DBAPIError, match="no draft"):
        async with database.unit_of_work() as session:
            await session.execute(text(f"UPDATE grid_versions SET {change}"))


async def test_an_archived_version_is_published_no_more(grids: Grids, database: Database) -> None:
    made = await grids.import_spec(saying("one"), publish=True)
    await grids.archive(made.grid.id)
    with pytest.raises(DBAPIError, match="no draft"):
        async with database.unit_of_work() as session:
            await session.execute(text("UPDATE grid_versions SET status = 'published'"))


async def test_no_process_goes_by_a_version_that_is_out(
    grids: Grids,
    database: Database,
    dsn: str,
    organization: Organization,
    other_organization: Organization,
) -> None:
    """Two processes, each with a pool and a cache of its own; publishing counts at once in both."""
    second = Database(dsn)
    both = [(database, GridResolver()), (second, GridResolver())]

    async def seen(name: str = "code", of: Organization = organization) -> list[Any]:
        found = []
        for where, resolver in both:
            async with where.unit_of_work() as session:
                resolved = await resolver.resolve(session, of.id, name)
            found.append((resolved.origin, resolved.number, resolved.spec.instructions))
        return found

    built_in = [(GridOrigin.BUILT_IN, None, CODE.instructions)] * 2
    assert await seen() == built_in
    for number, words in enumerate(("one", "two", "three"), 1):
        made = await grids.import_spec(saying(words))
        # A draft changes nothing for anybody.
        assert (GridOrigin.PUBLISHED, number, words) not in await seen()
        await grids.publish(made.grid.id)
        assert await seen() == [(GridOrigin.PUBLISHED, number, words)] * 2
    assert await seen(of=other_organization) == built_in
    await grids.archive(made.grid.id)
    assert await seen() == built_in
    with pytest.raises(NotFound, match="answer-quality, code, dataset, model"):
        await seen("nothing")
    await second.aclose()


async def test_archived_grids_are_listed_only_when_asked_for(
    grids: Grids, database: Database, organization: Organization
) -> None:
    for name in ("kept", "gone"):
        made = await grids.import_spec(saying("", name=name), publish=True)
    await grids.archive(made.grid.id)
    async with database.unit_of_work() as session:
        repository = GridRepository(session, organization.id)
        assert await repository.count() == 1
        assert await repository.count(archived=True) == 2
        assert await repository.count(search="GON", archived=True) == 1
        heads = (await repository.heads([made.grid.id]))[made.grid.id]
    assert (heads.draft, heads.published) == (None, None)
    assert heads.newest.status == GridStatus.ARCHIVED
