"""The committed schema is what the code says, and breaking it is noticed."""

from pathlib import Path

from api.limits import COSTS
from api.schema import check, main, schema, sdl

_ROOT = Path(__file__).resolve().parents[3]


def test_the_committed_schema_is_up_to_date() -> None:
    assert check(_ROOT / "schema.graphql") == []


def test_drift_and_breaking_changes_are_named(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    assert main(["--write", str(file)]) == 0
    assert main(["--check", str(file)]) == 0
    file.write_text(
        sdl().replace("type Viewer {", "type Viewer {\n  shoeSize: Int"), encoding="utf-8"
    )
    assert main(["--check", str(file)]) == 1
    assert any("Viewer.shoeSize was removed" in problem for problem in check(file))
    file.unlink()
    assert check(file)


def test_costs_name_fields_that_exist() -> None:
    for name in COSTS:
        kind, _, field = name.partition(".")
        assert field in schema._schema.type_map[kind].fields, name  # type: ignore[attr-defined]  # an object type
