"""The most that a call can cost, before it is made."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson

from engine.providers.contract import ModelReply, Usage
from engine.providers.pricing import Pricer
from engine.runs.purse import whole_places

# An answer without a limit of its own is taken to be no longer than this, until one was.
UNLIMITED_OUTPUT_TOKENS: Final = 4096
# What a chat format puts around a message: a handful of tokens in all that are known.
_AROUND_A_MESSAGE: Final = 16
_LIMITS: Final = ("max_completion_tokens", "max_tokens")


class Ceiling:
    """The most that calls of one arm can cost; cheap enough for every call.

    Input: a tokenizer over bytes makes at most one token of a byte, so the bytes of the messages
    and parameters are never too few. Output: the arm's limit for each answer; without one, 4,096
    tokens or twice the longest answer that was learnt, which is a guess and no bound.
    """

    def __init__(self, pricer: Pricer, params: Mapping[str, Any]) -> None:
        self._pricer = pricer
        self._raw = {"service_tier": params.get("service_tier")}
        self._limit = next((params[name] for name in _LIMITS if _is_count(params.get(name))), None)
        choices = params.get("n")
        self._choices: int = choices if isinstance(choices, int) and _is_count(choices) else 1
        self._around = len(orjson.dumps(dict(params), default=str))
        self._longest = 0

    @property
    def priced(self) -> bool:
        """Whether calls of this arm have a price at all."""
        return self._cost(1, 1) is not None

    def of(self, messages: Sequence[Mapping[str, str]]) -> Decimal | None:
        """The most that a call with these messages can cost, in US dollars; None without a price.

        A message is a mapping with its ``content``.
        """
        read = self._around + sum(
            len(message["content"].encode(errors="replace")) + _AROUND_A_MESSAGE
            for message in messages
        )
        return self._cost(read, self._output_tokens() * self._choices)

    def learn(self, usage: Usage) -> None:
        """An answer has come."""
        if usage.output_tokens is not None and usage.output_tokens > self._longest:
            self._longest = usage.output_tokens

    def _output_tokens(self) -> int:
        if self._limit is not None:
            return int(self._limit)
        return max(UNLIMITED_OUTPUT_TOKENS, 2 * self._longest)

    def _cost(self, read: int, written: int) -> Decimal | None:
        usage = Usage(input_tokens=read, output_tokens=written)
        cost = self._pricer.cost(
            ModelReply(text=None, model=None, finish_reason=None, usage=usage, raw=self._raw)
        )
        return None if cost is None else whole_places(cost)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
