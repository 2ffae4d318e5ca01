"""Every server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, gateways."""

from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from yarl import URL

from engine.errors import InvalidInput
from engine.providers.connections import Connections
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError
from engine.providers.http.answer import MAX_REPLY_BYTES, Answer
from engine.providers.http.failures import FAILURES, describe
from engine.providers.openai_wire import (
    count_models,
    read_failure,
    read_reply,
    read_retry_after,
    scrub,
)
from engine.providers.secrets import Secret

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
        self._headers = _headers(self._key)
        self._head = _head(self._url, self._headers)
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
            answer = await (self._post(body) if self._proxy is None else self._post_by_proxy(body))
        except FAILURES as error:
            return self._not_reached(error, start)
        return self._read(answer, start)

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
                answer = await _whole(response)
        except FAILURES as error:
            return self._not_reached(error, start)
        if answer.status != HTTPStatus.OK or answer.content is None:
            failure = self._read(answer, start)
            if isinstance(failure, ProviderError):
                return failure
        count = count_models(answer.content or b"")
        if count is None:
            words = f"{self._url.authority} answers, but not with a list of models: check base_url."
            return ProviderError(ErrorCode.MALFORMED_REPLY, words, status=answer.status)
        return count

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        await self._own.aclose()

    async def _post(self, body: bytes) -> Answer:
        request = b"%b%d\r\n\r\n%b" % (self._head, len(body), body)
        return await self._connections.pool.call(self._url, request, self._timeout_s)

    async def _post_by_proxy(self, body: bytes) -> Answer:
        async with (self._session or self._open()).post(
            self._url, data=body, allow_redirects=False, proxy=self._proxy
        ) as response:
            return await _whole(response)

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=self._connections.connector(),
            connector_owner=False,
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    def _read(self, answer: Answer, start: float) -> ModelReply | ProviderError:
        latency_ms = (perf_counter() - start) * 1000.0
        status, content = answer.status, answer.content
        if content is None:
            words = f"The reply is longer than {MAX_REPLY_BYTES // (1024 * 1024)} MB."
            return ProviderError(
                ErrorCode.MALFORMED_REPLY, words, status=status, latency_ms=latency_ms
            )
        if 200 <= status < 300:
            return read_reply(
                content,
                content_type=answer.headers.get("content-type", ""),
                secret=self._key,
                latency_ms=latency_ms,
            )
        if 300 <= status < 400:
            words = scrub(_redirect_words(answer, self._key), self._key)
            return ProviderError(ErrorCode.BAD_REQUEST, words, status=status, latency_ms=latency_ms)
        return read_failure(
            status,
            content,
            retry_after_s=read_retry_after(answer.headers),
            secret=self._key,
            latency_ms=latency_ms,
        )

    def _not_reached(self, error: Exception, start: float) -> ProviderError:
        latency_ms = (perf_counter() - start) * 1000.0
        code, words = describe(error, self._url, self._timeout_s)
        return ProviderError(code, scrub(words, self._key), latency_ms=latency_ms)


async def _whole(response: aiohttp.ClientResponse) -> Answer:
    """Read an answer that aiohttp received."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, await _read_limited(response))


async def _read_limited(response: aiohttp.ClientResponse) -> bytes | None:
    """Read a body; None if it is longer than the limit (what is left is not read)."""
    chunks = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            response.close()
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _headers(key: str | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "assay",
    }
    if key is not None:
        if not key.isprintable():
            raise InvalidInput("The key holds a line break or the like.", field="api_key")
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _head(url: URL, headers: Mapping[str, str]) -> bytes:
    """What every request begins with, up to the length of its body."""
    lines = [f"POST {url.raw_path_qs} HTTP/1.1", f"Host: {url.host_port_subcomponent}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Accept-Encoding: gzip, deflate", "Content-Length: "]
    return "\r\n".join(lines).encode()


def _redirect_words(answer: Answer, secret: str | None) -> str:
    location = answer.headers.get("location", "").partition("?")[0]
    if secret:
        # Before it is cut: half a key is too much too.
        location = location.replace(secret, "[key]")
    location = location[:300] or "another address"
    return (
        f"The server redirects to {location} (HTTP {answer.status}). Redirects are not followed, "
        "so that the key stays where it belongs: set base_url to the final address."
    )


def _environment_proxy(url: URL) -> str | None:
    """Give the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for this address.

    Read once: asking the environment at each call costs more than the call.
    """
    host = url.host or ""
    if proxy_bypass(host):
        return None
    return getproxies().get(url.scheme)
