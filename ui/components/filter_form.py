"""Filters as a form that writes the address: what is seen can be sent to someone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ui.components.base import link, tag
from ui.components.icon import icon
from ui.texts import _


@dataclass(frozen=True, slots=True)
class Choice:
    """A list to choose from: ``options`` maps the value in the address to its words."""

    name: str
    label: str
    options: Mapping[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class SearchText:
    """Words to look for."""

    name: str
    label: str
    value: str


def filter_form(
    path: str,
    fields: Sequence[Choice | SearchText],
    hidden: Mapping[str, str] | None = None,
    *,
    clearable: bool = True,
) -> None:
    """Choosing applies at once, text at Enter. Empty fields stay out of the address.

    What must always be chosen is not ``clearable``.
    """
    with tag("form", "", "filters", method="get", action=path, role="search").on(
        "submit", js_handler="(e) => assay.filter(e)"
    ):
        for name, value in (hidden or {}).items():
            tag("input", type="hidden", name=name, value=value)
        for field in fields:
            if isinstance(field, Choice):
                _choice(field)
            else:
                _search(field)
        if clearable and any(field.value for field in fields):
            kept = "&".join(f"{name}={value}" for name, value in (hidden or {}).items())
            link(_("Clear filters"), f"{path}?{kept}" if kept else path, "button button-quiet")


def _choice(field: Choice) -> None:
    with tag("label", "", "field-inline"):
        tag("span", field.label, "visually-hidden")
        with tag("select", name=field.name).on(
            "change", js_handler="(e) => e.target.form.requestSubmit()"
        ):
            for value, words in field.options.items():
                tag("option", words, value=value, selected=value == field.value)


def _search(field: SearchText) -> None:
    with tag("label", "", "field-inline search"):
        tag("span", field.label, "visually-hidden")
        icon("search")
        tag(
            "input",
            type="search",
            name=field.name,
            value=field.value,
            placeholder=field.label,
            maxlength="200",
        )
