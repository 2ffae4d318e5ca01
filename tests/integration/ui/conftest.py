"""The pages over an API that answers what a test says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from nicegui import Client, ui
from nicegui.functions.download import download
from nicegui.functions.navigate import Navigate
from nicegui.functions.notify import notify
from nicegui.testing.general import nicegui_reset_globals
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from tests.integration.ui.fake_api import FakeApi
from tests.integration.ui.viewer import Viewer
from ui.app import mount
from ui.components import loaded_part
from ui.settings import UiSettings


@dataclass(frozen=True, slots=True)
class Site:
    """The pages, what answers them, and someone who looks."""

    api: FakeApi
    user: Viewer
    http: httpx.AsyncClient


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The pages, mounted anew."""
    monkeypatch.setenv("NICEGUI_USER_SIMULATION", "true")
    # A slow machine must not turn what a page shows into what it shows later.
    monkeypatch.setattr(loaded_part, "GRACE_S", 60.0)
    with nicegui_reset_globals():
        api = FakeApi()
        app = Starlette(
            routes=[
                Route("/graphql", api.__call__, methods=["POST"]),
                WebSocketRoute("/graphql", api.push),
            ]
        )
        mount(app, UiSettings(tmp_path))
        try:
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url="http://test",
                    cookies={"assay_session": "secret", "other": "private"},
                ) as http,
            ):
                yield Site(api, Viewer(http), http)
        finally:
            ui.navigate, ui.notify, ui.download = Navigate(), notify, download
            # or the reset drops our modules, and other tests hold copies of them
            Client.page_routes.clear()
