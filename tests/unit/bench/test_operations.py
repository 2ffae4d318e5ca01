"""Every query that a page makes is measured, with variables that it takes."""

from pathlib import Path

import pytest
from graphql import build_schema, parse
from graphql.execution.values import get_variable_values
from graphql.language import OperationDefinitionNode

from bench.operations import documents, variables

SCHEMA = build_schema(
    (Path(__file__).resolve().parents[3] / "schema.graphql").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", documents())
def test_an_operation_is_asked_with_variables_that_it_takes(name: str) -> None:
    asked = variables("run", "other", ["a", "b"], "attempt", "definition", "grid")[name]
    [operation] = [
        node
        for node in parse(documents()[name]).definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    declared = operation.variable_definitions or ()
    read = get_variable_values(SCHEMA, declared, dict(asked))
    assert not isinstance(read, list), read
    assert set(asked) <= {node.variable.name.value for node in declared}
