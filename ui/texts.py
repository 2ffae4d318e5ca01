"""The words of the pages in the viewer's language.

The source language is English, and its texts stand where they are used: ``_("Start a run")``. A
translation is a catalogue of gettext at `ui/locale/<language>/LC_MESSAGES/assay.mo`; where there
is none, or a text is missing from it, the English text is shown. `make texts` gathers all texts in
`ui/locale/assay.pot`, which is what a translator begins from.

The language of a page is the best that its Accept-Language asks for and that there is. It is kept
with the page, so that what an event or a timer draws later speaks it too.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations, find
from pathlib import Path
from typing import Final

from nicegui import Client
from nicegui.slot import Slot, get_task_id

DOMAIN: Final = "assay"
LOCALE: Final = Path(__file__).parent / "locale"
SOURCE_LANGUAGE: Final = "en"
_KEPT: Final = "assay_language"


def _(text: str) -> str:
    """``text`` in the language of the page. Values are put in afterwards:
    ``_("{done} of {total} done").format(done=..., total=...)``."""
    # To gettext an empty text is the head of the catalogue.
    return _catalogue(page_language()).gettext(text) if text else ""


def plural(one: str, many: str, n: int, **values: str) -> str:
    """The form for ``n`` in the language of the page, with ``{n}`` as a person reads it, and other
    ``values``: ``plural("{n} attempt", "{n} attempts", 1200)`` -> "1,200 attempts"."""
    return _catalogue(page_language()).ngettext(one, many, n).format(n=f"{n:,}", **values)


def later(text: str) -> str:
    """Mark a text of a table that is made at import, before there is a page: ``_`` says it."""
    return text


def page_language() -> str:
    """The language of the page that is being drawn or acted on; English outside of any."""
    client = _present_client()
    if client is None:
        return SOURCE_LANGUAGE
    kept: str | None = client.storage.get(_KEPT)
    if kept is None:
        wanted = client.request.headers.get("accept-language", "")
        kept = client.storage[_KEPT] = wanted_language(wanted)
    return kept


def wanted_language(accepted: str) -> str:
    """The best language for an Accept-Language, of those that there are."""
    return best_language(accepted, _translated())


def in_language(language: str) -> Callable[[str], str]:
    """``_`` for what is no page of NiceGUI and so has to say in which language it speaks."""
    return _catalogue(language).gettext


def best_language(accepted: str, translated: Collection[str]) -> str:
    """Which of ``translated`` (or English) an Accept-Language wants most.

    Weights are those of RFC 9110, 12.5.4; a language that is not there falls back to its
    beginning, `de-CH` to `de` (RFC 4647, 3.4). Catalogues write a region as `pt_BR`.
    """
    there = {name.lower().replace("_", "-"): name for name in (*translated, SOURCE_LANGUAGE)}
    for wanted in sorted(_weights(accepted).items(), key=lambda item: -item[1]):
        subtags = wanted[0].split("-")
        while subtags:
            if (found := there.get("-".join(subtags))) is not None:
                return found
            subtags.pop()
    return SOURCE_LANGUAGE


def _weights(accepted: str) -> Mapping[str, float]:
    """Each language of an Accept-Language that is wanted at all, in the order written."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        language, _separator, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language.strip() and quality > 0:
            weights.setdefault(language.strip().lower(), quality)
    return weights


def _translated() -> tuple[str, ...]:
    return tuple(path.parts[-3] for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    path = find(DOMAIN, str(LOCALE), [language])
    if path is None:
        return NullTranslations()
    with Path(path).open("rb") as file:
        return GNUTranslations(file)


def _present_client() -> Client | None:
    """The page of the running task. Not `nicegui.context`: asked before the application has
    started, that would make a page."""
    for slot in reversed(Slot.stacks.get(get_task_id(), ())):
        try:
            return slot.parent.client
        except RuntimeError:
            continue  # a part that was removed by what it started
    return None
