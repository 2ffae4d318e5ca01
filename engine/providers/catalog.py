"""The models that a person can pick from a list. Any other can be named all the same.

Without a file of one's own, the list is taken from the genai-prices package: OpenAI's models
that are priced per token of text, which is what a chat completion uses. A file (YAML) replaces
it:

    - {provider: openai, id: gpt-4o-mini, title: GPT-4o mini, context_window: 128000}
    - {provider: openai_compatible, id: my-model}
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from engine.errors import InvalidInput
from engine.providers.registry import PROVIDERS, provider_info

MAX_FILE_BYTES: Final = 1024 * 1024

# families that take and give something other than chat messages, or are no longer served
_NOT_CHAT = re.compile(
    r"audio|realtime|transcribe|tts|whisper|image|embedding|moderation|live|search|computer-use"
    r"|deep-research|instruct|codex|translate|davinci|^ft:|\.ft-|:|^(ada|babbage|curie)\b"
    r"|vision|^gpt-3\.5-0301|^gpt-oss|-pro$"
)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model in the list. ``context_window`` is in tokens, None where it isn't known."""

    provider: str
    id: str
    title: str
    context_window: int | None = None


def models(path: Path | None = None) -> Sequence[KnownModel]:
    """List the known models, by provider and id.

    ``path`` names a YAML file to read instead of the built-in list. Raises InvalidInput (field
    ``models_file``) with the entry at fault if it can't be used.
    """
    return _built_in() if path is None else _from_file(path)


@lru_cache(maxsize=1)
def _built_in() -> tuple[KnownModel, ...]:
    # imported here: its data take most of a second to load
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    found: list[KnownModel] = []
    for name, info in PROVIDERS.items():
        if info.default_base_url is None:
            continue
        provider = get_snapshot().find_provider(None, None, info.default_base_url)
        found += [
            KnownModel(name, model.id, model.name or model.id, model.context_window)
            for model in provider.models
            if not _NOT_CHAT.search(model.id) and not model.deprecated and _is_priced(model.prices)
        ]
    return _in_order(found)


def _is_priced(prices: Any) -> bool:
    current = prices[-1].prices if isinstance(prices, list) else prices
    return current.input_mtok is not None and current.output_mtok is not None


def _in_order(found: Iterable[KnownModel]) -> tuple[KnownModel, ...]:
    return tuple(sorted(found, key=lambda model: (model.provider, model.id)))


def _from_file(path: Path) -> tuple[KnownModel, ...]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _wrong(f"{path} is too large to be a list of models.")
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(f"{path} can't be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(f"{path} is not YAML: {error}") from error
    if not isinstance(entries, list):
        raise _wrong(f"{path} must be a list of models, each with provider and id.")
    found = [_entry(path, number, entry) for number, entry in enumerate(entries, start=1)]
    return _in_order({(model.provider, model.id): model for model in found}.values())


def _entry(path: Path, number: int, entry: object) -> KnownModel:
    where = f"{path}, entry {number}"
    known = ("provider", "id", "title", "context_window")
    if not isinstance(entry, dict) or any(name not in known for name in entry):
        raise _wrong(f"{where}: an entry has {', '.join(known)}.")
    provider, model_id = entry.get("provider"), entry.get("id")
    if not isinstance(provider, str) or not isinstance(model_id, str) or not model_id:
        raise _wrong(f"{where}: provider and id are needed, as text.")
    try:
        provider_info(provider)
    except InvalidInput as error:
        raise _wrong(f"{where}: {error.message}") from None
    title, window = entry.get("title", model_id), entry.get("context_window")
    if not isinstance(title, str):
        raise _wrong(f"{where}: title must be text.")
    if window is not None and (type(window) is not int or window <= 0):
        raise _wrong(f"{where}: context_window must be a whole number of tokens.")
    return KnownModel(provider, model_id, title, window)


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, field="models_file")
