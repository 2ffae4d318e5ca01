"""What axe-core finds wrong with a page for people who can't see, or can't use a mouse."""

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

THEMES: Final = ("light", "dark")
# WCAG 2.2, levels A and AA, as axe-core names its parts.
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_RUN: Final = """
async (tags) => {
  // what is still fading in has no colours of its own yet
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags},
    resultTypes: ["violations"],
  });
  return found.violations.flatMap(({id, help, nodes}) =>
    nodes.map(({target, failureSummary}) => `${id}: ${help}: ${target}: ${failureSummary}`));
}
"""


async def violations(page: Page) -> list[str]:
    """Every violation on the page as it is now, in both themes: the rule, the element, why."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        said: list[Any] = await page.evaluate(_RUN, list(_TAGS))
        found += [f"{page.url} ({theme}): {violation}" for violation in said]
    return found
