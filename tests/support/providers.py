"""A model whose every call the test holds in its hand."""

import asyncio
from collections.abc import Callable

import pytest

from engine.providers.connections import Connections
from engine.providers.contract import ModelProvider, ModelReply, ModelRequest, ProviderError, Usage
from engine.providers.registry import ArmConfig, build_provider
from engine.runs import plan
from tests.support.waiting import until

Answer = Callable[[ModelRequest], ModelReply | ProviderError]


def reply(text: str | None = "yes", *, finish_reason: str = "stop", tokens: int = 1) -> ModelReply:
    """What a model answers."""
    return ModelReply(
        text=text, model="model", finish_reason=finish_reason, usage=Usage(tokens, tokens)
    )


class HeldProvider:
    """Answers a call when the test lets it: :meth:`let`, or :meth:`let_all` from now on."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._permits = asyncio.Semaphore(0)
        self._open = asyncio.Event()
        self.begun: list[str] = []
        self.answered: list[str] = []
        self.aborted: list[str] = []

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        """One call."""
        self.begun.append(request.key)
        try:
            if not self._open.is_set():
                await self._permits.acquire()
        except asyncio.CancelledError:
            self.aborted.append(request.key)
            raise
        self.answered.append(request.key)
        return self._answer(request)

    async def aclose(self) -> None:
        """Nothing to close."""

    def let(self, count: int) -> None:
        """Let ``count`` calls be answered."""
        for _ in range(count):
            self._permits.release()

    def let_all(self) -> None:
        """Let every call be answered."""
        self._open.set()
        self.let(10_000)

    async def in_flight(self, count: int) -> None:
        """Wait until ``count`` calls wait for their answer."""
        await until(
            lambda: len(self.begun) - len(self.answered) - len(self.aborted) == count,
            f"{count} calls are in flight",
        )


def provide(patch: pytest.MonkeyPatch, provider: HeldProvider) -> None:
    """Put ``provider`` behind every simulated arm without a latency of its own."""

    def build(config: ArmConfig, *, connections: Connections) -> ModelProvider:
        if config.provider == "simulated" and "latency_ms" not in config.params:
            return provider
        return build_provider(config, connections=connections)

    patch.setattr(plan, "build_provider", build)
