"""What mutations answer: the thing, or why there is none."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from api.context import Context
from api.errors import EXPECTED, UserError, user_errors
from engine.errors import InvalidInput

T = TypeVar("T")

_MAX_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """A mutation's result: a value, or errors that the caller can put right."""

    value: T | None
    errors: list[UserError]


async def attempt(
    context: Context,
    work: Callable[[], Awaitable[T]],
    *,
    fields: Mapping[str, list[str]] | None = None,
    dataset_field: str = "dataset",
) -> Outcome[T]:
    """Do ``work`` (one unit of work); what the caller can put right comes back as errors.

    What loaders have read is forgotten, for it may have changed.
    """
    try:
        value = await work()
    except EXPECTED as error:
        return Outcome(None, user_errors(error, dict(fields or {}), dataset_field))
    finally:
        context.forget()
    return Outcome(value, [])


def plain(value: str | None, field: str) -> str | None:
    """A short text that the database can hold, as given. Raises InvalidInput."""
    if value is not None and ("\0" in value or len(value) > _MAX_TEXT):
        raise InvalidInput(
            f"`{field}` must be at most {_MAX_TEXT} characters, without NUL.", field=field
        )
    return value
