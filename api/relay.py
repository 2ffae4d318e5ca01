"""Global ids, cursors and connections: the Relay specification over keyset pages.

A cursor holds the sort key of its item, so a page costs the same at the end of a long list as at
its beginning, and items that come or go meanwhile neither shift nor repeat others.
"""

import base64
import binascii
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry

from api.errors import InvalidCursor, InvalidId
from db.repositories.paging import MAX_PAGE, Page, PageRequest
from engine.errors import InvalidInput

T = TypeVar("T")
R = TypeVar("R")

Key: TypeAlias = tuple[Any, ...]

_MAX_CHARS: Final = 300
_MAX_INT: Final = 2**31 - 1
_MAX_BIGINT: Final = 2**63 - 1
# What NUMERIC(20, 10) has room for: sums of money.
_DECIMAL_PLACES: Final = 10
_DECIMAL_LIMIT: Final = Decimal(10) ** 10

First = Annotated[
    int | None, strawberry.argument(description="Take this many from the start (or after `after`).")
]
After = Annotated[str | None, strawberry.argument(description="With `first`: a cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="Take this many from the end (or before `before`).")
]
Before = Annotated[str | None, strawberry.argument(description="With `last`: a cursor.")]


@strawberry.interface(description="Anything that has an id of its own.")
class Node:
    """Anything that has an id of its own."""

    id: strawberry.ID


@strawberry.type(description="Where a page is in its list.")
class PageInfo:
    """Where a page is in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An item of a list and its place.")
class Edge(Generic[T]):
    """An item of a list and its place."""

    cursor: str
    node: T


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]]
    page_info: PageInfo


def global_id(kind: str, key: object) -> strawberry.ID:
    """The id of a thing, as the API gives it out."""
    return strawberry.ID(base64.b64encode(f"{kind}:{key}".encode()).decode())


def parse_global_id(value: str, field: str = "id") -> tuple[str, UUID]:
    """What kind of thing an id is of, and its key. Raises InvalidId."""
    try:
        return _split_id(value)
    except (ValueError, binascii.Error):
        raise InvalidId(
            f"{value[:60]!r} is not an id that this API gave out: take one from an `id` field.",
            field=field,
        ) from None


def _split_id(value: str) -> tuple[str, UUID]:
    if len(value) > _MAX_CHARS:
        raise ValueError(value)
    kind, separator, key = base64.b64decode(value, validate=True).decode().partition(":")
    if not separator or not kind.isalnum() or not kind.isascii():
        raise ValueError(value)
    return kind, UUID(key)


def node_key(value: str, kind: str, field: str = "id") -> UUID:
    """The key in an id of a ``kind``. Raises InvalidId, also for an id of another kind."""
    found, key = parse_global_id(value, field)
    if found != kind:
        raise InvalidId(f"This is the id of a {found}; a {kind} is needed.", field=field)
    return key


def make_cursor(name: str, key: Sequence[Any]) -> str:
    """The cursor of the item with this sort key in the list called ``name``."""
    return base64.urlsafe_b64encode(orjson.dumps([name, *key], default=str)).decode().rstrip("=")


def read_cursor(cursor: str, name: str, types: Sequence[type], field: str) -> Key:
    """The sort key in a cursor of the list called ``name``. Raises InvalidCursor."""
    try:
        return _split_cursor(cursor, name, types)
    except (ValueError, TypeError, ArithmeticError, binascii.Error):
        raise InvalidCursor(
            f"`{field}` is not a cursor of this list: take one from `pageInfo` or `edges`.",
            field=field,
        ) from None


def _split_cursor(cursor: str, name: str, types: Sequence[type]) -> Key:
    if len(cursor) > _MAX_CHARS:
        raise ValueError(cursor)
    padded = cursor + "=" * (-len(cursor) % 4)
    values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(values, list) or len(values) != len(types) + 1 or values[0] != name:
        raise ValueError(cursor)
    return tuple(_value(v, t) for v, t in zip(values[1:], types, strict=True))


class BigInt(int):
    """Marks a sort key that is a `bigint`."""


def _value(value: Any, kind: type) -> Any:
    if kind is UUID:
        if not isinstance(value, str):
            raise TypeError(value)
        return UUID(value)
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if kind is Decimal:
        return _money(Decimal(_of_type(value, str)))
    if kind is float:
        return _finite(float(_of_type(value, int | float)))
    limit = _MAX_BIGINT if kind is BigInt else _MAX_INT
    if type(value) is not int or not -limit <= value <= limit:
        raise ValueError(value)
    return value


def _of_type(value: Any, kind: type | UnionType) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(value)
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return value


def _money(value: Decimal) -> Decimal:
    places = value.as_tuple().exponent
    if not isinstance(places, int) or places < -_DECIMAL_PLACES or abs(value) >= _DECIMAL_LIMIT:
        raise ValueError(value)
    return value


def page_request(
    name: str,
    types: Sequence[type],
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> PageRequest:
    """What part of the list called ``name`` is asked for. Raises InvalidInput.

    ``types`` are those of the list's sort key.
    """
    if (first is None) == (last is None):
        raise InvalidInput(
            f"Give either `first` or `last` (1 to {MAX_PAGE}): a list is read page by page.",
            field="first",
        )
    size, field = (first, "first") if first is not None else (last, "last")
    assert size is not None, "one of them is given"
    if not 1 <= size <= MAX_PAGE:
        raise InvalidInput(
            f"`{field}` is {size}; it must be between 1 and {MAX_PAGE}. Read more with "
            "the cursors of `pageInfo`.",
            field=field,
        )
    if first is not None and before is not None:
        raise InvalidInput("`before` goes with `last`, `after` with `first`.", field="before")
    if last is not None and after is not None:
        raise InvalidInput("`after` goes with `first`, `before` with `last`.", field="after")
    return PageRequest(
        size=size,
        after=None if after is None else read_cursor(after, name, types, "after"),
        before=None if before is None else read_cursor(before, name, types, "before"),
        backward=last is not None,
    )


def edges_of(
    name: str, page: Page[R], key: Callable[[R], Sequence[Any]], node: Callable[[R], T]
) -> tuple[list[Edge[T]], PageInfo]:
    """The edges of a page of rows, and where it is in its list."""
    edges = [Edge(cursor=make_cursor(name, key(row)), node=node(row)) for row in page.items]
    start = edges[0].cursor if edges else None
    end = edges[-1].cursor if edges else None
    if page.stopped_at is not None:
        # A search goes on where it stopped, which can be far beyond what it has found.
        stopped = make_cursor(name, page.stopped_at)
        start, end = (stopped, end) if page.backward else (start, stopped)
    return edges, PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=start,
        end_cursor=end,
    )


def connect(
    name: str, page: Page[R], key: Callable[[R], Sequence[Any]], node: Callable[[R], T]
) -> Connection[T]:
    """A page of rows as a connection."""
    edges, info = edges_of(name, page, key, node)
    return Connection(edges=edges, page_info=info)
