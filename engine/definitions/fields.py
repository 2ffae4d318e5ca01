"""The kinds of field that the models of a definition are made of."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr
from pydantic_core import PydanticCustomError

from engine.definitions.errors import Path, field_name
from engine.definitions.patterns import Pattern, PatternError
from engine.definitions.template import InvalidTemplate, compile_template

JsonScalar: TypeAlias = str | int | float | bool | None


class SpecModel(BaseModel):
    """A part of a definition: never changed after it is made, and nothing in it is ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        # A field may hold what should have been a secret reference: no error repeats its value.
        hide_input_in_errors=True,
        serialize_by_alias=True,
    )


def fail(message: str, **context: Any) -> PydanticCustomError:
    """An error of a validator; the message is shown as it is."""
    return PydanticCustomError("definition", "{text}", {"text": message, **context})


def _check_template(source: str) -> str:
    try:
        compile_template(source, "")
    except InvalidTemplate as error:
        raise fail(error.message, template_line=error.line) from None
    return source


def _check_pattern(source: str) -> str:
    try:
        Pattern(source)
    except PatternError as error:
        raise fail(str(error)) from None
    return source


def _check_label(text: str) -> str:
    if text != text.strip() or not text:
        raise fail("it must not be empty, nor begin or end with a space")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise fail("it must not hold line breaks or other control characters")
    return text


TemplateText = Annotated[StrictStr, AfterValidator(_check_template)]
PatternText = Annotated[StrictStr, AfterValidator(_check_pattern)]
LabelText = Annotated[StrictStr, Field(max_length=200), AfterValidator(_check_label)]


def json_problem(value: object) -> str | None:
    """What in ``value`` can't be stored as JSON in the database; None when nothing."""
    found = find_json_problem(value)
    if found is None:
        return None
    path, message = found
    return f"{field_name(path)}: {message}" if path else message


def find_json_problem(value: object, path: Path = ()) -> tuple[Path, str] | None:
    """As :func:`json_problem`, with the place inside the value apart."""
    message: str | None = None
    if isinstance(value, str):
        message = text_problem(value)
    elif isinstance(value, float):
        message = None if math.isfinite(value) else f"{value} is not a JSON number"
    elif isinstance(value, Mapping):
        return _mapping_problem(value, path)
    elif isinstance(value, list | tuple):
        items = (find_json_problem(item, (*path, index)) for index, item in enumerate(value))
        return next(filter(None, items), None)
    elif value is not None and not isinstance(value, int):
        message = f"a {type(value).__name__} is not JSON; quote it to keep it as text"
    return None if message is None else (path, message)


def _mapping_problem(value: Mapping[Any, Any], path: Path) -> tuple[Path, str] | None:
    for key, item in value.items():
        if not isinstance(key, str):
            return path, f"the key {key!r} is not text: quote it"
        if message := text_problem(key):
            return path, message
        if found := find_json_problem(item, (*path, key)):
            return found
    return None


def text_problem(text: str) -> str | None:
    """Why the database could not hold this text; None when it can."""
    if "\0" in text:
        return "the text holds a NUL character (\\u0000), which can't be stored: remove it"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "the text holds half of a surrogate pair: it is not valid Unicode"
    return None
