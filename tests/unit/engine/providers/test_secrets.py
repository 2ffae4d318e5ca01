import pickle
import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine.errors import InvalidInput
from engine.providers.secrets import MissingSecret, Reference, Secret, parse_reference, resolve


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-something\n")
    assert resolve("env:MODEL_KEY").reveal() == "sk-something"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_that_is_not_set_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("MODEL_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MODEL_KEY", value)
    with pytest.raises(MissingSecret, match="MODEL_KEY is not set") as caught:
        resolve("env:MODEL_KEY")
    assert caught.value.code == "SECRET_MISSING"


def test_a_file_without_its_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"sk-from-file\r\n")
    assert resolve(f"file:{path}").reveal() == "sk-from-file"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"),
        (b"\n", "is empty"),
        (b"x" * 20_000, "too large"),
        (b"\xff\xfe", "not text"),
        (b"two\nlines", "line breaks"),
        ("schlüssel".encode(), "other characters"),
    ],
)
def test_a_file_that_holds_no_key(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingSecret, match=words) as caught:
        resolve(f"file:{path}")
    assert "two" not in caught.value.message


@pytest.mark.parametrize(
    "reference",
    [
        "sk-proj-abcdefgh",
        "",
        "env:",
        "env:A B",
        "env:1A",
        "file:relative/path",
        "file:",
        "keyring:openai",
        "keyring:/x",
        "vault:secret",
        "ENV:X",
    ],
)
def test_what_is_no_reference_is_refused_without_being_repeated(reference: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_reference(reference, field="arms.0.api_key")
    assert caught.value.field == "arms.0.api_key"
    assert "abcdefgh" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "ASSAY_SESSION_SECRET", "assay_anything", "PGPASSWORD"]
)
def test_no_definition_can_have_assays_own_settings_sent_out(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "private")
    with pytest.raises(InvalidInput, match="own setting"):
        resolve(f"env:{name}")


def test_references_are_taken_apart() -> None:
    assert parse_reference("keyring:my/service/me") == Reference("keyring", "my/service/me")
    assert str(parse_reference("file:/run/secrets/key")) == "file:/run/secrets/key"


def test_a_keyring_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingSecret, match="pip install keyring"):
        resolve("keyring:assay/openai")


def test_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {("my/assay", "openai"): "sk-ring"}

    def get_password(service: str, name: str) -> str | None:
        if service == "locked":
            raise OSError("sk-ring is locked")
        return entries.get((service, name))

    keyring = ModuleType("keyring")
    keyring.get_password = get_password  # type: ignore[attr-defined]  # made here
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert resolve("keyring:my/assay/openai").reveal() == "sk-ring"
    with pytest.raises(MissingSecret, match="keyring set assay other"):
        resolve("keyring:assay/other")
    with pytest.raises(MissingSecret, match="OSError") as caught:
        resolve("keyring:locked/x")
    assert "sk-ring" not in caught.value.message


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("sk-hidden")
    shown = f"{secret} {secret!r} {secret:>20} " + repr([secret]) + "%s" % secret  # noqa: UP031
    assert "hidden" not in shown
    assert "********" in shown
    with pytest.raises(TypeError, match="reference instead"):
        pickle.dumps(secret)
