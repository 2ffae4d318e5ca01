"""What models replied, as PostgreSQL takes it: its text and jsonb can't hold U+0000."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

_NUL: Final = "\x00"
_NUL_STANDS_FOR: Final = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The text without U+0000."""
    return text.replace(_NUL, _NUL_STANDS_FOR) if _NUL in text else text


def storable_json(value: Any) -> str:
    """JSON text without U+0000."""
    encoded = orjson.dumps(value).decode()
    if "\\u0000" in encoded:
        return orjson.dumps(_clean(value)).decode()
    return encoded


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
