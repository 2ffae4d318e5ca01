"""The chat completions format: what a reply says, and what a refusal means. No I/O.

Sources: OpenAI's API reference (chat completions; error codes), RFC 9110 section 10.2.3
(Retry-After), and the deviations of servers that speak the same format (vLLM, llama.cpp,
OpenRouter, DeepSeek, Azure).
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from engine.providers.contract import ErrorCode, ModelReply, ProviderError, Usage

MESSAGE_LIMIT: Final = 2000
"""Characters of an error message that are kept."""

_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|xai|gsk|hf)[-_][A-Za-z0-9_\-*.]{6,}|(?i:bearer) +[^\s\"',]+")

_CONTEXT_CODES = frozenset(
    ("context_length_exceeded", "exceed_context_size_error", "string_above_max_length")
)
_CONTEXT_WORDS = ("maximum context length", "context length", "context window", "context size")
_FILTER_CODES = frozenset(
    ("content_filter", "content_policy_violation", "responsibleaipolicyviolation")
)
_NO_MONEY_CODES = frozenset(
    (
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "account_deactivated",
    )
)


def scrub(text: str, secret: str | None) -> str:
    """Take the key, and anything that looks like one, out of a text; shorten it to the limit."""
    if secret:
        text = text.replace(secret, "[key]")
    # the pattern only has to see what can remain
    text = _KEY_LIKE.sub("[key]", text[: MESSAGE_LIMIT * 2])
    return text if len(text) <= MESSAGE_LIMIT else f"{text[: MESSAGE_LIMIT - 1]}…"


def read_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Give the seconds that the server asks to wait, None where it doesn't say.

    Reads ``retry-after-ms`` (OpenAI's, finer), else ``Retry-After`` in seconds or as an HTTP
    date. A date is taken relative to the server's own ``Date`` where there is one, so that a
    clock that is off on either side doesn't matter. Never negative. The names in ``headers``
    are in lower case.
    """
    exact = _seconds(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000.0
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    until = _http_date(value)
    if until is None:
        return None
    start = _http_date(headers.get("date", "")) or now or datetime.now(UTC)
    return max(0.0, (until - start).total_seconds())


def read_failure(
    status: int, body: bytes, *, retry_after_s: float | None, secret: str | None, latency_ms: float
) -> ProviderError:
    """Say what an answer with an error status means.

    An account without money or quota (`insufficient_quota`, 402) is `auth`, not `rate_limited`:
    no waiting helps, somebody has to do something about the account.
    """
    if secret:
        # Before anything is cut off: half a key is too much too.
        body = body.replace(secret.encode(), b"[key]")
    kind, words = _error_fields(body)
    if secret:
        words = words.replace(secret, "[key]")
    message = f"{words or 'The provider gave no reason'} (HTTP {status})"
    return ProviderError(
        classify(status, kind, words),
        scrub(message, secret),
        status=status,
        retry_after_s=retry_after_s,
        latency_ms=latency_ms,
    )


def classify(status: int, kind: str, words: str) -> ErrorCode:
    """Map a status, the provider's own codes and its words to one of ours."""
    if any(code in kind for code in _NO_MONEY_CODES):
        return ErrorCode.AUTH
    if status < 500:
        if any(code in kind for code in _FILTER_CODES):
            return ErrorCode.CONTENT_FILTER
        if any(code in kind for code in _CONTEXT_CODES):
            return ErrorCode.CONTEXT_LENGTH
        lowered = words.lower()
        if status in (400, 413, 422) and any(phrase in lowered for phrase in _CONTEXT_WORDS):
            return ErrorCode.CONTEXT_LENGTH
    return _BY_STATUS.get(status) or (
        ErrorCode.UNAVAILABLE if status >= 500 else ErrorCode.BAD_REQUEST
    )


_BY_STATUS: Final[Mapping[int, ErrorCode]] = {
    401: ErrorCode.AUTH,
    402: ErrorCode.AUTH,
    403: ErrorCode.AUTH,
    407: ErrorCode.AUTH,
    408: ErrorCode.TIMEOUT,
    409: ErrorCode.UNAVAILABLE,
    425: ErrorCode.UNAVAILABLE,
    429: ErrorCode.RATE_LIMITED,
    501: ErrorCode.BAD_REQUEST,
    504: ErrorCode.TIMEOUT,
    505: ErrorCode.BAD_REQUEST,
}


def read_reply(
    body: bytes, *, content_type: str, secret: str | None, latency_ms: float
) -> ModelReply | ProviderError:
    """Read the body of a successful answer.

    The text is the first choice's; a refusal is an answer, so its words are the text. Tool calls
    without words give text None. An empty content (a model that spent its tokens on reasoning)
    gives an empty text: the model answered, with nothing.
    """
    if secret and (key := secret.encode()) in body:
        body = body.replace(key, b"[key]")
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _malformed(_not_json(body, content_type), secret, latency_ms)
    if secret and b"\\" in body:
        # JSON has other ways to write the same characters.
        data = _without(data, secret)
    if not isinstance(data, dict):
        return _malformed("The reply is JSON, but not an object.", secret, latency_ms)
    error = data.get("error")
    if error and not data.get("choices"):
        return _error_inside(error, body, secret, latency_ms)
    try:
        choice = data["choices"][0]
        message = choice["message"]
        content = message.get("content")
        reason = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        return _malformed("The reply has no choices[0].message.", secret, latency_ms)
    finish_reason = reason if isinstance(reason, str) else None
    text = content if isinstance(content, str) else _text_of(content, message)
    if not text and finish_reason == "content_filter":
        return ProviderError(
            ErrorCode.CONTENT_FILTER,
            "The provider's content filter withheld the whole answer.",
            status=200,
            latency_ms=latency_ms,
        )
    model = data.get("model")
    return ModelReply(
        text=text,
        model=model if isinstance(model, str) else None,
        finish_reason=finish_reason,
        usage=_read_usage(data.get("usage")),
        latency_ms=latency_ms,
        raw=data,
    )


def count_models(body: bytes) -> int | None:
    """How many models a list of models names; None if this is no such list.

    OpenAI's form is an object with `data`; some gateways send the list alone.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, dict):
        # Ollama without a model sends null.
        is_list = value.get("object") == "list"
        value = value.get("data", value.get("models"))
        if value is None and is_list:
            return 0
    return len(value) if isinstance(value, list) else None


def _without(value: Any, secret: str) -> Any:
    """The same JSON value with the key taken out of every text and name in it."""
    if isinstance(value, str):
        return value.replace(secret, "[key]")
    if isinstance(value, list):
        return [_without(item, secret) for item in value]
    if isinstance(value, dict):
        return {
            name.replace(secret, "[key]"): _without(item, secret) for name, item in value.items()
        }
    return value


def _text_of(content: object, message: Mapping[str, Any]) -> str | None:
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        texts = [part for part in parts if isinstance(part, str)]
        if texts:
            return "".join(texts)
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        return refusal
    if message.get("tool_calls") or message.get("function_call") or message.get("audio"):
        return None
    return ""


def _error_inside(
    error: object, body: bytes, secret: str | None, latency_ms: float
) -> ProviderError:
    """Read an error that a gateway sent with status 200."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code <= 599 else 502
    return read_failure(status, body, retry_after_s=None, secret=secret, latency_ms=latency_ms)


def _read_usage(value: object) -> Usage:
    if not isinstance(value, dict):
        return _NO_USAGE
    prompt_details = value.get("prompt_tokens_details")
    cached = prompt_details.get("cached_tokens") if isinstance(prompt_details, dict) else None
    if cached is None:
        cached = value.get("prompt_cache_hit_tokens")
    details = value.get("completion_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return Usage(
        _count(value.get("prompt_tokens")),
        _count(value.get("completion_tokens")),
        _count(cached),
        _count(reasoning),
    )


_NO_USAGE = Usage()


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _malformed(words: str, secret: str | None, latency_ms: float) -> ProviderError:
    return ProviderError(
        ErrorCode.MALFORMED_REPLY, scrub(words, secret), status=200, latency_ms=latency_ms
    )


def _not_json(body: bytes, content_type: str) -> str:
    beginning = body[:200].decode(errors="replace")
    if "event-stream" in content_type:
        return "The reply is an event stream: Assay asks for whole replies, not for streams."
    if "json" in content_type:
        return f"The reply is broken JSON ({len(body)} bytes). It begins: {beginning}"
    return (
        f"The reply is not JSON but {content_type or 'of no stated type'}: check that base_url "
        f"leads to a chat completions API. It begins: {beginning}"
    )


def _error_fields(body: bytes) -> tuple[str, str]:
    """Give the provider's own codes, in lower case and joined by spaces, and its words."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", " ".join(body[: MESSAGE_LIMIT * 2].decode(errors="replace").split())
    if isinstance(data, list) and data:
        data = data[0]  # Google's compatible endpoint wraps its errors in a list
    error = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return "", str(error)
    inner = error.get("innererror")
    codes = [error.get("code"), error.get("type")]
    if isinstance(inner, dict):
        codes.append(inner.get("code"))
    words = error.get("message") or error.get("detail") or ""
    if not isinstance(words, str):
        words = orjson.dumps(words).decode()
    return " ".join(str(code).lower() for code in codes if code), words


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value is not None else None
    except ValueError:
        return None
    if seconds is None or not math.isfinite(seconds):
        return None
    return max(0.0, seconds)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
