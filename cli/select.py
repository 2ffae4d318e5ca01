"""Which run a person means."""

import base64
import binascii
import re
from uuid import UUID

from db.models import Run
from db.repositories.runs import RunRepository
from engine.errors import InvalidInput, NotFound

_HEX = re.compile(r"[0-9a-f]{4,32}")


async def find_run(runs: RunRepository, text: str) -> Run:
    """The run that ``text`` names (see :func:`id_range`). Raises NotFound and InvalidInput."""
    low, high = id_range(text)
    found = await runs.between(low, high, limit=3)
    if not found:
        raise NotFound(f"There is no run {text!r}. `assay runs list` shows them.", field="id")
    if len(found) > 1:
        ids = ", ".join(str(run.id) for run in found[:2])
        raise InvalidInput(
            f"More than one run's id begins with {text!r} ({ids}, ...): give more of it.",
            field="id",
        )
    return found[0]


def id_range(text: str) -> tuple[UUID, UUID]:
    """The first and the last id that ``text`` can mean: an id, its beginning, or a global id.

    Raises InvalidInput when it is none of these.
    """
    digits = text.strip().lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        digits = _from_global_id(text.strip())
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def _from_global_id(text: str) -> str:
    """The hexadecimal digits in GraphQL's global id of a run: base64 of `Run:<uuid>`."""
    try:
        kind, _, identifier = base64.b64decode(text, validate=True).decode().partition(":")
        if kind == "Run":
            return UUID(identifier).hex
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise InvalidInput(
        f"{text!r} is not the id of a run: give it as `assay runs list` shows it, or at least "
        "its first 4 characters.",
        field="id",
    )
