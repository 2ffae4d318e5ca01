"""What is drawn as HTML at once, without an element of NiceGUI for each tag.

Such an element costs 50 to 100 µs here, and again in the browser; a page has a thousand tags, most
of which never change. While a sketch is made, `tag` (`ui/components/base.py`) and all that stands
on it add to the sketch instead.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

from ui.markup import tag_markup

# What is open, from the outside in. Drawing is synchronous: nothing else runs until it is complete.
_open: Final["list[Sketch]"] = []


class Sketch:
    """Stands for a tag, or for all of them (the one without a name); does what drawing code does
    with one.

    ``answers`` is set on the outermost: something in it listens to events, which only an element
    can do.
    """

    __slots__ = ("answers", "children", "name", "props", "text")

    def __init__(self, name: str, text: str, props: Mapping[str, Any]) -> None:
        self.name = name
        self.text = text
        self.props = dict(props)
        self.children: list[Sketch] = []
        self.answers = False
        if _open:
            _open[-1].children.append(self)

    def __enter__(self) -> Self:
        _open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _open.pop()

    def on(self, *_args: Any, **_options: Any) -> Self:
        """Remember that somebody wants to listen."""
        _open[0].answers = True
        return self

    def style(self, added: str) -> Self:
        """Set its style."""
        self.props["style"] = added
        return self

    def clear(self) -> None:
        """Take away what is in it."""
        self.children.clear()

    def attribute(self, name: str, value: str | None) -> None:
        """Set or, with None, remove an attribute."""
        self.props[name] = value

    def html(self) -> str:
        """All that is in it, without itself."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The same, in pieces."""
        for child in self.children:
            yield from tag_markup(child.name, child.props, child.text, child.pieces())


def sketch() -> Sketch:
    """A context; what is drawn in it is in the sketch afterwards."""
    assert not _open, "a sketch is made in one go"
    return Sketch("", "", {})


def is_sketching() -> bool:
    """Whether what is drawn now becomes part of a sketch."""
    return bool(_open)
