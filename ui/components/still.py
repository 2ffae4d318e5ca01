"""A part of a page as HTML: one element to the browser, however much is in it.

For each element the browser's scripts do work when a page is loaded, and again at every change of
anything on it. A table of finished runs has a thousand of them, and none of them will change.
"""

from nicegui.elements.mixins.content_element import ContentElement

from ui.components.base import Tag
from ui.markup import content_markup


class Still(ContentElement):
    """Stands where the element that it is made of stood, which must be the last of its parent.

    What answers to events can't be in it: see :func:`answers`.
    """

    def __init__(self, drawn: Tag) -> None:
        parent = drawn.parent_slot
        assert parent is not None, "it is part of a page"
        html = _taken(drawn)
        with parent:
            super().__init__(tag=drawn.tag, content=html)
        list.extend(self._classes, drawn.classes)
        dict.update(self._props, drawn.props)

    def show(self, drawn: Tag) -> None:
        """Show what is in ``drawn``, which is taken away."""
        self.content = _taken(drawn)


def answers(element: Tag) -> bool:
    """Whether something in ``element`` listens to events, which only a script can do."""
    parts = element.descendants(include_self=True)
    return any(part._event_listeners for part in parts)  # noqa: SLF001  (NiceGUI shows it no other way)


def _taken(drawn: Tag) -> str:
    html = "".join(content_markup(drawn))
    drawn.delete()
    return html
