"""A button that copies the address of one thing, without the list that it was found in."""

from ui.asked import asked
from ui.components.base import button, tag
from ui.components.icon import icon
from ui.texts import _


def copyable_link(path: str) -> None:
    """Draw the button; ``path`` is one of ours."""
    request = asked()
    host = request.headers.get("host", "localhost")
    with button(
        "",
        None,
        "copyable-link",
        data_do="copy",
        data_copy=f"{request.url.scheme}://{host}{path}",
        title=_("Copy a link that opens just this transcript"),
    ):
        icon("copy")
        tag("span", _("Link"))
