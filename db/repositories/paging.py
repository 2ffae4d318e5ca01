"""Keyset pages: they cost the same at the end of a long list as at its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

T = TypeVar("T")

MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list: ``size`` items after (or before) the item with the given key.

    A key is the values of the list's sort columns at an item, in order. ``backward`` asks for the
    items just before ``before`` (or the last ones), still in the list's order.
    """

    size: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list and whether it goes on in either direction.

    ``stopped_at`` is set where a search gave up before it had found a full page: the key of the
    last item that it looked at, where it goes on; ``backward`` says in which direction.
    """

    items: Sequence[T]
    has_next: bool
    has_previous: bool
    stopped_at: tuple[Any, ...] | None = None
    backward: bool = False


async def fetch_page(
    session: AsyncSession,
    statement: Select[Any],
    keys: Sequence[Mapped[Any] | ColumnElement[Any]],
    request: PageRequest,
    *,
    descending: bool = False,
) -> Page[Any]:
    """Run ``statement`` for one page, sorted by ``keys`` (together unique), all in one direction.

    Gives rows as the statement selects them.
    """
    part = window(statement, keys, request, descending=descending)
    return cut(list((await session.execute(part)).all()), request)


def window(
    statement: Select[Any],
    keys: Sequence[Mapped[Any] | ColumnElement[Any]],
    request: PageRequest,
    *,
    descending: bool = False,
) -> Select[Any]:
    """``statement`` for one page and one row more, in the direction in which it is read."""
    key = tuple_(*keys)
    if request.after is not None:
        after = _place(keys, request.after)
        statement = statement.where(key < after if descending else key > after)
    if request.before is not None:
        before = _place(keys, request.before)
        statement = statement.where(key > before if descending else key < before)
    return in_order(statement, keys, request, descending=descending).limit(request.size + 1)


def in_order(
    statement: Select[Any],
    keys: Sequence[Mapped[Any] | ColumnElement[Any]],
    request: PageRequest,
    *,
    descending: bool = False,
) -> Select[Any]:
    """``statement`` sorted in the direction in which the page is read."""
    down = descending != request.backward
    return statement.order_by(*(column.desc() if down else column.asc() for column in keys))


def cut(rows: list[T], request: PageRequest) -> Page[T]:
    """The page of what :func:`window` gave: without the one row more, in the list's order."""
    more = len(rows) > request.size
    rows = rows[: request.size]
    if request.backward:
        rows.reverse()
        return Page(rows, has_next=request.before is not None, has_previous=more)
    return Page(rows, has_next=more, has_previous=request.after is not None)


def _place(keys: Sequence[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    # With the columns' own types: a number that only a bigint can hold is an int in Python too.
    return tuple_(
        *(literal(value, column.type) for column, value in zip(keys, values, strict=True))
    )
