from pathlib import Path

import pytest

from engine.errors import InvalidInput
from engine.providers.catalog import KnownModel, models


def test_the_built_in_list_holds_chat_models_only() -> None:
    found = {model.id: model for model in models()}
    assert found["gpt-4o-mini"] == KnownModel("openai", "gpt-4o-mini", "gpt 4o mini", 128_000)
    assert {"gpt-4o", "gpt-4.1", "o3"} <= set(found)
    assert not {"whisper-1", "tts-1", "text-embedding-3-small", "gpt-image-1"} & set(found)
    assert list(found) == sorted(found)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(
        "- {provider: openai_compatible, id: llama}\n"
        "- {provider: openai, id: gpt-x, title: GPT X, context_window: 8192}\n"
    )
    assert list(models(path)) == [
        KnownModel("openai", "gpt-x", "GPT X", 8192),
        KnownModel("openai_compatible", "llama", "llama"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"),
        ("{", "not YAML"),
        ("models: 1", "must be a list"),
        ("- gpt", "entry 1"),
        ("- {provider: openai}", "provider and id"),
        ("- {provider: openai, id: a}\n- {provider: nobody, id: a}", "entry 2.*nobody"),
        ("- {provider: openai, id: a, price: 3}", "an entry has"),
        ("- {provider: openai, id: a, title: 3}", "title"),
        ("- {provider: openai, id: a, context_window: -3}", "context_window"),
        ("- {provider: openai, id: a}\n" * 50_000, "too large"),
    ],
)
def test_a_file_that_can_not_be_used(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "models.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=words):
        models(path)
