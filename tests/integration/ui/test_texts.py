"""Pages speak the language of who looks at them."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tests.integration.ui.conftest import Site
from tests.integration.ui.fake_api import answers, definition
from tests.integration.ui.test_runs import press
from tests.texts import gather
from ui import texts


def _pseudo(text: str) -> str:
    return f"[{text}]"


@pytest.fixture
def pseudo_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A language in which every text stands in brackets."""
    language = "eo"
    catalogue = Catalog(locale=language)
    for message in gather():
        if message.id:
            several = isinstance(message.id, tuple)
            said = tuple(map(_pseudo, message.id)) if several else _pseudo(str(message.id))
            catalogue.add(message.id, said)
    path = tmp_path / "locale" / language / "LC_MESSAGES" / f"{texts.DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(texts, "LOCALE", tmp_path / "locale")
    return language


async def test_a_page_speaks_the_language_that_its_viewer_wants(
    site: Site, pseudo_language: str
) -> None:
    page = (await site.http.get("/", headers={"Accept-Language": "eo-XX, en;q=0.5"})).text
    assert "[Definitions]" in page
    assert f'document.documentElement.lang = "{pseudo_language}"' in page
    page = (await site.http.get("/", headers={"Accept-Language": "en, eo;q=0.5"})).text
    assert "[" + "Definitions]" not in page
    assert "document.documentElement.lang" not in page


async def test_what_an_event_draws_speaks_the_language_of_its_page(
    site: Site, pseudo_language: str
) -> None:
    site.http.headers["Accept-Language"] = pseudo_language
    site.api.root["definition"] = answers(definition())
    await site.user.open("/definitions/def-1?tab=scenarios")
    await site.user.should_see("[The scenarios could not be loaded]")
    site.api.failure = ("INTERNAL", "Out of order.")
    press(site, "[Try again]")
    await site.user.should_see("Out of order.")
    await site.user.should_see("[The scenarios could not be loaded]")
