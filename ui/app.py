"""The pages, put on the application that serves the API."""

from pathlib import Path
from typing import Any, Final, cast

from nicegui import app as nicegui_app
from nicegui import ui
from nicegui.storage import Storage
from starlette.applications import Starlette

from ui import theme
from ui.client import ApiClient
from ui.compression import Compression
from ui.nicegui_signatures import remember_signatures
from ui.pages import not_found
from ui.pages.routes import register
from ui.settings import UiSettings

_HEAD: Final = """
<meta name="referrer" content="same-origin">
<style>{tokens}</style>
<link rel="stylesheet" href="{static}/assay.css?v={version}">
<script src="{static}/assay.js?v={version}"></script>
<script src="{static}/assay-first-paint.js?v={version}"></script>
<script defer src="{static}/assay-keys.js?v={version}"></script>
<script defer src="{static}/assay-download.js?v={version}"></script>
<script defer src="{static}/assay-palette.js?v={version}"></script>
<script defer src="{static}/assay-live.js?v={version}"></script>
<script defer src="{static}/assay-visit.js?v={version}"></script>
"""


def mount(app: Starlette, settings: UiSettings) -> None:
    """Serve the pages at every address that ``app`` has no route for yet. Once a process.

    Nothing about a viewer is kept on the server: the session cookie is the API's, the theme and
    the time zone are cookies of the browser. So NiceGUI needs no secret and writes no file; its
    storage folder is set all the same, away from the working directory.
    """
    Storage.path = settings.data_dir / "ui"
    remember_signatures()
    nicegui_app.state.assay_api = client = ApiClient(app, settings)
    nicegui_app.on_shutdown(client.aclose)
    nicegui_app.add_static_files(theme.STATIC_PATH, theme.STATIC)
    ui.add_head_html(
        _HEAD.format(tokens=theme.tokens_css(), static=theme.STATIC_PATH, version=_version()),
        shared=True,
    )
    # No bar over the page at every request that a page makes: nothing moves unless it changed.
    nicegui_app.config.quasar_config["loadingBar"] = {"skipHijack": True}
    # `<html lang>` says the viewer's language (ui/texts.py), not the one of Quasar's own words.
    nicegui_app.config.quasar_config["lang"] = {"noHtmlAttrs": True}
    register()
    options: dict[str, Any] = {
        "root": not_found.draw,
        "title": "Assay",
        "favicon": theme.STATIC / "favicon.svg",
        "dark": None,
        "language": "en-US",
        "tailwind": False,
        "reconnect_timeout": 10.0,
        "show_welcome_message": False,
        "gzip_middleware_factory": Compression,
    }
    # NiceGUI says FastAPI where any Starlette application does.
    ui.run_with(cast(Any, app), **options)


def _version() -> str:
    """Changes with the static files, so that browsers may keep them."""
    newest = max(path.stat().st_mtime_ns for path in Path(theme.STATIC).iterdir())
    return f"{newest:x}"
