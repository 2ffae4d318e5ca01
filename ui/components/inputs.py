"""Fields of a form, as the browser has them.

They set `defaultValue`: a `value` would be written back over what is being typed whenever
anything else on the page is drawn again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui.events import GenericEventArguments

from ui.components.base import Tag, tag

Changed = Callable[[str], Any]


def text_field(
    label: str,
    value: str,
    changed: Changed,
    *,
    kind: str = "text",
    hint: str = "",
    **attributes: Any,
) -> Tag:
    """A line of text or a number; ``changed`` gets what is in it at every key."""
    with tag("label", "", "field"):
        tag("span", label)
        field = tag("input", "", "control", type=kind, autocomplete="off", **attributes)
        field.props["defaultValue"] = value
        _listen(field, "input", changed)
        if hint:
            tag("span", hint, "muted small").classes("hint")
    return field


def code_field(
    label: str, value: str, changed: Changed, *, rows: int = 24, at_every_key: bool = False
) -> Tag:
    """Lines of code; ``changed`` gets them when the field is left, or at every key."""
    with tag("label", "", "field"):
        tag("span", label)
        field = tag(
            "textarea",
            "",
            "control mono",
            rows=str(rows),
            spellcheck="false",
            wrap="off",
            autocapitalize="off",
        )
        field.props["defaultValue"] = value
        _listen(field, "input" if at_every_key else "change", changed)
    return field


def prose_field(label: str, value: str, changed: Changed, *, rows: int = 2, hint: str = "") -> Tag:
    """Lines of text; ``changed`` gets them at every key."""
    with tag("label", "", "field"):
        tag("span", label)
        field = tag("textarea", "", "control", rows=str(rows))
        field.props["defaultValue"] = value
        _listen(field, "input", changed)
        if hint:
            tag("span", hint, "muted small").classes("hint")
    return field


def check_box(
    label: str,
    checked: bool,
    changed: Callable[[bool], Any],
    *,
    note: str = "",
    disabled: bool = False,
) -> Tag:
    """A box to tick, with a note under its label."""
    with tag("label", "", "check is-off" if disabled else "check"):
        box = tag("input", type="checkbox", checked=checked, disabled=disabled)
        box.on(
            "change",
            lambda event: changed(bool(event.args)),
            js_handler="(e) => emit(e.target.checked)",
        )
        with tag("span", "", "two-lines"):
            tag("span", label, "muted" if disabled else "")
            if note:
                tag("span", note, "sub")
    return box


def radio_group(
    legend: str, options: Mapping[str, str], value: str, changed: Changed, *, name: str
) -> None:
    """One of several; ``name`` sets it apart from other groups of the page."""
    with tag("fieldset"):
        tag("legend", legend)
        for key, words in options.items():
            with tag("label", "", "check"):
                _listen(
                    tag("input", type="radio", name=name, value=key, checked=key == value),
                    "change",
                    changed,
                )
                tag("span", words)


def select_field(label: str, options: Mapping[str, str], value: str, changed: Changed) -> Tag:
    """One of many."""
    with tag("label", "", "field"):
        tag("span", label)
        with tag("select", "", "control") as field:
            for key, words in options.items():
                tag("option", words, value=key, selected=key == value)
        _listen(field, "change", changed)
    return field


def _listen(field: Tag, event: str, changed: Changed) -> None:
    def heard(arguments: GenericEventArguments) -> Any:
        return changed(str(arguments.args))

    field.on(event, heard, js_handler="(e) => emit(e.target.value)")
