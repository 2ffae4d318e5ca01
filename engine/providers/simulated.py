"""A model that isn't there: for trying Assay, load tests and failure drills without a key.

All that looks random comes from a hash of the seed, the attempt's key and the number of calls
already made for it, so that a run repeats itself on any machine and in any order of execution.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from engine.errors import AssayError, InvalidInput
from engine.providers.contract import (
    ErrorCode,
    ModelReply,
    ModelRequest,
    ProviderError,
    Usage,
)
from engine.providers.recorded import Render
from engine.providers.simulated_judge import judge_reply

MAX_LATENCY_MS: Final = 600_000.0


@dataclass(frozen=True, slots=True)
class Simulation:
    """The parameters of a simulated arm.

    A call takes ``latency_ms`` times a factor drawn evenly from 1 - jitter to 1 + jitter
    (``latency_jitter``, 0 to 1). It fails with ``error_code`` with probability ``error_rate``
    (0 to 1), asking for ``retry_after_s`` seconds where that is given. ``usage`` gives the token
    counts of every reply; without it they are counted in words. Asked to judge, it judges as the
    scorers do, but for ``unreadable_rate`` of its replies, which say no score.
    """

    latency_ms: float = 0.0
    latency_jitter: float = 0.0
    error_rate: float = 0.0
    error_code: ErrorCode = ErrorCode.UNAVAILABLE
    retry_after_s: float | None = None
    seed: int = 0
    usage: Usage | None = None
    unreadable_rate: float = 0.0


def read_simulation(params: Mapping[str, Any]) -> Simulation:
    """Read an arm's `params`. Raises InvalidInput naming the parameter at fault."""
    known = (
        *("latency_ms", "latency_jitter", "error_rate", "error_code", "retry_after_s", "seed"),
        "unreadable_rate",
    )
    unknown = [name for name in params if name not in (*known, "usage")]
    if unknown:
        raise InvalidInput(
            f"A simulated arm has no parameter {unknown[0]!r}. It has {', '.join(known)}, usage.",
            field=f"params.{unknown[0]}",
        )
    retry_after = params.get("retry_after_s")
    return Simulation(
        latency_ms=_number(params, "latency_ms", MAX_LATENCY_MS),
        latency_jitter=_number(params, "latency_jitter", 1.0),
        error_rate=_number(params, "error_rate", 1.0),
        error_code=_error_code(params.get("error_code", ErrorCode.UNAVAILABLE)),
        retry_after_s=None if retry_after is None else _number(params, "retry_after_s", 86_400.0),
        seed=_whole(params.get("seed", 0), "params.seed"),
        usage=_usage(params.get("usage")),
        unreadable_rate=_number(params, "unreadable_rate", 1.0),
    )


class SimulatedProvider:
    """Answers from the arm's `output` template, or by echoing the last message of the user."""

    def __init__(self, params: Mapping[str, Any], render: Render | None = None) -> None:
        """Raise InvalidInput if ``params`` can't be used (see :class:`Simulation`)."""
        self._simulation = read_simulation(params)
        self._render = render

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        """Wait for the simulated latency, then answer or fail."""
        simulation = self._simulation
        fails, spread = _draws(simulation.seed, request.key, request.tries)
        latency_ms = simulation.latency_ms * (1.0 + simulation.latency_jitter * (2.0 * spread - 1))
        await asyncio.sleep(latency_ms / 1000.0)
        if fails < simulation.error_rate:
            return ProviderError(
                simulation.error_code,
                f"Simulated failure ({simulation.error_code}), call {request.tries + 1}.",
                retry_after_s=simulation.retry_after_s,
                latency_ms=latency_ms,
            )
        try:
            text = self._answer(request)
        except AssayError as error:
            return ProviderError(
                ErrorCode.BAD_REQUEST, f"output: {error.message}"[:2000], latency_ms=latency_ms
            )
        return ModelReply(
            text=text,
            model=request.model,
            finish_reason="stop",
            usage=simulation.usage or _words(request, text),
            latency_ms=latency_ms,
        )

    async def aclose(self) -> None:
        """Nothing to close."""

    def _answer(self, request: ModelRequest) -> str:
        if request.judging is not None:
            simulation = self._simulation
            draw, _ = _draws(simulation.seed, f"judge {request.key}", request.tries)
            return judge_reply(request.judging, draw, simulation.unreadable_rate)
        if self._render is not None:
            return self._render(request.variables)
        for message in reversed(request.messages):
            if message.role == "user":
                return message.content
        return ""


def _draws(seed: int, key: str, tries: int) -> tuple[float, float]:
    """Two numbers in [0, 1), uniform over keys, the same for the same arguments everywhere."""
    material = f"{seed}\0{tries}\0{key}".encode(errors="surrogatepass")
    digest = blake2b(material, digest_size=14).digest()
    # 53 bits each: what a float holds exactly
    scale = 2.0**-53
    return (
        (int.from_bytes(digest[:7], "big") >> 3) * scale,
        (int.from_bytes(digest[7:], "big") >> 3) * scale,
    )


def _words(request: ModelRequest, text: str) -> Usage:
    asked = sum(len(message.content.split()) for message in request.messages)
    return Usage(input_tokens=asked, output_tokens=len(text.split()))


def _number(params: Mapping[str, Any], name: str, highest: float) -> float:
    value = params.get(name, 0.0)
    field = f"params.{name}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{name} must be a number.", field=field)
    if not math.isfinite(value) or not 0 <= value <= highest:
        raise InvalidInput(f"{name} must be between 0 and {highest:g}.", field=field)
    return float(value)


def _whole(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{field.rpartition('.')[2]} must be a whole number.", field=field)
    return value


def _error_code(value: object) -> ErrorCode:
    try:
        return ErrorCode(str(value))
    except ValueError:
        raise InvalidInput(
            f"error_code must be one of {', '.join(ErrorCode)}.", field="params.error_code"
        ) from None


def _usage(value: object) -> Usage | None:
    if value is None:
        return None
    names = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
    if not isinstance(value, Mapping) or any(name not in names for name in value):
        raise InvalidInput(f"usage is a mapping with {', '.join(names)}.", field="params.usage")
    counts = {name: _whole(count, f"params.usage.{name}") for name, count in value.items()}
    for name, count in counts.items():
        if count < 0:
            raise InvalidInput(f"{name} can't be negative.", field=f"params.usage.{name}")
    return Usage(**counts)
