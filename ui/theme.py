"""The design tokens: every colour of the pages, light and dark, from one place.

Neutral greys, one accent, status colours for status alone. A test holds each pair that meets on a
page to a contrast of 4.5:1. The typeface is Roboto, which NiceGUI ships and serves (so nothing is
fetched from elsewhere, and figures can be tabular); code is in the reader's own monospace face.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
STATIC_PATH: Final = "/_assay"

LIGHT: Final[Mapping[str, str]] = {
    "page": "#ffffff",
    "rail": "#f6f6f7",
    "raised": "#ffffff",
    "sunken": "#f3f3f5",
    "hover": "#f0f0f4",
    "line": "#e2e2e7",
    "edge": "#8a8a96",
    "text": "#1b1b20",
    "muted": "#5b5b66",
    "accent": "#4338ca",
    "accent-fill": "#4338ca",
    "on-accent": "#ffffff",
    "accent-tint": "#eeedfb",
    "good": "#17703a",
    "bad": "#b3202a",
    "running": "#0a5fa5",
    "paused": "#835200",
    "good-tint": "#ebf7ef",
    "bad-tint": "#fdf0f0",
    "paused-tint": "#fdf6e6",
    "heat": "#8fc3ea",
    "bar": "#e2e2e7",
    "bar-done": "#2f8f57",
    "bar-failed": "#cf3a44",
    "bar-flight": "#3d8ccc",
    "bar-dropped": "#8a8a96",
}
DARK: Final[Mapping[str, str]] = {
    "page": "#141417",
    "rail": "#1a1a1e",
    "raised": "#1e1e23",
    "sunken": "#1f1f24",
    "hover": "#24242a",
    "line": "#303038",
    "edge": "#767683",
    "text": "#ededf1",
    "muted": "#a9a9b4",
    "accent": "#a9a5ff",
    "accent-fill": "#5a50d6",
    "on-accent": "#ffffff",
    "accent-tint": "#29273f",
    "good": "#5fc985",
    "bad": "#ff8c8c",
    "running": "#6bb8f5",
    "paused": "#e3b04b",
    "good-tint": "#17301f",
    "bad-tint": "#331d20",
    "paused-tint": "#302818",
    "heat": "#1d5480",
    "bar": "#34343c",
    "bar-done": "#3f9e66",
    "bar-failed": "#dc545d",
    "bar-flight": "#4a8fc7",
    "bar-dropped": "#73737e",
}

THEMES: Final = ("light", "dark")

# text colour -> the backgrounds that it stands on
PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (
        *("page", "rail", "raised", "sunken", "hover"),
        *("good-tint", "bad-tint", "paused-tint", "accent-tint", "heat"),
    ),
    "muted": ("page", "rail", "raised", "sunken", "hover", "good-tint", "bad-tint", "paused-tint"),
    "accent": ("page", "rail", "raised", "hover", "accent-tint"),
    "on-accent": ("accent-fill",),
    "good": ("page", "rail", "raised", "sunken", "hover", "good-tint"),
    "bad": ("page", "rail", "raised", "sunken", "hover", "bad-tint"),
    "running": ("page", "rail", "raised", "sunken", "hover"),
    "paused": ("page", "rail", "raised", "sunken", "hover", "paused-tint"),
}


def tokens_css() -> str:
    """The tokens as custom properties; the theme is an attribute of the document's element."""
    light, dark = _properties(LIGHT), _properties(DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
    )


def fixed_css(chosen: str | None) -> str:
    """The tokens of one theme, for a page without scripts; None: as the system wants it."""
    light = f":root {{ color-scheme: light; {_properties(LIGHT)} }}"
    dark = f":root {{ color-scheme: dark; {_properties(DARK)} }}"
    if chosen is not None:
        return dark if chosen == "dark" else light
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (#rrggbb), 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _properties(tokens: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())
