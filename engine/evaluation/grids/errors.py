"""Why a grid can't be used."""

from engine.definitions.errors import InvalidDocument


class InvalidGrid(InvalidDocument):
    """The grid can't be used as it is; ``problems`` lists everything that is wrong."""

    code = "INVALID_GRID"
    shape = "a grid is a mapping: `name: ...`, `categories: ...`"
