"""Which arms a run has, and how they differ from those that they come from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.spec import DefinitionSpec
from engine.errors import InvalidInput
from engine.runs.arms import ArmChange, ArmDifference, DifferenceKind, choose_arms, differences

SOURCE: dict[str, Any] = {
    "name": "d",
    "template": "Hello",
    "arms": [
        {
            "label": "remote",
            "provider": "openai_compatible",
            "model": "small",
            "base_url": "http://localhost:8000/v1",
            "params": {"temperature": 0, "seed": 7},
        },
        {"label": "local", "provider": "simulated", "params": {"latency_ms": 5}},
    ],
}
SPEC = DefinitionSpec.model_validate(SOURCE)
STORED = SPEC.model_dump(mode="json")


def chosen(labels: list[str] | None, *changes: ArmChange) -> list[dict[str, Any]]:
    """The arms as they are stored."""
    return [a.model_dump(mode="json") for a in choose_arms(STORED, SPEC.arms, labels, changes)]


def test_without_a_change_arms_are_those_of_the_definition() -> None:
    assert chosen(None) == STORED["arms"]
    assert [arm["label"] for arm in chosen(["local"])] == ["local"]


def test_a_change_leaves_the_rest_of_the_arm_as_it_is() -> None:
    remote, local = chosen(None, ArmChange("remote", model="large", params={"temperature": 1}))
    assert remote == STORED["arms"][0] | {"model": "large", "params": {"temperature": 1}}
    assert local == STORED["arms"][1]


def test_a_further_arm_is_like_another_or_of_a_provider() -> None:
    arms = chosen(
        ["local"],
        ArmChange("hot", based_on="remote", params={"temperature": 1}),
        ArmChange("new", provider="openai", model="gpt-4o-mini"),
    )
    assert [arm["label"] for arm in arms] == ["local", "hot", "new"]
    assert arms[1] == STORED["arms"][0] | {"label": "hot", "params": {"temperature": 1}}
    assert (arms[2]["provider"], arms[2]["params"]) == ("openai", {})


@pytest.mark.parametrize(
    ("labels", "changes", "field", "words"),
    [
        (["nobody"], [], "arms", "no arm 'nobody'; there are 'remote', 'local'"),
        ([], [], "arms", "at least one arm"),
        (None, [ArmChange("local")] * 101, "arm_changes", "At most 100"),
        (["local"], [ArmChange("remote", model="x")], "arm_changes[0].label", "not chosen"),
        (None, [ArmChange("new")], "arm_changes[0].label", "basedOn or provider"),
        (None, [ArmChange("new", based_on="x")], "arm_changes[0].based_on", "no arm 'x'"),
        (None, [ArmChange("local", provider="openai")], "arm_changes[0].label", "another label"),
        (None, [ArmChange("local"), ArmChange("local")], "arm_changes[1].label", "twice"),
        (None, [ArmChange("new", provider="nobody")], "arm_changes[0].provider", "'new'"),
        (None, [ArmChange("new", provider="openai")], "arm_changes[0].model", "needs a model"),
        (None, [ArmChange(" x", based_on="local")], "arm_changes[0].label", "space"),
        (None, [ArmChange("local", params=[1])], "arm_changes[0].params", "mapping"),
        (None, [ArmChange("remote", params={"api_key": "x"})], "arm_changes[0].params", "secret"),
        (None, [ArmChange("remote", model="a\0")], "arm_changes[0].model", "NUL"),
    ],
)
def test_what_can_not_be_run_names_its_field(
    labels: list[str] | None, changes: list[ArmChange], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        chosen(labels, *changes)
    assert caught.value.field == field


def test_a_secret_is_not_repeated_in_the_error() -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen(None, ArmChange("remote", params={"api_key": "sk-hidden"}))
    assert "sk-hidden" not in caught.value.message


def test_differences_are_told_one_by_one() -> None:
    after = chosen(
        ["remote"],
        ArmChange("remote", model="large", params={"temperature": 1, "top_p": 0.5}),
        ArmChange("hot", based_on="remote"),
    )
    changed = DifferenceKind.CHANGED
    assert differences(STORED["arms"], after) == [
        ArmDifference(changed, "remote", "model", "small", "large"),
        ArmDifference(changed, "remote", "params.seed", 7, None),
        ArmDifference(changed, "remote", "params.temperature", 0, 1),
        ArmDifference(changed, "remote", "params.top_p", None, 0.5),
        ArmDifference(DifferenceKind.ADDED, "hot"),
        ArmDifference(DifferenceKind.LEFT_OUT, "local"),
    ]


@given(
    st.dictionaries(
        st.sampled_from(["temperature", "seed", "top_p"]), st.none() | st.integers(0, 2)
    )
)
def test_differences_are_none_exactly_where_nothing_is_other(params: dict[str, Any]) -> None:
    arm = STORED["arms"][0]
    found = differences([arm], [arm | {"params": params}])
    given_ = {k: v for k, v in params.items() if v is not None}
    assert (not found) == (given_ == arm["params"])
