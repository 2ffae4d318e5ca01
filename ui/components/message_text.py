"""The text of a conversation as it is, or rendered as Markdown: what this browser chose last."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from nicegui import ui

from ui.asked import asked
from ui.components.base import Live, Tag, button
from ui.components.conversation import conversation
from ui.markdown import to_html
from ui.queries.fragments import Message
from ui.texts import _

COOKIE: Final = "assay_markdown"
# In whose messages Markdown is looked for.
_WRITERS: Final = frozenset({"assistant", "user"})
# To render much more would hold up other pages.
_LONGEST: Final = 50_000
_YEAR_S: Final = 60 * 60 * 24 * 365


class MessageText:
    """Messages and the button that renders them; made by :meth:`of`."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self._possible = sum(len(each["content"]) for each in messages) <= _LONGEST
        self._rendered = False
        self._html: Mapping[int, str] = {}
        self._button: Tag | None = None
        self._live: Live[Mapping[int, str]] | None = None

    @classmethod
    async def of(cls, messages: Sequence[Message]) -> "MessageText":
        """As the browser remembers it."""
        text = cls(messages)
        if asked().cookies.get(COOKIE) == "on":
            await text._render(True)
        return text

    def draw_button(self) -> None:
        """Draw the button."""
        words = _("Key: {key}").format(key="m")
        self._button = button(
            _("Markdown"),
            self._toggle,
            data_key="markdown",
            title=words if self._possible else _("This is too long to be rendered"),
            aria_keyshortcuts="m",
            aria_pressed=_pressed(self._rendered),
            disabled=not self._possible,
        )

    def draw(self) -> None:
        """Draw the messages."""
        self._live = Live(self._html, lambda html: conversation(self._messages, html=html))

    async def _toggle(self) -> None:
        await self._render(not self._rendered)
        if self._button is not None:
            self._button.attribute("aria-pressed", _pressed(self._rendered))
        if self._live is not None:
            self._live.show(self._html)
        kept = "on" if self._rendered else "off"
        ui.run_javascript(
            f'document.cookie = "{COOKIE}={kept}; path=/; max-age={_YEAR_S}; SameSite=Lax"'
        )

    async def _render(self, wanted: bool) -> None:
        self._rendered = wanted and self._possible
        self._html = await asyncio.to_thread(self._all_html) if self._rendered else {}

    def _all_html(self) -> dict[int, str]:
        return {
            place: to_html(message["content"])
            for place, message in enumerate(self._messages)
            if message["role"] in _WRITERS
        }


def _pressed(on: bool) -> str:
    return "true" if on else "false"
