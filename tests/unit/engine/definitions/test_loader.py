"""Definitions from YAML: what is accepted, and that every mistake is named with its place."""

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions.errors import InvalidDefinition, Problem
from engine.definitions.loader import (
    dump_definition,
    load_definition,
    parse_definition,
    validate_definition,
)
from engine.definitions.spec import PROVIDERS, DefinitionSpec
from engine.providers.registry import PROVIDERS as ADAPTERS

GSM8K = r"""
name: gsm8k
template: "{{ question }}"             # Jinja2
dimensions: {}
dataset: {path: model_solutions.jsonl, id: null}
arms:
  - label: 175b_verification
    provider: recorded
    output: "{{ row['175b_verification']['solution'] }}"
  - label: gpt
    provider: openai
    model: gpt-4o-mini
    params: {temperature: 0}
scorers:
  - {kind: numeric, expected: "{{ ground_truth }}", extract: 'A:\s*([-\d.,]+)'}
repeats: 1
"""
OPENAI = "name: a\ntemplate: x\narms: [{label: a, provider: openai, model: m, "
BASE = "name: a\ntemplate: x\narms:\n  - {label: a, provider: recorded, output: x}\n"


def problems(text: str) -> list[Problem]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(text, filename="x.yaml")
    return list(caught.value.problems)


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_the_example_of_the_documentation() -> None:
    spec = parse_definition(GSM8K)
    assert [arm.label for arm in spec.arms] == ["175b_verification", "gpt"]
    assert spec.scorers[0].kind == "numeric"
    assert spec.dataset is not None
    assert spec.dataset.path == "model_solutions.jsonl"
    assert spec.repeats == 1


def test_the_providers_are_those_that_have_an_adapter() -> None:
    assert set(PROVIDERS) == set(ADAPTERS)


def test_every_error_comes_at_once_with_line_column_and_field() -> None:
    text = (
        GSM8K.replace("{{ question }}", "{{ question }")
        .replace("label: gpt", "label: 12")
        .replace("repeats: 1", "repeats: 0\nrepeat: 1")
    )
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(text, filename="dir/x.yaml")
    assert caught.value.message.splitlines() == [
        "dir/x.yaml:3:11: template: the template can't be read: unexpected '}'",
        (
            "dir/x.yaml:10:12: arms[1].label: this must be text, and YAML reads it as a number: "
            "quote it"
        ),
        "dir/x.yaml:16:10: repeats: input should be greater than or equal to 1",
        "dir/x.yaml:17:1: repeat: there is no such field here; did you mean 'repeats'?",
    ]
    assert caught.value.code == "INVALID_DEFINITION"
    assert caught.value.field == "template"


def test_a_line_within_a_block_is_the_line_of_the_file() -> None:
    problem = only(BASE.replace("template: x", "template: |\n  hello\n\n  {{ a b }}"))
    assert (problem.line, problem.field) == (5, "template")


@pytest.mark.parametrize(
    ("text", "field", "part"),
    [
        (BASE.replace("name: a", "name: no"), "name", "quote it"),
        (BASE.replace("label: a", "label: on"), "arms[0].label", "quote it"),
        (BASE + "dimensions: {say: [yes, 'no']}", "dimensions.say[0]", "quote it"),
        (BASE + "dimensions: {on: [1]}", "dimensions.on", "quote it"),
        (BASE.replace("name: a", "name: 010"), "name", "another number"),
        (BASE.replace("name: a", "name: 12:30"), "name", "another number"),
        (BASE.replace("name: a", "name: 2024-01-01"), "name", "date"),
        (BASE + "dimensions: {t: [1e3]}", "dimensions.t[0]", "1.0e+3"),
        (BASE + "dimensions: {t: [.inf]}", "dimensions.t[0]", "plain decimal"),
        (BASE + "description: !!binary aGk=", "description", "tags"),
        (BASE + "template: y", "template", "twice"),
        (BASE + 'description: "a\\0b"', "description", "NUL"),
        (BASE + "? [a]\n: 1", "", "key must be text"),
        (BASE + "dimensions: &d {x: *d}", "dimensions.x", "into itself"),
    ],
)
def test_the_traps_of_yaml_are_named(text: str, field: str, part: str) -> None:
    problem = only(text)
    assert problem.field == field
    assert part in problem.message
    assert problem.line is not None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("# nothing", "empty"),
        ("- a", "mapping"),
        ("a: b: c", "quote"),
        ("a: [1", "not YAML"),
        ("a: *b", "not YAML"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("a: \x07", "not YAML"),
        ("[" * 100_000, "nested deeper"),
        ("x: " * 3 + "{" * 100_000, "not YAML"),
        ("a: " + "x" * 5_000_001, "longer than"),
    ],
)
def test_what_is_no_definition_at_all(text: str, part: str) -> None:
    assert part in only(text).message


