"""Every server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, gateways."""

import socket
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from engine.errors import InvalidInput
from engine.providers.connections import Connections
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError
from engine.providers.openai_wire import (
    count_models,
    read_failure,
    read_reply,
    read_retry_after,
    scrub,
)
from engine.providers.secrets import Secret

MAX_REPLY_BYTES: Final = 10 * 1024 * 1024
MAX_TIMEOUT_S: Final = 3600.0

RESERVED_PARAMS: Final[Mapping[str, str]] = {
    "model": "Give the model as the arm's own `model`.",
    "messages": "The messages come from the definition's template.",
    "stream": "Assay asks for whole replies, not for streams.",
    "n": "Ask for several answers with `repeats`: each is an attempt of its own.",
}


def completions_url(base_url: str) -> URL:
    """Give the address to post to. Raises InvalidInput if ``base_url`` can't be one.

    A query (Azure's api-version) is kept; a key in the address is refused.
    """
    try:
        url = URL(base_url.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidInput(
            "base_url must be an address as in http://localhost:8000/v1.", field="base_url"
        )
    if url.user is not None or url.password is not None:
        raise InvalidInput(
            "base_url must not hold a user or key: addresses are shown and stored. "
            "Name the key with api_key, as in env:MY_API_KEY.",
            field="base_url",
        )
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return url.with_path(f"{path}/chat/completions").with_query(url.query).with_fragment(None)


def check_params(params: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a parameter that is not the arm's to set, or that isn't JSON."""
    for name, advice in RESERVED_PARAMS.items():
        if name in params:
            raise InvalidInput(f"{name} can't be a parameter. {advice}", field=f"params.{name}")
    try:
        orjson.dumps(dict(params))
    except TypeError as error:
        raise InvalidInput(f"params can't be sent as JSON: {error}.", field="params") from None


class OpenAICompatibleProvider:
    """Posts to {base_url}/chat/completions.

    Make one per arm and process, and use it within one event loop. ``timeout_s`` bounds a whole
    call, from the connection to the last byte. Redirects are not followed: the key would go
    along to whatever address the answer names.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str | None,
        api_key: Secret | None = None,
        timeout_s: float = 60.0,
        connections: Connections | None = None,
    ) -> None:
        """Raise InvalidInput if ``base_url`` or ``timeout_s`` can't be used.

        ``connections`` are shared with others and closed by whoever made them; None: its own.
        """
        if not 0 < timeout_s <= MAX_TIMEOUT_S:
            raise InvalidInput(
                f"timeout_s must be above 0 and at most {MAX_TIMEOUT_S:g}.", field="timeout_s"
            )
        self._url = completions_url(base_url)
        self._model = model
        self._timeout_s = timeout_s
        self._key = api_key.reveal() if api_key is not None else None
        self._proxy = _environment_proxy(self._url)
        self._session: aiohttp.ClientSession | None = None
        self._own = Connections()
        self._connections = connections or self._own

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        """Make one call (see ModelProvider)."""
        try:
            body = orjson.dumps(
                {
                    "model": request.model or self._model,
                    "messages": request.messages,
                    **request.params,
                }
            )
        except TypeError as error:
            return ProviderError(ErrorCode.BAD_REQUEST, f"The request can't be sent: {error}")
        start = perf_counter()
        try:
            async with (self._session or self._open()).post(
                self._url, data=body, allow_redirects=False, proxy=self._proxy
            ) as response:
                content = await _read_limited(response)
        except (aiohttp.ClientError, OSError) as error:
            # a TimeoutError is an OSError
            return self._not_reached(error, start)
        return self._read(response, content, start)

    async def count_models(self) -> int | ProviderError:
        """Ask for the list of models (GET {base_url}/models): how many it names, or what failed.

        The least that a server can be asked with a key: it costs nothing.
        """
        path = self._url.path.removesuffix("/chat/completions")
        start = perf_counter()
        try:
            async with (self._session or self._open()).get(
                self._url.with_path(f"{path}/models").with_query(self._url.query),
                allow_redirects=False,
                proxy=self._proxy,
            ) as response:
                content = await _read_limited(response)
        except (aiohttp.ClientError, OSError) as error:
            return self._not_reached(error, start)
        if response.status != HTTPStatus.OK or content is None:
            failure = self._read(response, content, start)
            if isinstance(failure, ProviderError):
                return failure
        count = count_models(content or b"")
        if count is None:
            words = f"{self._url.authority} answers, but not with a list of models: check base_url."
            return ProviderError(ErrorCode.MALFORMED_REPLY, words, status=response.status)
        return count

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        await self._own.aclose()

    def _open(self) -> aiohttp.ClientSession:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "assay",
        }
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            connector=self._connections.connector(),
            connector_owner=False,
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    def _read(
        self, response: aiohttp.ClientResponse, content: bytes | None, start: float
    ) -> ModelReply | ProviderError:
        latency_ms = (perf_counter() - start) * 1000.0
        status = response.status
        if content is None:
            words = f"The reply is longer than {MAX_REPLY_BYTES // (1024 * 1024)} MB."
            return ProviderError(
                ErrorCode.MALFORMED_REPLY, words, status=status, latency_ms=latency_ms
            )
        if 200 <= status < 300:
            return read_reply(
                content,
                content_type=response.headers.get("Content-Type", ""),
                secret=self._key,
                latency_ms=latency_ms,
            )
        if 300 <= status < 400:
            words = scrub(_redirect_words(response, self._key), self._key)
            return ProviderError(ErrorCode.BAD_REQUEST, words, status=status, latency_ms=latency_ms)
        return read_failure(
            status,
            content,
            retry_after_s=read_retry_after(response.headers),
            secret=self._key,
            latency_ms=latency_ms,
        )

    def _not_reached(self, error: Exception, start: float) -> ProviderError:
        latency_ms = (perf_counter() - start) * 1000.0
        if isinstance(error, TimeoutError):
            words = f"No complete reply within {self._timeout_s:g} s."
            return ProviderError(ErrorCode.TIMEOUT, words, latency_ms=latency_ms)
        garbled = self._describe_garbled(error)
        code = ErrorCode.NETWORK if garbled is None else ErrorCode.MALFORMED_REPLY
        words = scrub(garbled or self._describe(error), self._key)
        return ProviderError(code, words, latency_ms=latency_ms)

    def _describe_garbled(self, error: Exception) -> str | None:
        """Say what is wrong with bytes that came and could not be read; None if none came."""
        host = self._url.authority
        if isinstance(error.__cause__, ContentEncodingError):
            return f"{host} sent a body that is not compressed as its header says."
        if isinstance(error, aiohttp.ClientResponseError) and not isinstance(
            error, aiohttp.ClientHttpProxyError
        ):
            return f"What answers at {host} doesn't speak HTTP: check base_url."
        return None

    def _describe(self, error: Exception) -> str:
        words = next(
            (words for kind, words in _NETWORK_WORDS if isinstance(error, kind)),
            "The call to {host} failed: {kind}: {error}",
        )
        if isinstance(error.__cause__, socket.gaierror):
            words = _UNKNOWN_NAME
        return words.format(
            host=self._url.authority,
            name=self._url.host,
            kind=type(error).__name__,
            error=" ".join(str(getattr(error, "strerror", None) or error).split()),
        )


