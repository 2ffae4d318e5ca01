"""The page to log in on: whole in itself, without a script, and before anybody is known.

It is no page of NiceGUI: whoever has no session is served nothing else.
"""

import base64
import hashlib
import html
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui import theme
from ui.texts import in_language, wanted_language

THEME_COOKIE: Final = "assay_theme"

_STYLE: Final = """
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--rail); color: var(--text); font: 14px/20px Roboto, system-ui, sans-serif; }
main { width: min(400px, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--raised); }
h1 { margin: 0 0 24px; font-size: 20px; line-height: 28px; font-weight: 600; }
label { display: block; margin-bottom: 4px; font-weight: 500; }
input { width: 100%; min-height: 40px; padding: 8px 12px; font: inherit; color: var(--text);
  border: 1px solid var(--edge); border-radius: 6px; background: var(--raised); }
button { width: 100%; min-height: 40px; margin-top: 24px; font: inherit; font-weight: 500;
  border: 0; border-radius: 6px; background: var(--accent-fill); color: var(--on-accent);
  cursor: pointer; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.error { margin: 0 0 16px; padding: 8px 12px; border: 1px solid var(--bad); border-radius: 6px;
  background: var(--bad-tint); overflow-wrap: anywhere; }
.hint { margin: 8px 0 0; color: var(--muted); }
"""

_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Assay</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{error}<form method="post" action="{action}">
<label for="key">{label}</label>
<input id="key" name="key" type="password" required autofocus autocomplete="current-password"
 spellcheck="false" aria-describedby="{described}"{invalid}>
<p class="hint" id="hint">{hint}</p>
<button type="submit">{title}</button>
</form>
</main>
</body>
</html>
"""


def login_page(request: Request, target: str, error: str | None = None) -> HTMLResponse:
    """The page with its one form. ``target`` is the path that it leads to; ``error`` says why the
    last try failed."""
    language = wanted_language(request.headers.get("accept-language", ""))
    _ = in_language(language)
    style, digest = _style(request.cookies.get(THEME_COOKIE))
    hint = html.escape(_("It begins with assay_. {command} makes one."))
    shown = "" if error is None else '<p class="error" id="error" role="alert">{}</p>\n'
    content = _PAGE.format(
        language=language.replace("_", "-"),
        title=html.escape(_("Log in")),
        heading=html.escape(_("Log in to Assay")),
        label=html.escape(_("API key")),
        hint=hint.format(command="<code>assay keys create</code>"),
        style=style,
        error=shown.format(html.escape(error or "")),
        action="/login" if target == "/" else f"/login?next={quote(target, safe='')}",
        described="hint" if error is None else "error hint",
        invalid="" if error is None else ' aria-invalid="true"',
    )
    return HTMLResponse(
        content,
        status_code=200 if error is None else 401,
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
                "frame-ancestors 'none'; base-uri 'none'"
            ),
            "Cache-Control": "no-store",
        },
    )


@lru_cache(maxsize=3)
def _style(chosen: str | None) -> tuple[str, str]:
    """The style and its digest, in the theme that was chosen or, without a choice, the system's."""
    style = theme.fixed_css(chosen if chosen in theme.THEMES else None) + _STYLE
    return style, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