def test_an_alias_bomb_is_refused_before_it_opens() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    assert "with its aliases" in only("\n".join(lines)).message


def test_anchors_and_merge_keys_can_be_used() -> None:
    spec = parse_definition(
        "name: a\ntemplate: x\narms:\n"
        "  - &one {label: a, provider: openai, model: m, params: &p {temperature: 0}}\n"
        "  - {<<: *one, label: b}\n"
        "  - {label: c, provider: openai, model: m, params: *p}\n"
    )
    assert spec.arms[1].model == "m"
    assert spec.arms[2].params == {"temperature": 0}


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        (("output: x", "params: {}"), "arms[0].output", "needs output"),
        (("output: x", "output: x, model: m"), "arms[0].model", "no use"),
        (("recorded, output: x", "openai"), "arms[0].model", "needs a model"),
        (("recorded, output: x", "openai_compatible, model: m"), "arms[0].base_url", "needs"),
        (("recorded, output: x", "openai, model: m, output: x"), "arms[0].output", "no output"),
        (("recorded", "recordd"), "arms[0].provider", "'recorded'"),
        (("recorded", "simulated, params: {latency_ms: -1}"), "arms[0].params.latency_ms", "0"),
        (("output: x", "output: x, concurrency: 0"), "arms[0].concurrency", "greater"),
        (("output: x", "output: x, timeout_s: 0"), "arms[0].timeout_s", "greater"),
        (("output: x", "output: x, timeout_s: soon"), "arms[0].timeout_s", "valid number"),
        (("output: x", "output: x, timeout_s: true"), "arms[0].timeout_s", "valid number"),
        (("output: x", "output: x, params: {a: {1: 2}}"), "arms[0].params.a", "not text"),
        (("label: a", "label: ' a'"), "arms[0].label", "space"),
        (("label: a", 'label: "a\\nb"'), "arms[0].label", "line breaks"),
        (("  - {", "  - {label: a, provider: recorded, output: x}\n  - {"), "arms", "two arms"),
        (("template: x", ""), "", "either `template`"),
        (("template: x", "template: x\nsystem: '{% if'"), "system", "can't be read"),
        (("name: a", "name: ''"), "name", "empty"),
        (("name: a", "dataset: {}\nname: a"), "dataset.path", "needed"),
        (("name: a", "dataset: {path: a, format: xml}\nname: a"), "dataset.format", "'csv'"),
        (("name: a", "dimensions: {a: []}\nname: a"), "dimensions.a", "no level"),
        (("name: a", "dimensions: {a: [1, '1']}\nname: a"), "dimensions.a", "two levels"),
        (("name: a", "dimensions: {a-b: [1]}\nname: a"), "dimensions.a-b", "letters"),
        (("name: a", "dimensions: {row: [1]}\nname: a"), "dimensions.row", "meaning"),
        (("name: a", "dimensions: {a: [[1]]}\nname: a"), "dimensions.a[0]", "mapping"),
        (("name: a", "dimensions: {a: [{label: x}]}\nname: a"), "dimensions.a[0].value", "needed"),
        (("name: a", "repeats: '1'\nname: a"), "repeats", "integer"),
        (("name: a", "messages: [{role: user, content: x}]\nname: a"), "", "not both"),
        (("template: x", "messages: []"), "messages", "at least 1"),
    ],
)
def test_mistakes_in_fields(change: tuple[str, str], field: str, part: str) -> None:
    problem = only(BASE.replace(*change, 1))
    assert problem.field == field
    assert part in problem.message
    assert problem.line is not None


