"""`assay eval --budget`: what it says, and how it ends, when the budget is too small."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Assay, count, fetch

# Nobody is called: the first call could cost more than the budget.
DEAR = """\
name: dear
template: "Say {{ word }}"
dimensions:
  word: [a, b]
arms:
  - {label: dear, provider: openai, model: gpt-4o, params: {max_tokens: 1000}}
scorers:
  - {kind: exact, expected: "{{ word }}"}
"""


def test_a_run_that_pauses_at_its_budget_says_how_to_go_on_and_is_no_success(
    assay: Assay, tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-used")
    file = tmp_path / "dear.yaml"
    file.write_text(DEAR, encoding="utf-8")
    result = assay("eval", file, "--budget", "0.001", "--json")
    assert result.code == 1
    [(run_id, status)] = fetch(dsn, "SELECT id, status FROM runs")
    assert status == "PAUSED"
    assert '"status": "PAUSED"' in result.out
    assert "Paused: Budget of $0.0010 reached: spent $0.00" in result.err
    assert f"runs budget {run_id} USD" in result.err
    assert f"runs resume {run_id} --wait" in result.err
    assert count(dsn, "attempts") == 0
