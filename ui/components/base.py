"""Plain HTML elements. Text is always text: none of this reads markup."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from nicegui.elements.mixins.text_element import TextElement

from ui.components.sketch import Sketch, is_sketching

T = TypeVar("T")


class Tag(TextElement):
    """``tag("td", "12", "num", scope="row")``: an element with text, classes and attributes.

    An attribute's ``_`` stands for ``-`` and a trailing one is dropped (``for_``); None and False
    leave it out.
    """

    def __init__(self, name: str, text: str = "", classes: str = "", /, **attributes: Any) -> None:
        super().__init__(tag=name, text=text)
        # Past the observers: who is new is sent anyway, and a table has a thousand elements.
        list.extend(self._classes, classes.split())
        dict.update(self._props, _named(attributes))

    def attribute(self, name: str, value: str | None) -> None:
        """Set or, with None, remove an attribute."""
        if value is None:
            self.props.pop(name, None)
        else:
            self.props[name] = value
        self.update()


def tag(name: str, text: str = "", classes: str = "", /, **attributes: Any) -> Tag:
    """A plain element; use it as a context to fill it."""
    if is_sketching():
        given = {"class": classes.strip() or None} | _named(attributes)
        # It does what drawing code does with a tag, and the rest of the code never meets it.
        return cast(Tag, Sketch(name, text, given))
    return Tag(name, text, classes, **attributes)


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    """As HTML names them, without those that are left out."""
    return {
        key.rstrip("_").replace("_", "-"): "" if value is True else value
        for key, value in attributes.items()
        if value is not None and value is not False
    }


def button(
    text: str,
    on_click: Callable[[], Any] | None = None,
    classes: str = "",
    **attributes: Any,
) -> Tag:
    """A button. ``data_do`` names what the browser does by itself (`static/assay.js`)."""
    element = tag("button", text, f"button {classes}", type="button", **attributes)
    if on_click is not None:
        element.on("click", on_click, args=[])
    return element


def link(text: str, href: str, classes: str = "", /, **attributes: Any) -> Tag:
    """A link; ``href`` is a path of ours."""
    return tag("a", text, classes, href=href, **attributes)


class Live(Generic[T]):
    """A part of a page that is drawn again when, and only when, what it shows has changed.

    What fails while it is drawn is told in its place; the rest of the page goes on.
    """

    def __init__(
        self,
        value: T,
        draw: Callable[[T], None],
        name: str = "div",
        classes: str = "",
        **attrs: Any,
    ) -> None:
        self.element = tag(name, "", classes, **attrs)
        self._draw = draw
        self._value = value
        self._draw_value()

    def show(self, value: T) -> bool:
        """Draw ``value`` unless it is shown already; says whether it was drawn."""
        if value == self._value:
            return False
        self._value = value
        self.element.clear()
        self._draw_value()
        return True

    def _draw_value(self) -> None:
        # Here: the panel that tells of a failure is made of the elements above.
        from ui.components.boundary import draw_bounded  # noqa: PLC0415

        draw_bounded(self.element, lambda: self._draw(self._value))
