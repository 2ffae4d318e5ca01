"""Why a definition or a dataset can't be used: every problem at once, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from engine.errors import InvalidInput

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    ``line`` and ``column`` count from 1 and are None where there is no file (a definition sent as
    JSON). ``field`` is a dotted path (`arms[0].output`), empty when the whole document is meant.
    """

    line: int | None
    column: int | None
    field: str
    message: str

    def text(self, filename: str) -> str:
        """The problem on one line, as compilers write it: `file:line:column: field: message`."""
        place = [filename]
        if self.line is not None:
            place.append(str(self.line))
            if self.column is not None:
                place.append(str(self.column))
        head = ":".join(place)
        return f"{head}: {self.field}: {self.message}" if self.field else f"{head}: {self.message}"


def field_name(path: Path) -> str:
    """`arms[0].output` from its steps."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


class InvalidDocument(InvalidInput):
    """A document can't be used as it is; ``problems`` lists everything that is wrong.

    ``shape`` says what such a document is, for one that is something else.
    """

    shape: ClassVar[str] = "this is a mapping of fields (name: value)"

    def __init__(self, problems: Iterable[Problem], *, filename: str) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.filename = filename
        message = "\n".join(problem.text(filename) for problem in self.problems)
        first = self.problems[0].field if self.problems else None
        super().__init__(message, field=first or None)


class InvalidDefinition(InvalidDocument):
    """The definition can't be used as it is; ``problems`` lists everything that is wrong."""

    code = "INVALID_DEFINITION"
    shape = "a definition is a mapping: `name: ...`, `template: ...`"


class InvalidDataset(InvalidDocument):
    """The dataset can't be used as it is, and nothing of it was taken."""

    code = "INVALID_DATASET"
