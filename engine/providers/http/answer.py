"""What a server answered, and what can go wrong before it has."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_REPLY_BYTES: Final = 10 * 1024 * 1024

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_RAW_DEFLATE: Final = -zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``headers`` have lower-case names.

    ``content`` is unpacked; None when it is longer than MAX_REPLY_BYTES.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | None


class Cut(ConnectionError):
    """The server closed the connection; ``midway`` says that an answer had begun."""

    def __init__(self, *, midway: bool) -> None:
        super().__init__("the connection was cut")
        self.midway = midway


class NotHttpError(Exception):
    """What answers doesn't speak HTTP."""


class PackedWronglyError(Exception):
    """The body is not compressed as its header says."""


def unpack(content: bytes, encoding: str) -> bytes | None:
    """Undo a Content-Encoding (RFC 9110, 8.4); None when what comes out is too long.

    Raises PackedWronglyError. "deflate" is zlib's format, and raw with some servers.
    """
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise PackedWronglyError
    try:
        return _inflate(content, _GZIP_OR_ZLIB)
    except zlib.error:
        if encoding != "deflate":
            raise PackedWronglyError from None
    try:
        return _inflate(content, _RAW_DEFLATE)
    except zlib.error:
        raise PackedWronglyError from None


def _inflate(content: bytes, window: int) -> bytes | None:
    unpacker = zlib.decompressobj(window)
    unpacked = unpacker.decompress(content, MAX_REPLY_BYTES + 1)
    if len(unpacked) > MAX_REPLY_BYTES:
        return None
    if not unpacker.eof:
        raise zlib.error("it ends too early")
    return unpacked
