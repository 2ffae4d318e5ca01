"""How instants and large counts are written."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from api.request import display_zone

__all__ = ["JSON", "SCALARS", "BigInt", "read_instant", "write_instant"]

BigInt = NewType("BigInt", int)


def write_instant(moment: datetime) -> str:
    """An instant as ISO 8601 with an offset: of the X-Timezone zone, else `+00:00`."""
    return moment.astimezone(display_zone.get() or UTC).isoformat()


def read_instant(value: object) -> datetime:
    """An instant from ISO 8601 text with an offset."""
    if not isinstance(value, str):
        raise GraphQLError("A DateTime is text: 2026-01-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise GraphQLError(f"{value!r} needs an offset: 2026-01-31T12:00:00Z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(f"{value!r} is not a DateTime: 2026-01-31T12:00:00Z") from None


def _read_big_int(value: object) -> int:
    if type(value) is not int:
        raise GraphQLError("A BigInt is a whole number")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: ISO 8601 with an offset, in UTC or in the zone that the "
        "X-Timezone header names (IANA). What is given needs an offset too.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=write_instant,
        parse_value=read_instant,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number that may be larger than 32 bits; a JSON number.",
        serialize=int,
        parse_value=_read_big_int,
    ),
}
