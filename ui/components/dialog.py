"""A modal dialog."""

from nicegui import ui

from ui.components.base import tag


class Dialog:
    """A modal: Escape leaves it, and the focus returns to where it was (Quasar sees to both)."""

    def __init__(self, title: str) -> None:
        self._dialog = ui.dialog()
        heading = f"dialog-{self._dialog.id}"
        self._dialog.props["aria-labelledby"] = heading
        with self._dialog:
            self.card = tag("div", "", "dialog")
        with self.card:
            self._title = tag("h2", title, id=heading)
            self.body = tag("div", "", "stack-tight")
            self.foot = tag("div", "", "actions")

    def retitle(self, title: str) -> None:
        """Change the title."""
        self._title.text = title

    def open(self) -> None:
        """Show it."""
        self._dialog.open()

    def close(self) -> None:
        """Hide it."""
        self._dialog.close()
