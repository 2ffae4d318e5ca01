"""The root of every error that Assay tells a person about."""

from typing import ClassVar


class AssayError(Exception):
    """Something went wrong that the user can act on.

    ``code`` is for machines and never changes; the message is for people: it says what is
    wrong and what to do. ``field`` names the input at fault (a dotted path), when there is one.
    Any exception that is not an ``AssayError`` is a bug: its text is masked from users.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class StorageUnavailable(AssayError):
    """The database can't be reached."""

    code = "STORAGE_UNAVAILABLE"


class StorageFull(AssayError):
    """The database's disk is full."""

    code = "STORAGE_FULL"