@pytest.mark.parametrize(
    ("scorer", "field", "part"),
    [
        ("{kind: nope}", "scorers[0]", "none of exact"),
        ("{expected: x}", "scorers[0]", "`kind` is needed"),
        ("{kind: exact}", "scorers[0].expected", "needed"),
        ("{kind: exact, expcted: x, expected: x}", "scorers[0].expcted", "'expected'"),
        ("{kind: numeric, expected: x, extract: '('}", "scorers[0].extract", "missing )"),
        ("{kind: numeric, expected: x, tolerance: -1}", "scorers[0].tolerance", "zero or more"),
        ("{kind: numeric, expected: x, tolerance: abc}", "scorers[0].tolerance", "decimal"),
        ("{kind: numeric, expected: x, tolerance: 'NaN'}", "scorers[0].tolerance", "zero or more"),
        ("{kind: regex}", "scorers[0].pattern", "needed"),
        ("{kind: regex, pattern: x, expected: x}", "scorers[0].expected", "no such field"),
        ("{kind: choice, expected: A, options: [A]}", "scorers[0].options", "at least 2"),
        ("{kind: choice, expected: A, options: [A, a]}", "scorers[0].options", "the same"),
        ("{kind: contains}", "scorers[0]", "either `expected`"),
        ("{kind: contains, expected: x, values: [x]}", "scorers[0]", "not both"),
        ("{kind: contains, values: ['{{']}", "scorers[0].values[0]", "can't be read"),
        ("{kind: json_schema, schema: 5}", "scorers[0].schema", "mapping"),
        ("{kind: json_schema}", "scorers[0].schema", "needed"),
        ("{kind: json_schema, schema: {type: foo}}", "scorers[0].schema", "not a JSON Schema"),
        ("{kind: json_schema, schema: {$ref: 'http://a/b'}}", "scorers[0].schema", "looked up"),
        ("{kind: json_schema, schema: {$ref: '#/$defs/a'}}", "scorers[0].schema", "not in this"),
        ("{kind: json_schema, schema: {pattern: '('}}", "scorers[0].schema", "JSON Schema"),
        ("{kind: exact, expected: x}, {kind: exact, expected: y}", "scorers", "two scorers"),
    ],
)
def test_mistakes_in_scorers(scorer: str, field: str, part: str) -> None:
    problem = only(f"{BASE}scorers: [{scorer}]")
    assert problem.field == field
    assert part in problem.message


