"""`assay grids`."""

import json
from pathlib import Path

from tests.integration.cli.conftest import Assay, count


def test_a_built_in_grid_is_exported_changed_imported_and_published(
    assay: Assay, tmp_path: Path, dsn: str
) -> None:
    assay("keys", "create", "me")
    listed = assay("grids", "list")
    assert listed.code == 0
    assert listed.out.count("built-in") == 4
    file = tmp_path / "code.yaml"
    exported = assay("grids", "export", "code", "-o", file)
    assert exported.code == 0
    assert "the built-in grid 'code': nothing is published" in exported.err
    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace("Style counts", "Style never counts"), encoding="utf-8")
    drafted = assay("grids", "import", file)
    assert (drafted.code, drafted.err) == (0, "")
    assert "code, version 1, is a draft." in drafted.out
    assert assay("grids", "export", "code").out == source
    published = assay("grids", "import", file, "--publish")
    assert "code, version 1, is published." in published.out
    assert "nothing changed" in assay("grids", "import", file).out
    assert assay("grids", "export", "code").out == file.read_text(encoding="utf-8")
    assert assay("grids", "export", "code", "--version", 1).code == 0
    assert count(dsn, "grid_versions") == 1
    found = {grid["name"]: grid for grid in json.loads(assay("grids", "list", "--json").out)}
    assert (found["code"]["published"], found["code"]["builtIn"]) == (1, False)
    assert found["model"]["builtIn"] is True


def test_a_grid_that_cant_be_used_is_2(assay: Assay, tmp_path: Path, dsn: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("name: bad\ncategories: []\n", encoding="utf-8")
    refused = assay("grids", "import", file)
    assert refused.code == 2
    assert "bad.yaml:2:13: categories: at least 1 of these must be given" in refused.err
    assert count(dsn, "grids") == 0
    assert assay("grids", "import", tmp_path / "none.yaml").code == 2
    assay("keys", "create", "me")
    for arguments in (("nothing",), ("code", "--version", 7)):
        unknown = assay("grids", "export", *arguments)
        assert (unknown.code, unknown.out) == (2, "")


def test_a_judge_is_imported_listed_and_judges_a_run(
    assay: Assay, tmp_path: Path, definition: Path, dsn: str
) -> None:
    file = tmp_path / "judge.yaml"
    file.write_text("name: strict\nprovider: simulated\ngrid: code\n", encoding="utf-8")
    assert "strict, version 1, is stored." in assay("evaluators", "import", file).out
    assert "says this already" in assay("evaluators", "import", file).out
    [listed] = json.loads(assay("evaluators", "list", "--json").out)
    assert (listed["name"], listed["version"]) == ("strict", 1)
    assert "simulated" in assay("evaluators", "list").out
    assert assay("eval", definition, "--evaluator", "strict").code == 0
    assert count(dsn, "evaluations") == count(dsn, "attempts")
    unknown = assay("eval", definition, "--evaluator", "nobody")
    assert unknown.code == 2
    assert "There is no evaluator 'nobody'." in unknown.err
    file.write_text("name: strict\nprovider: simulated\n", encoding="utf-8")
    refused = assay("evaluators", "import", file)
    assert refused.code == 2
    assert "judge.yaml:1:1: grid: this field is needed" in refused.err
