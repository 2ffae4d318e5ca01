"""A message of a conversation."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import orjson
import strawberry


@strawberry.type(description="A message of a conversation.")
class Message:
    """A message of a conversation."""

    role: str
    content: str

    @classmethod
    def all_of(cls, stored: Iterable[Mapping[str, Any]]) -> list[Self]:
        """Messages as they are stored, in their order."""
        return [cls(role=item["role"], content=_text(item["content"])) for item in stored]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else orjson.dumps(content).decode()
