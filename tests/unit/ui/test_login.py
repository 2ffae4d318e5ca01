"""The page to log in on: in the viewer's theme, and nothing that is given can become markup."""

import re

import pytest
from starlette.requests import Request

from ui import theme
from ui.login import login_page


def page(target: str = "/", error: str | None = None, cookie: str = "") -> str:
    headers = [(b"cookie", cookie.encode()), (b"accept-language", b"eo, en;q=0.5")]
    request = Request({"type": "http", "method": "GET", "path": "/login", "headers": headers})
    return bytes(login_page(request, target, error).body).decode()


@pytest.mark.parametrize(("chosen", "colours"), [("light", theme.LIGHT), ("dark", theme.DARK)])
def test_it_has_the_theme_that_was_chosen(chosen: str, colours: dict[str, str]) -> None:
    drawn = page(cookie=f"assay_theme={chosen}")
    assert re.findall(r"--page: (#\w+)", drawn) == [colours["page"]]


@pytest.mark.parametrize("cookie", ["", "assay_theme=</style>"])
def test_without_a_choice_it_follows_the_system(cookie: str) -> None:
    drawn = page(cookie=cookie)
    colours = [theme.LIGHT["page"], theme.DARK["page"]]
    assert re.findall(r"--page: (#\w+)", drawn) == colours
    assert drawn.count("</style>") == 1


def test_what_is_given_is_never_markup() -> None:
    drawn = page("/runs?q=<script>'\"", "<script>")
    assert "<script>" not in drawn
    assert 'action="/login?next=%2Fruns%3Fq%3D%3Cscript%3E%27%22"' in drawn
    assert '<p class="error" id="error" role="alert">&lt;script&gt;</p>' in drawn


def test_it_says_the_language_that_it_speaks() -> None:
    assert '<html lang="en">' in page()
