"""The errors of the domain: each class is a code, each instance a message that says what to do."""

from db.errors import AssayError, StorageFull, StorageUnavailable

__all__ = [
    "AssayError",
    "Conflict",
    "InvalidInput",
    "NotFound",
    "PermissionDenied",
    "StorageFull",
    "StorageUnavailable",
    "Unauthenticated",
]


class NotFound(AssayError):
    """There is no such thing, or it belongs to another organization: the two look the same."""

    code = "NOT_FOUND"


class InvalidInput(AssayError):
    """The input can't be used as it is."""

    code = "INVALID_INPUT"


class Conflict(AssayError):
    """The thing is not (or no longer) in a state that allows this."""

    code = "CONFLICT"


class Unauthenticated(AssayError):
    """The caller gave no key or session, or one that is not valid."""

    code = "UNAUTHENTICATED"


class PermissionDenied(AssayError):
    """The caller's role doesn't allow this."""

    code = "FORBIDDEN"
