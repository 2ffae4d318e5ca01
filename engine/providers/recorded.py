"""Answers that already exist: evaluate outputs that others produced."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.errors import AssayError
from engine.providers.contract import ErrorCode, ModelReply, ModelRequest, ProviderError

Render: TypeAlias = Callable[[Mapping[str, Any]], str]
"""A compiled template: variables in, text out; raises AssayError where it can't be rendered."""


class RecordedProvider:
    """Takes each answer from the scenario's own data, with the arm's `output` template."""

    def __init__(self, render: Render) -> None:
        self._render = render

    async def generate(self, request: ModelRequest) -> ModelReply | ProviderError:
        """Render the output template over the scenario's variables.

        A row for which it can't be rendered is a `bad_request`: it fails alone, with the reason.
        """
        try:
            text = self._render(request.variables)
        except AssayError as error:
            return ProviderError(ErrorCode.BAD_REQUEST, f"output: {error.message}"[:2000])
        return ModelReply(text=text, model=request.model, finish_reason="stop")

    async def aclose(self) -> None:
        """Nothing to close."""