_UNKNOWN_NAME = "The name {name} can't be found: check base_url and the DNS."

# the first that fits: some of these are subclasses of others
_NETWORK_WORDS: Final[Sequence[tuple[type[Exception], str]]] = (
    (
        aiohttp.ClientConnectorCertificateError,
        "{host} has no valid certificate for this name: {error}",
    ),
    (aiohttp.ClientSSLError, "No secure connection to {host}: {error}"),
    (aiohttp.ClientConnectorDNSError, _UNKNOWN_NAME),
    (
        aiohttp.ClientProxyConnectionError,
        "The proxy of the environment (HTTP_PROXY, HTTPS_PROXY) can't be reached.",
    ),
    (aiohttp.ClientHttpProxyError, "The proxy of the environment refused the call: {error}"),
    (
        aiohttp.ClientConnectorError,
        "{host} can't be reached ({error}): is the server up, and base_url right?",
    ),
    (aiohttp.ServerDisconnectedError, "{host} cut the connection before it replied."),
    (aiohttp.ClientPayloadError, "{host} cut the connection in the middle of its reply."),
)


async def _read_limited(response: aiohttp.ClientResponse) -> bytes | None:
    """Read a body; None if it is longer than the limit (what is left is not read)."""
    length = response.content_length
    if length is not None and length > MAX_REPLY_BYTES:
        response.close()
        return None
    stream = response.content
    first = await stream.readany()
    if stream.at_eof():
        return first
    chunks = [first]
    size = len(first)
    while not stream.at_eof():
        chunk = await stream.readany()
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            response.close()
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _redirect_words(response: aiohttp.ClientResponse, secret: str | None) -> str:
    location = response.headers.get("Location", "").partition("?")[0]
    if secret:
        # Before it is cut: half a key is too much too.
        location = location.replace(secret, "[key]")
    location = location[:300] or "another address"
    return (
        f"The server redirects to {location} (HTTP {response.status}). Redirects are not followed, "
        "so that the key stays where it belongs: set base_url to the final address."
    )


def _environment_proxy(url: URL) -> str | None:
    """Give the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for this address.

    Read once: asking the environment at each call costs as much as the call.
    """
    host = url.host or ""
    if proxy_bypass(host):
        return None
    return getproxies().get(url.scheme)
