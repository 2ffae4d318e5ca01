"""Which arms take part in a run, and what is other in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.components.arm_choice import ArmChoices


def arms() -> ArmChoices:
    """Two that can be called and one that can't."""
    remote = {"label": "remote", "provider": "openai", "model": "m", "params": {"seed": 7}}
    local: dict[str, Any] = {"label": "local", "provider": "simulated", "model": None, "params": {}}
    dear = {**remote, "label": "dear"}
    return ArmChoices(
        [
            {**remote, "unavailableReason": None},
            {**local, "unavailableReason": None},
            {**dear, "unavailableReason": "no key"},
        ]
    )


def test_as_they_are_there_is_no_change() -> None:
    made = arms()
    assert (made.labels(), made.changes(), made.problem()) == (["remote", "local"], None, None)


def test_only_what_is_other_is_a_change() -> None:
    made = arms()
    remote, local, _ = made.all
    remote.model = " large "
    local.params = '{"latency_ms": 3}'
    assert made.changes() == [
        {"label": "remote", "model": "large"},
        {"label": "local", "params": {"latency_ms": 3}},
    ]
    remote.reset()
    assert made.changes() == [{"label": "local", "params": {"latency_ms": 3}}]
    local.ticked = False
    assert made.changes() is None


def test_parameters_that_are_taken_out_are_a_change() -> None:
    made = arms()
    made.all[0].params = ""
    assert made.changes() == [{"label": "remote", "params": {}}]


def test_a_further_arm_has_a_name_of_its_own() -> None:
    made = arms()
    first, second = made.add_like("remote"), made.add_like("remote")
    assert [first.label, second.label] == ["remote 2", "remote 3"]
    first.params = '{"seed": 8}'
    assert made.labels() == ["remote", "local"]
    assert made.changes() == [
        {"label": "remote 2", "basedOn": "remote", "params": {"seed": 8}},
        {"label": "remote 3", "basedOn": "remote"},
    ]
    second.label = "remote 2"
    assert made.problem() == "Two arms are called remote 2."
    second.label = " "
    assert "needs a name" in (made.problem() or "")


def test_a_further_arm_of_a_provider_names_its_model() -> None:
    made = arms()
    made.add_of("openai").model = "gpt"
    assert made.changes() == [{"label": "openai 2", "provider": "openai", "model": "gpt"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON: line 1, column 2"),
        ('{\n"a": }', "line 2, column 6"),
        ("[1]", "a JSON object"),
        ('{"a": NaN}', "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_parameters_that_are_no_object_are_told_where(text: str, words: str) -> None:
    made = arms()
    made.all[1].params = text
    assert words in (made.problem() or "")


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_change_or_a_problem(text: str) -> None:
    made = arms()
    made.all[1].params = text
    read: dict[str, Any] | None = made.all[1].read_params()
    assert (made.problem() is None) == (read is not None)