@pytest.mark.parametrize(
    "field",
    [
        "api_key: sk-SECRET123",
        "api_key: 'env:sk-SECRET123'",
        "api_key: 'SECRET123:x'",
        "api_key: 0o7SECRET123",
        "params: {api_key: sk-SECRET123}",
        "params: {Authorization: SECRET123}",
        "base_url: 'https://user:SECRET123@host/v1'",
        "base_url: 'https://host/v1?key=SECRET123'",
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(field: str) -> None:
    text = f"name: a\ntemplate: x\narms: [{{label: a, provider: openai, model: m, {field}}}]"
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(text)
    assert "SECRET123" not in str(caught.value)
    assert "SECRET123" not in repr(caught.value.problems)


@pytest.mark.parametrize("digits", ["00123456", "12_345", "2024-01-01", "0x1f2f3f"])
def test_a_key_that_looks_like_a_number_is_not_repeated_either(digits: str) -> None:
    text = f"{OPENAI}api_key: {digits}}}]"
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(text)
    assert digits not in str(caught.value)
    assert caught.value.problems[0].field == "arms[0].api_key"


@pytest.mark.parametrize("reference", ["env:OPENAI_API_KEY", "file:/run/key", "keyring:assay/me"])
def test_a_reference_to_a_secret_is_accepted(reference: str) -> None:
    text = f"{OPENAI}api_key: '{reference}'}}]"
    assert parse_definition(text).arms[0].api_key == reference


def test_json_is_checked_without_lines() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        validate_definition({"name": "a", "template": "x", "arms": [{"label": 1}]})
    assert [(p.line, p.field) for p in caught.value.problems] == [
        (None, "arms[0].label"),
        (None, "arms[0].provider"),
    ]
    with pytest.raises(InvalidDefinition, match="mapping"):
        validate_definition([])
    with pytest.raises(InvalidDefinition, match="not a JSON number"):
        validate_definition({"name": "a", "arms": float("nan")})


def test_a_file_is_loaded_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    loaded = load_definition(path)
    assert loaded.base_dir == tmp_path.resolve()
    assert loaded.source_text == BASE


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"name: a\ntemplate: \xe9\n")
    with pytest.raises(InvalidDefinition, match=r"latin\.yaml:2: the file is not UTF-8"):
        load_definition(latin)
    with pytest.raises(InvalidDefinition, match="there is no such file"):
        load_definition(tmp_path / "none.yaml")
    with pytest.raises(InvalidDefinition, match="can't be read"):
        load_definition(tmp_path)


NAMES = st.text(string.ascii_letters + "_", min_size=1, max_size=8).filter(
    lambda name: name not in {"row", "labels"}
)
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0{")).map(
    lambda text: text[:60]
)
LABELS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda text: text == text.strip())
SCALARS = (
    PLAIN
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["no", "1e3", "010", "12:30", "~", "2024-01-01", "=", "<<", "|", " a\n b"])
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3)
)


@st.composite
def definitions(draw: st.DrawFn) -> DefinitionSpec:
    levels = st.lists(
        st.fixed_dictionaries({"label": LABELS, "value": JSON}),
        min_size=1,
        max_size=3,
        unique_by=lambda level: level["label"],
    )
    labels = draw(st.lists(LABELS, min_size=1, max_size=3, unique=True))
    data: dict[str, Any] = {
        "name": draw(LABELS),
        "description": draw(PLAIN),
        "template": draw(PLAIN),
        "system": draw(st.none() | PLAIN),
        "dimensions": draw(st.dictionaries(NAMES, levels, max_size=3)),
        "arms": [
            {
                "label": label,
                "provider": "openai",
                "model": draw(LABELS),
                "params": {"stop": draw(st.lists(LABELS, min_size=1, max_size=2)), "seed": 3},
                "timeout_s": draw(st.integers(1, 100) | st.floats(0.5, 100)),
            }
            for label in labels
        ],
        "scorers": [
            {"kind": "exact", "expected": draw(PLAIN), "ignore_case": draw(st.booleans())},
            {"kind": "json_schema", "schema": {"const": draw(JSON)}},
            {"kind": "numeric", "expected": "1", "tolerance": draw(st.sampled_from(["0", "0.10"]))},
        ],
        "repeats": draw(st.integers(1, 5)),
    }
    return validate_definition(data)


@settings(max_examples=150, deadline=None)
@given(definitions())
def test_what_is_written_is_read_back_as_the_same(spec: DefinitionSpec) -> None:
    assert parse_definition(dump_definition(spec)) == spec
    assert validate_definition(spec.model_dump(mode="json")) == spec


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("{}[]:,-&*!|>'\"%@ \nab1?#", max_size=60))
def test_any_text_is_a_definition_or_a_clear_error(text: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(text)
    assert all(problem.message for problem in caught.value.problems)
