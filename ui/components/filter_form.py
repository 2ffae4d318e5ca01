"""Filters as a form that writes the address: what is seen can be sent to someone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from ui.components.base import link, tag
from ui.components.icon import icon
from ui.components.still import still_part
from ui.texts import _


@dataclass(frozen=True, slots=True)
class Choice:
    """A list to choose from: ``options`` maps the value in the address to its words."""

    name: str
    label: str
    options: Mapping[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class Several:
    """Some of a few: the address has the values with commas between them."""

    name: str
    label: str
    options: Mapping[str, str]
    values: Sequence[str]

    @property
    def value(self) -> str:
        """As it stands in the address."""
        return ",".join(self.values)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Anything may be typed; ``options`` are suggested."""

    name: str
    label: str
    options: Sequence[str]
    value: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as ISO 8601 has it."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are folded away, and applied together by a button."""

    label: str
    fields: Sequence["Choice | Suggestion | Day | SearchText"]


@dataclass(frozen=True, slots=True)
class SearchText:
    """Words to look for."""

    name: str
    label: str
    value: str


Field: TypeAlias = Choice | Several | Suggestion | Day | SearchText


def filter_form(
    path: str,
    fields: Sequence[Field | Group],
    hidden: Mapping[str, str] | None = None,
    *,
    clearable: bool = True,
) -> None:
    """Choosing applies at once, text at Enter, what is folded by its button. Empty fields stay out
    of the address.

    What must always be chosen is not ``clearable``.
    """
    with (
        still_part(),
        tag("form", "", "filters", method="get", action=path, role="search", data_filter=True),
    ):
        for name, value in (hidden or {}).items():
            tag("input", type="hidden", name=name, value=value)
        for field in fields:
            if isinstance(field, Group):
                _group(field)
            elif isinstance(field, Several):
                _several(field)
            else:
                _field(field)
        if clearable and any(map(_given, fields)):
            kept = "&".join(f"{name}={value}" for name, value in (hidden or {}).items())
            link(_("Clear filters"), f"{path}?{kept}" if kept else path, "button button-quiet")


def _given(field: Field | Group) -> bool:
    return any(map(_given, field.fields)) if isinstance(field, Group) else bool(field.value)


def _field(field: Choice | Suggestion | Day | SearchText, *, folded: bool = False) -> None:
    """A field with its label: over it where there is room, else for screen readers alone."""
    search = " search" if isinstance(field, SearchText) else ""
    with tag("label", "", "field" if folded else f"field-inline{search}"):
        tag("span", field.label, "" if folded else "visually-hidden")
        if isinstance(field, Choice):
            _choice(field, at_once=not folded)
        elif isinstance(field, Suggestion):
            _suggestion(field, at_once=not folded)
        elif isinstance(field, Day):
            tag("input", "", "control", type="date", name=field.name, value=field.value)
        else:
            _search(field)


def _several(field: Several) -> None:
    chosen = [field.options[value] for value in field.values]
    words = ", ".join(chosen) if len(chosen) <= 2 else str(len(chosen))
    with _folded(f"{field.label}: {words}" if chosen else field.label), tag("fieldset"):
        tag("legend", field.label, "visually-hidden")
        for value, name in field.options.items():
            with tag("label", "", "check"):
                ticked = value in field.values
                tag("input", type="checkbox", name=field.name, value=value, checked=ticked)
                tag("span", name)


def _group(group: Group) -> None:
    given = sum(map(_given, group.fields))
    with _folded(f"{group.label} ({given})" if given else group.label):
        for field in group.fields:
            _field(field, folded=True)


@contextmanager
def _folded(words: str) -> Iterator[None]:
    with tag("details", "", "menu"):
        tag("summary", words, "button")
        with tag("div", "", "menu-panel"):
            yield
            tag("button", _("Apply"), "button button-primary", type="submit")


def _choice(field: Choice, *, at_once: bool) -> None:
    with tag("select", name=field.name, data_at_once=at_once):
        for value, words in field.options.items():
            tag("option", words, value=value, selected=value == field.value)


def _suggestion(field: Suggestion, *, at_once: bool) -> None:
    listed = f"suggested-{field.name}"
    tag(
        "input",
        "",
        "control",
        name=field.name,
        value=field.value,
        placeholder=field.label,
        list=listed,
        autocomplete="off",
        maxlength="200",
        data_at_once=at_once,
    )
    with tag("datalist", id=listed):
        for value in field.options:
            tag("option", value=value)


def _search(field: SearchText) -> None:
    icon("search")
    tag(
        "input",
        type="search",
        name=field.name,
        value=field.value,
        placeholder=field.label,
        maxlength="200",
    )
