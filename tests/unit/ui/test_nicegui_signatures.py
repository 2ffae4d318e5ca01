"""What is remembered of handlers is what NiceGUI would have said."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from nicegui import helpers

from ui.nicegui_signatures import expects_arguments


class Owner:
    def nothing(self) -> None: ...

    def something(self, what: str) -> None: ...

    def perhaps(self, what: str = "") -> None: ...

    @staticmethod
    def alone(what: str) -> None: ...

    @classmethod
    def shared(cls) -> None: ...


@pytest.mark.parametrize(
    "handler",
    [
        Owner().nothing,
        Owner().something,
        Owner().perhaps,
        Owner.alone,
        Owner.shared,
        lambda: None,
        lambda what: what,
        partial(Owner().something, "x"),
        [].append,
    ],
)
def test_the_answer_is_niceguis(handler: Callable[..., Any]) -> None:
    asked = [expects_arguments(handler) for _ in range(2)]
    assert asked == [helpers.functions.expects_arguments(handler)] * 2
