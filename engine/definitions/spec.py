"""What a definition says: the models behind the YAML file and the stored version."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    StrictInt,
    StrictStr,
    field_validator,
    model_serializer,
    model_validator,
)

from engine.definitions.fields import (
    JsonScalar,
    LabelText,
    SpecModel,
    TemplateText,
    fail,
    find_json_problem,
)
from engine.definitions.scorer_spec import SCORER_KINDS, ScorerSpec
from engine.definitions.template import compile_template
from engine.errors import AssayError
from engine.providers.registry import ArmConfig, check_arm

__all__ = [
    "DATASET_FORMATS",
    "PROVIDERS",
    "RESERVED_NAMES",
    "SCORER_KINDS",
    "ArmSpec",
    "DatasetSpec",
    "DefinitionSpec",
    "Level",
    "MessageSpec",
    "ScorerSpec",
]

PROVIDERS = ("recorded", "simulated", "openai", "openai_compatible")
DATASET_FORMATS = ("csv", "jsonl", "json", "parquet")
RESERVED_NAMES = ("row", "labels")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/.+|keyring:[^/]+/.+")
_SECRET_PARAMS = frozenset(
    {"api_key", "apikey", "api-key", "authorization", "password", "secret", "token", "access_token"}
)


def _twice(items: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None


def _scalar_label(value: JsonScalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


class Level(SpecModel):
    """One level of a dimension: what it is called, and what templates see."""

    label: LabelText
    value: Any

    @model_validator(mode="before")
    @classmethod
    def _from_scalar(cls, data: object) -> object:
        if data is None or isinstance(data, str | int | float):
            text = _scalar_label(data)
            if text != text.strip() or not text or len(text) > 200 or "\n" in text:
                raise fail("this level needs a short name: write {label: ..., value: ...}")
            return {"label": text, "value": data}
        return data

    @model_serializer
    def _shortest(self) -> Any:
        scalar = self.value is None or isinstance(self.value, str | int | float)
        if scalar and _scalar_label(self.value) == self.label:
            return self.value
        return {"label": self.label, "value": self.value}


class MessageSpec(SpecModel):
    """One message of the conversation; ``content`` is a template."""

    role: Literal["system", "user", "assistant"]
    content: TemplateText


class DatasetSpec(SpecModel):
    """Where the rows are. ``path`` is relative to the definition's file; ``id`` is the column that
    identifies a row (None: its number); ``format`` follows from the suffix when it is None."""

    path: Annotated[StrictStr, Field(min_length=1, max_length=4096)]
    id: Annotated[StrictStr, Field(min_length=1, max_length=500)] | None = None
    format: Literal["csv", "jsonl", "json", "parquet"] | None = None


def _check_secret_reference(value: str) -> str:
    if not _SECRET_REFERENCE.fullmatch(value):
        raise fail(
            "this must say where the key is, never the key itself: "
            "env:NAME, file:/path or keyring:service/name"
        )
    return value


class ArmSpec(SpecModel):
    """A provider, a model and its parameters, under a label. ``timeout_s`` is for one call."""

    label: LabelText
    provider: Literal["recorded", "simulated", "openai", "openai_compatible"]
    model: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    output: TemplateText | None = None
    base_url: Annotated[StrictStr, Field(max_length=2000)] | None = None
    api_key: Annotated[StrictStr, AfterValidator(_check_secret_reference)] | None = None
    concurrency: Annotated[StrictInt, Field(ge=1, le=10_000)] | None = None
    timeout_s: Annotated[float, Field(strict=True, gt=0, le=3600)] = 60

    @field_validator("params")
    @classmethod
    def _no_secret(cls, params: dict[str, Any]) -> dict[str, Any]:
        for name in params:
            if name.lower() in _SECRET_PARAMS:
                raise fail(f"a secret has no place here ({name}): give a reference in `api_key`")
        return params

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            valid = False
        if not valid:
            raise fail("this must be an address such as http://localhost:8000/v1")
        if parts.username is not None or parts.password is not None:
            raise fail(
                "the address must not hold a user or password: give a reference in `api_key`"
            )
        if parts.query or parts.fragment:
            raise fail("the address must end with its path: no ? or # part")
        return value

    @model_validator(mode="after")
    def _fits_provider(self) -> "ArmSpec":
        if self.provider == "recorded" and self.model is not None:
            raise fail("provider recorded has no use for `model`: remove it", key="model")
        config = ArmConfig(
            provider=self.provider,
            model=self.model,
            params=self.params,
            output=None if self.output is None else compile_template(self.output, "output").render,
            base_url=self.base_url,
            api_key=self.api_key,
            timeout_s=self.timeout_s,
        )
        try:
            check_arm(config)
        except AssayError as error:
            path = tuple((error.field or "").split(".")) if error.field else ()
            raise fail(error.message, key=path) from None
        return self


class DefinitionSpec(SpecModel):
    """A whole definition. Its prompt is either ``template`` (one user message, after ``system``
    when that is given) or ``messages``."""

    name: LabelText
    description: StrictStr = Field(default="", max_length=10_000)
    system: TemplateText | None = None
    template: TemplateText | None = None
    messages: tuple[MessageSpec, ...] | None = Field(default=None, min_length=1, max_length=1000)
    dimensions: dict[StrictStr, tuple[Level, ...]] = Field(default_factory=dict)
    dataset: DatasetSpec | None = None
    arms: tuple[ArmSpec, ...] = Field(min_length=1, max_length=100)
    scorers: tuple[ScorerSpec, ...] = Field(default=(), max_length=100)
    repeats: Annotated[StrictInt, Field(ge=1, le=1000)] = 1

    @model_validator(mode="before")
    @classmethod
    def _only_json(cls, data: object) -> object:
        if isinstance(data, dict) and (found := find_json_problem(data)):
            path, message = found
            raise fail(message, key=path)
        return data

    @field_validator("dimensions")
    @classmethod
    def _check_dimensions(
        cls, dimensions: dict[str, tuple[Level, ...]]
    ) -> dict[str, tuple[Level, ...]]:
        for name, levels in dimensions.items():
            if not _IDENTIFIER.fullmatch(name):
                raise fail(
                    f"dimension {name!r}: a name is made of letters, digits and _, "
                    "and does not begin with a digit",
                    key=name,
                )
            if name in RESERVED_NAMES:
                raise fail(f"dimension {name!r}: this name has a meaning of its own", key=name)
            if not levels:
                raise fail(f"dimension {name!r} has no level: give one or remove it", key=name)
            if label := _twice(level.label for level in levels):
                raise fail(f"dimension {name!r} has two levels called {label!r}", key=name)
        return dimensions

    @field_validator("arms")
    @classmethod
    def _distinct_arms(cls, arms: tuple[ArmSpec, ...]) -> tuple[ArmSpec, ...]:
        if label := _twice(arm.label for arm in arms):
            raise fail(f"two arms have the label {label!r}")
        return arms

    @field_validator("scorers")
    @classmethod
    def _distinct_scorers(cls, scorers: tuple[ScorerSpec, ...]) -> tuple[ScorerSpec, ...]:
        if name := _twice(scorer.name or scorer.kind for scorer in scorers):
            raise fail(f"two scorers are called {name!r}: give one of them another `name`")
        return scorers

    @model_validator(mode="after")
    def _one_prompt(self) -> "DefinitionSpec":
        if (self.template is None) == (self.messages is None):
            raise fail("give either `template` (one user message) or `messages`, and not both")
        if self.messages is not None and self.system is not None:
            raise fail("with `messages`, write the system message as their first", key="system")
        return self

    @property
    def message_specs(self) -> tuple[MessageSpec, ...]:
        """The conversation, however it was written."""
        if self.messages is not None:
            return self.messages
        system = (MessageSpec(role="system", content=self.system),) if self.system else ()
        return (*system, MessageSpec(role="user", content=self.template or ""))
