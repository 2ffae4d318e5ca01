"""What can go wrong between a page and the API."""

from typing import Any


class UiError(Exception):
    """The API could not answer. ``request_id`` finds the request in the server's log."""

    def __init__(
        self, message: str, *, code: str = "UNAVAILABLE", request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id


class NotLoggedIn(UiError):
    """The session has ended, or there never was one."""


class Refused(UiError):
    """A mutation was answered with errors: the API's ``UserError`` objects."""

    def __init__(self, errors: list[dict[str, Any]], request_id: str | None = None) -> None:
        first = errors[0]
        super().__init__(
            "\n".join(str(error["message"]) for error in errors),
            code=str(first["code"]),
            request_id=request_id,
        )
        self.errors = errors
