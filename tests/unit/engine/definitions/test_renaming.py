"""A definition under another name: what its author wrote stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.loader import parse_definition
from engine.definitions.renaming import renamed_source, renamed_spec
from engine.errors import InvalidInput

REST = "template: x  # why\narms:\n- {label: name, provider: recorded, output: name}\n"


def rename(source: str, name: str) -> str:
    """The source under the name; it must say what the renamed specification says."""
    spec = renamed_spec(parse_definition(source), name)
    text = renamed_source(source, spec)
    assert parse_definition(text) == spec
    return text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"# who\nname: old # keep\n{REST}", f"# who\nname: new one # keep\n{REST}"),
        (f"\ufeffname: old\n{REST}", f"\ufeffname: new one\n{REST}"),
        (f"# äöü 😀\nname: 'old'\n{REST}", f"# äöü 😀\nname: 'new one'\n{REST}"),
        (f'name: "old"\n{REST}', f'name: "new one"\n{REST}'),
        (f"{REST}name:\n  old\n", f"{REST}name:\n  new one\n"),
        (f"name: |-\n  old\n# c\n{REST}", f"name: new one\n# c\n{REST}"),
        (f"name: old\r\n{REST}", f"name: new one\r\n{REST}"),
        (f"description: &d old\nname: *d\n{REST}", f"description: &d old\nname: new one\n{REST}"),
        (f"description: name\nname: old\n{REST}", f"description: name\nname: new one\n{REST}"),
        ('{"template": "x", "name": "old", %s}', '{"template": "x", "name": "new one", %s}'),
    ],
)
def test_only_the_name_is_written_anew(source: str, expected: str) -> None:
    arms = '"arms": [{"label": "name", "provider": "recorded", "output": "x"}]'
    given, wanted = (text.replace("%s", arms) for text in (source, expected))
    assert rename(given, "new one") == wanted


def test_a_name_that_others_repeat_is_changed_alone() -> None:
    text = rename(f"name: &n old\ndescription: *n\n{REST}", "new")
    assert parse_definition(text).description == "old"


def test_a_name_from_a_merge_key_is_found_nowhere_and_changed_all_the_same() -> None:
    assert "name: new" in rename(f"<<: {{name: old}}\n{REST}", "new")


NAMES = st.one_of(
    st.sampled_from(
        ["yes", "1", "a: b", "a #b", "- x", "*x", "'", '"', "a, b]", "null", "{x", "\\"]
    ),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool),
)


@given(
    NAMES,
    st.sampled_from(["name: old # c", "name: 'old' # c", 'name: "old" # c', "name: >-\n  old"]),
)
def test_every_name_can_be_given(name: str, line: str) -> None:
    text = rename(f"{line}\n{REST}", name)
    assert text.endswith(REST)


@given(NAMES)
def test_every_name_can_be_given_in_json(name: str) -> None:
    arms = '"arms": [{"label": "a", "provider": "recorded", "output": "x"}]'
    text = rename(f'{{"name": "old", "template": "x", {arms}}}', name)
    assert json.loads(text)["name"] == name


@pytest.mark.parametrize("name", ["", " a", "a\nb", "x" * 201])
def test_what_is_no_name(name: str) -> None:
    spec = parse_definition(f"name: old\n{REST}")
    with pytest.raises(InvalidInput) as caught:
        renamed_spec(spec, name)
    assert caught.value.field == "name"
