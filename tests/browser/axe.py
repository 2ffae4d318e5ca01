"""What axe-core finds wrong with a page for people who can't see, or can't use a mouse."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

# WCAG 2.2, levels A and AA, as axe-core names its parts.
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# All rules in one theme; in the other only those that a theme can break.
_RULES: Final[Mapping[Literal["light", "dark"], Any]] = {
    "light": {"type": "tag", "values": list(_TAGS)},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
_RUN: Final = """
async (rules) => {
  // what is still fading in has no colours of its own yet
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  const found = await axe.run(document, {
    runOnly: rules,
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
    for theme, rules in _RULES.items():
        await page.emulate_media(color_scheme=theme)
        said: list[Any] = await page.evaluate(_RUN, rules)
        found += [f"{page.url} ({theme}): {violation}" for violation in said]
    return found
