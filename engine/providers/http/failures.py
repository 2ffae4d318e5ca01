"""Why a server could not be reached, or what it sent could not be read: in words for people."""

import socket
import ssl
from collections.abc import Sequence
from typing import Final

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from engine.providers.contract import ErrorCode
from engine.providers.http.answer import Cut, NotHttpError, PackedWronglyError

FAILURES: Final = (OSError, NotHttpError, PackedWronglyError, aiohttp.ClientError)
"""What a call raises for what servers and networks do (a TimeoutError is an OSError)."""

_UNKNOWN_NAME: Final = "The name {name} can't be found: check base_url and the DNS."
_PACKED_WRONGLY: Final = "{host} sent a body that is not compressed as its header says."
_NOT_HTTP: Final = "What answers at {host} doesn't speak HTTP: check base_url."
_CUT_BEFORE: Final = "{host} cut the connection before it replied."
_CUT_MIDWAY: Final = "{host} cut the connection in the middle of its reply."
_OTHER: Final = "The call to {host} failed: {kind}: {error}"

# the first that fits: some of these are subclasses of others
_NETWORK: Final[Sequence[tuple[type[Exception], str]]] = (
    (socket.gaierror, _UNKNOWN_NAME),
    (aiohttp.ClientConnectorDNSError, _UNKNOWN_NAME),
    (ssl.SSLCertVerificationError, "{host} has no valid certificate for this name: {error}"),
    (
        aiohttp.ClientConnectorCertificateError,
        "{host} has no valid certificate for this name: {error}",
    ),
    (ssl.SSLError, "No secure connection to {host}: {error}"),
    (aiohttp.ClientSSLError, "No secure connection to {host}: {error}"),
    (
        aiohttp.ClientProxyConnectionError,
        "The proxy of the environment (HTTP_PROXY, HTTPS_PROXY) can't be reached.",
    ),
    (aiohttp.ClientHttpProxyError, "The proxy of the environment refused the call: {error}"),
    (aiohttp.ServerDisconnectedError, _CUT_BEFORE),
    (aiohttp.ClientPayloadError, _CUT_MIDWAY),
    (OSError, "{host} can't be reached ({error}): is the server up, and base_url right?"),
)


def describe(error: Exception, url: URL, timeout_s: float) -> tuple[ErrorCode, str]:
    """What one of FAILURES means: a code, and words that name the server."""
    if isinstance(error, TimeoutError):
        return ErrorCode.TIMEOUT, f"No complete reply within {timeout_s:g} s."
    garbled = _garbled(error)
    words = (garbled or _network(error)).format(
        host=url.authority,
        name=url.host,
        kind=type(error).__name__,
        error=" ".join(str(getattr(error, "strerror", None) or error).split()),
    )
    return (ErrorCode.NETWORK if garbled is None else ErrorCode.MALFORMED_REPLY), words


def _garbled(error: Exception) -> str | None:
    """What is wrong with bytes that came and could not be read; None if none came."""
    if isinstance(error, PackedWronglyError) or isinstance(error.__cause__, ContentEncodingError):
        return _PACKED_WRONGLY
    if isinstance(error, NotHttpError):
        return _NOT_HTTP
    if isinstance(error, aiohttp.ClientResponseError) and not isinstance(
        error, aiohttp.ClientHttpProxyError
    ):
        return _NOT_HTTP
    return None


def _network(error: Exception) -> str:
    if isinstance(error, Cut):
        return _CUT_MIDWAY if error.midway else _CUT_BEFORE
    if isinstance(error.__cause__, socket.gaierror):
        return _UNKNOWN_NAME
    return next((words for kind, words in _NETWORK if isinstance(error, kind)), _OTHER)
