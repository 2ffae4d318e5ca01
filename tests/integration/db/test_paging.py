"""Keyset pages give the whole list exactly once, in whatever steps and direction."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Select, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.paging import Page, PageRequest, fetch_page
from db.session import Database
from tests.support.postgres import run

ITEMS = Table(
    "items_to_page",
    MetaData(),
    Column("group", Integer, nullable=False),
    Column("id", Integer, primary_key=True),
)


@pytest.fixture
def items(dsn: str) -> Any:
    """A table of 23 rows with equal first sort keys among them."""

    async def fill(*, drop: bool = False) -> None:
        database = Database(dsn)
        async with database.engine.begin() as connection:
            await connection.run_sync(ITEMS.drop, checkfirst=True)
            if not drop:
                await connection.run_sync(ITEMS.create)
                rows = [{"group": n // 4, "id": n} for n in range(23)]
                random.Random(1).shuffle(rows)
                await connection.execute(insert(ITEMS), rows)
        await database.aclose()

    run(fill())
    yield dsn
    run(fill(drop=True))


def key(row: Any) -> tuple[int, int]:
    """The sort key of a row."""
    return (row[0], row[1])


async def fetch(
    session: AsyncSession, request: PageRequest, *, descending: bool, modulus: int
) -> Page[Any]:
    """A page of the rows whose id is no multiple of ``modulus``."""
    statement: Select[Any] = select(ITEMS.c.group, ITEMS.c.id).where(ITEMS.c.id % modulus != 0)
    return await fetch_page(
        session, statement, [ITEMS.c.group, ITEMS.c.id], request, descending=descending
    )


@given(
    size=st.integers(1, 30),
    descending=st.booleans(),
    backward=st.booleans(),
    modulus=st.sampled_from([1, 2, 7, 50]),
)
def test_pages_of_any_size_give_the_list_exactly_once(
    items: str, size: int, descending: bool, backward: bool, modulus: int
) -> None:
    async def walk() -> None:
        database = Database(items)
        async with database.unit_of_work() as session:
            seen: list[tuple[int, int]] = []
            request = PageRequest(size, backward=backward)
            while True:
                page = await fetch(session, request, descending=descending, modulus=modulus)
                got = [key(row) for row in page.items]
                assert len(got) <= size
                assert got == sorted(got, reverse=descending)
                if backward:
                    assert page.has_next == bool(seen)
                    seen = got + seen
                    more = page.has_previous
                else:
                    assert page.has_previous == bool(seen)
                    seen = seen + got
                    more = page.has_next
                if not more:
                    break
                assert got, "a page that says there is more is not empty"
                request = (
                    PageRequest(size, before=got[0], backward=True)
                    if backward
                    else PageRequest(size, after=got[-1])
                )
        await database.aclose()
        whole = [(n // 4, n) for n in range(23) if n % modulus]
        assert seen == (list(reversed(whole)) if descending else whole)

    run(walk())


async def test_a_row_that_is_gone_still_marks_its_place(items: str) -> None:
    database = Database(items)
    async with database.unit_of_work() as session:
        page = await fetch(session, PageRequest(3, after=(2, 8)), descending=False, modulus=2)
    await database.aclose()
    assert [row[1] for row in page.items] == [9, 11, 13]
