"""What counts as too much: the fields that read a lot."""

from typing import Any

import pytest
from graphql import parse

from api.limits import check_cost
from api.schema import schema

_SEARCHED = """
query Searched($filter: TranscriptFilter%s) {
  transcripts(runId: "r", first: 100, filter: $filter) { edges { node {
    id nextId(filter: $filter) previousId(filter: $filter)
  } } }
}
"""


def refused(document: str, **variables: Any) -> bool:
    """Whether the document costs too much with these variables."""
    return bool(check_cost(schema._schema, parse(document), variables))


def repeated(field: str, times: int) -> str:
    """A document that asks for a field as often, under other names."""
    return "{ " + " ".join(f"a{n}: {field}" for n in range(times)) + " }"


def test_a_text_search_for_each_of_a_hundred_is_too_much() -> None:
    document = _SEARCHED % ""
    assert refused(document, filter={"search": "x"})
    assert not refused(document, filter={"passed": True})
    assert not refused(document)


def test_a_search_by_default_is_a_search() -> None:
    assert refused(_SEARCHED % ' = {search: "x"}')
    assert not refused(_SEARCHED % ' = {search: "x"}', filter=None)


@pytest.mark.parametrize(
    "field",
    [
        'transcripts(runId: "r", first: 1, filter: {search: "x"}) { edges { cursor } }',
        'rerunEstimate(input: {runId: "r"}) { errors { code } }',
    ],
)
def test_what_takes_a_fifth_of_a_second_can_be_asked_a_few_times(field: str) -> None:
    assert not refused(repeated(field, 5))
    assert refused(repeated(field, 11))


def test_estimates_can_be_asked_a_few_dozen_times() -> None:
    field = 'runEstimate(input: {definitionId: "d"}) { errors { code } }'
    assert not refused(repeated(field, 30))
    assert refused(repeated(field, 45))
