"""A Chromium that looks at one page: when its rows stand, what that weighed, what it held up."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, Playwright

from bench.stage import SESSION_COOKIE, Stage
from tests.support.chromium import FLAGS, find_chromium

# WCAG 2.2, levels A and AA.
_AXE: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_TIMEOUT_MS: Final = 30_000
_MAX_TABS: Final = 200

# In every document: when what is looked for is drawn and visible, and how long the main thread
# was not free. Times are milliseconds since the navigation began.
_WATCH: Final = """
(() => {
  const seen = (window.bench = { rows: null, longest: 0 });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.longest = Math.max(seen.longest, entry.duration);
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    const found = document.querySelector("SELECTOR");
    if (found && found.getClientRects().length && found.textContent.trim()) {
      seen.rows = performance.now();
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass(slots=True)
class Visit:
    """One navigation. ``rows_ms`` and ``live_ms`` count from its beginning.

    ``live_ms`` is when the page answers to its reader: the scripts run, the socket is open.
    ``bytes`` is what came over the network, headers and compressed bodies.
    """

    rows_ms: float = 0
    live_ms: float = 0
    longest_task_ms: float = 0
    bytes: int = 0
    hosts: set[str] = field(default_factory=set)


class Window:
    """A window of an own Chromium with an empty profile, logged in."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self._context = context
        self.page = page
        self._address = address
        self._visit = Visit()

    async def listen(self) -> None:
        """Count what comes over the network."""
        session = await self._context.new_cdp_session(self.page)
        await session.send("Network.enable")
        session.on("Network.loadingFinished", self._loaded)
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.webSocketCreated", self._asked)

    def _loaded(self, event: dict[str, Any]) -> None:
        self._visit.bytes += int(event["encodedDataLength"])

    def _asked(self, event: dict[str, Any]) -> None:
        parts = urlsplit(event.get("request", event)["url"])
        if parts.scheme in {"http", "https", "ws", "wss"}:
            self._visit.hosts.add(parts.netloc)

    @property
    def outside_hosts(self) -> int:
        """How many hosts but Assay's own the last visit asked."""
        return len(self._visit.hosts - {urlsplit(self._address).netloc})

    async def visit(self, path: str) -> Visit:
        """Go to ``path`` and wait until its rows stand and it is live."""
        self._visit = visit = Visit()
        await self.page.goto(self._address + path, wait_until="commit")
        await self.page.wait_for_function("window.bench?.rows != null")
        await self.page.wait_for_function("window.did_handshake === true")
        visit.live_ms = await self.page.evaluate("performance.now()")
        await self.page.wait_for_load_state("networkidle")
        seen = await self.page.evaluate("window.bench")
        visit.rows_ms, visit.longest_task_ms = seen["rows"], seen["longest"]
        return visit

    async def tabs_to(self, selector: str) -> int:
        """How many presses of Tab lead from the top of the page to ``selector``.

        The first one offers to skip to the content; whoever uses a keyboard takes it.
        """
        for presses in range(1, _MAX_TABS):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("document.activeElement.matches('.skip-link')"):
                await self.page.keyboard.press("Enter")
            if await self.page.evaluate(f"document.activeElement.matches({selector!r})"):
                return presses
        return _MAX_TABS

    async def violations(self, theme: str) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA, a line for each kind."""
        await self.page.evaluate(f"document.documentElement.dataset.theme = {theme!r}")
        results = await Axe().run(self.page, options=_AXE)
        return [
            f"{violation['id']}: {violation['help']}"
            for violation in results.response["violations"]
        ]


@contextlib.asynccontextmanager
async def window(playwright: Playwright, stage: Stage, rows: str) -> AsyncIterator[Window]:
    """A new Chromium; ``rows`` is the selector of what a reader waits for."""
    browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    try:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(_TIMEOUT_MS)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": stage.session, "url": stage.address}]
        )
        await context.add_init_script(_WATCH.replace("SELECTOR", rows))
        page = await context.new_page()
        made = Window(context, page, stage.address)
        await made.listen()
        yield made
    finally:
        await browser.close()
