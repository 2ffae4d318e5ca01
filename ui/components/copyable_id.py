"""An id: short, whole on hover, copied by a click."""

from ui import formats
from ui.components.base import tag
from ui.components.icon import icon
from ui.texts import _


def copyable_id(value: str, what: str = "id") -> None:
    """Draw the id of ``what`` with a button that copies the whole of it."""
    with tag(
        "button",
        "",
        "copyable",
        type="button",
        title=value,
        aria_label=_("Copy the {what} {id}").format(what=what, id=formats.short_id(value)),
        data_do="copy",
        data_copy=value,
    ):
        tag("span", formats.short_id(value), "mono")
        icon("copy")
