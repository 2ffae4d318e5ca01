"""A part of a page as HTML: one element to the browser, however much is in it.

For each element the browser's scripts do work when a page is loaded, and again at every change of
anything on it. A table of finished runs has a thousand tags, and none of them will change.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui.elements.mixins.content_element import ContentElement

from ui.components.base import tag
from ui.components.sketch import Sketch, is_sketching, sketch


class Still(ContentElement):
    """A tag around a sketch. What answers to events can't be in it."""

    def __init__(self, name: str, classes: str, drawn: Sketch) -> None:
        super().__init__(tag=name, content=drawn.html())
        list.extend(self._classes, classes.split())

    def show(self, drawn: Sketch) -> None:
        """Show another one."""
        self.content = drawn.html()


@contextmanager
def still_part(name: str = "div", classes: str = "contents") -> Iterator[None]:
    """What is drawn in here becomes one element, a box of no effect on the layout unless said
    otherwise. Nothing in it may listen to events but by attributes (`data_do`)."""
    if is_sketching():
        with tag(name, "", classes):
            yield
        return
    with sketch() as part:
        yield
    if part.answers:
        raise TypeError("a still part has something that listens to events")
    Still(name, classes, part)
