"""What an open page answers to: the request for its document or, since, the last link that was
followed inside it (`ui/visits.py`)."""

from typing import Final
from urllib.parse import urlsplit

from nicegui import Client, context
from starlette.requests import Request

_KEPT: Final = "assay_asked"


def asked() -> Request:
    """The request that the page which is being drawn or acted on answers to."""
    client = context.client
    kept: Request | None = client.storage.get(_KEPT)
    return kept or client.request


def is_visit() -> bool:
    """Whether what is being drawn takes the place of another page, in the same document."""
    return _KEPT in context.client.storage


def ask_for(client: Client, address: str, cookies: str) -> None:
    """Let ``client`` answer to ``address``: a path of ours, with its query.

    ``cookies`` is what `document.cookie` says now: theme, zone, columns. The session isn't in it,
    no script can read that; it stays the one that the document came with.
    """
    scope = dict(client.request.scope)
    parts = urlsplit(address)
    headers = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
    came_with = client.request.headers.get("cookie", "")
    # Of two with the same name the later one counts.
    headers.append((b"cookie", f"{came_with}; {cookies}".encode("latin-1", "replace")))
    client.storage[_KEPT] = Request(
        scope
        | {
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": headers,
        }
    )
