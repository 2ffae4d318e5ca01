"""Names and values beside each other."""

from collections.abc import Callable, Sequence

from ui.components.base import tag

Fact = tuple[str, str | Callable[[], object]]


def facts(items: Sequence[Fact], classes: str = "") -> None:
    """A description list; a value is text or something that draws itself."""
    with tag("dl", "", f"facts {classes}"):
        for name, value in items:
            with tag("div"):
                tag("dt", name)
                if callable(value):
                    with tag("dd"):
                        value()
                else:
                    tag("dd", value)
