"""What the pages are told by the command that serves them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UiSettings:
    """``data_dir``: where NiceGUI may keep files. ``api_url``: the address of the API; None: the
    application that the pages are mounted on, in this process. ``session_cookie``: the name of the
    cookie that proves who looks at a page."""

    data_dir: Path
    api_url: str | None = None
    session_cookie: str = "assay_session"
