"""A part of a page as HTML: one element to the browser, however much is in it.

For each element the browser's scripts do work when a page is loaded, and again at every change of
anything on it. A table of finished runs has a thousand tags, and none of them will change.
"""

from nicegui.elements.mixins.content_element import ContentElement

from ui.components.sketch import Sketch


class Still(ContentElement):
    """A tag around a sketch. What answers to events can't be in it."""

    def __init__(self, name: str, classes: str, sketch: Sketch) -> None:
        super().__init__(tag=name, content=sketch.html())
        list.extend(self._classes, classes.split())

    def show(self, sketch: Sketch) -> None:
        """Show another one."""
        self.content = sketch.html()
