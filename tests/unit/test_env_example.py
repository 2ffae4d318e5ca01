"""`.env.example` says all that can be set, and nothing else."""

import re
from pathlib import Path

from pydantic.fields import FieldInfo

from engine.settings import Settings

_FILE = Path(__file__).resolve().parents[2] / ".env.example"
_SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$")


def _variable(name: str, field: FieldInfo) -> str:
    return str(field.validation_alias or f"ASSAY_{name.upper()}")


def _documented() -> dict[str, tuple[str, str]]:
    """The value and the comment before each variable of the file."""
    found: dict[str, tuple[str, str]] = {}
    comment: list[str] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if setting := _SETTING.match(line):
            assert setting[1] not in found, f"{setting[1]} stands there twice"
            found[setting[1]] = (setting[2], " ".join(comment))
            comment = []
        elif line.startswith("# "):
            comment.append(line.removeprefix("# "))
        else:
            comment = []
    return found


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(_documented()) == {
        _variable(name, field) for name, field in Settings.model_fields.items()
    }


def test_each_has_its_description_and_its_default() -> None:
    documented = _documented()
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else str(field.default)
        assert field.description
        assert documented[_variable(name, field)] == (default, field.description)


def test_uncommenting_everything_changes_nothing(tmp_path: Path) -> None:
    text = _FILE.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if _SETTING.match(line)]
    given = [line.removeprefix("#") for line in lines if not line.endswith("=")]
    assert len(given) > 5
    path = tmp_path / ".env"
    path.write_text("\n".join(given), encoding="utf-8")
    assert Settings(_env_file=path) == Settings(_env_file=None)
