"""Scorers: what passes, what fails, and what is neither because it can't be read."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions import patterns
from engine.definitions.loader import validate_definition
from engine.evaluation.scorers import Score, Scorer, build_scorers, verdict
from engine.evaluation.scorers.numeric import read_number

ARM = {"label": "a", "provider": "recorded", "output": "x"}


def scorer(**fields: Any) -> Scorer:
    spec = validate_definition({"name": "d", "template": "x", "arms": [ARM], "scorers": [fields]})
    (built,) = build_scorers(spec.scorers)
    return built


def passed(output: str | None, **fields: Any) -> bool | None:
    """True, False, or None when unscored."""
    score = scorer(**fields).score(output, {"want": "Paris", "row": {}})
    assert (score.status == "unscored") == (score.passed is None) == (score.value is None)
    assert score.status == "scored" or score.reason
    return score.passed


@pytest.mark.parametrize(
    ("output", "fields", "result"),
    [
        ("Paris", {}, True),
        (" Paris\n", {}, True),
        (" Paris\n", {"strip": False}, False),
        ("paris", {}, False),
        ("paris", {"ignore_case": True}, True),
        ("", {}, False),
        (None, {}, None),
        ("The answer: Paris.", {"extract": r"answer: (\w+)|^\w+$"}, None),
        ("The answer: Paris.", {"extract": r"\w+(?=\W*$)"}, True),
        ("nothing", {"extract": r"P\w+"}, None),
    ],
)
def test_exact(output: str | None, fields: dict[str, Any], result: bool | None) -> None:
    assert passed(output, kind="exact", expected="{{ want }}", **fields) is result


@pytest.mark.parametrize(
    ("output", "fields", "result"),
    [
        ("I say Paris!", {"expected": "{{ want }}"}, True),
        ("I say paris!", {"expected": "{{ want }}"}, False),
        ("I say paris!", {"expected": "{{ want }}", "ignore_case": True}, True),
        ("a b", {"values": ["a", "b"]}, True),
        ("a", {"values": ["a", "b"]}, False),
        ("a", {"values": ["a", "b"], "mode": "any"}, True),
        ("c", {"values": ["a", "b"], "mode": "any"}, False),
        ("Paris", {"values": ["{{ want }}"]}, True),
        ("Paris", {"values": ["{{ row.get('x', '') }}"]}, None),
        ("a.c", {"values": ["a.*c"]}, False),
    ],
)
def test_contains(output: str, fields: dict[str, Any], result: bool | None) -> None:
    assert passed(output, kind="contains", **fields) is result


@pytest.mark.parametrize(
    ("output", "fields", "result"),
    [
        ("abc123", {"pattern": r"\d+"}, True),
        ("abc", {"pattern": r"\d+"}, False),
        ("abc123", {"pattern": r"\d+", "mode": "whole"}, False),
        ("123", {"pattern": r"\d+", "mode": "whole"}, True),
        ("ABC", {"pattern": "abc", "ignore_case": True}, True),
        ("x: 12", {"pattern": "^12$", "extract": r"x: (\d+)"}, True),
        ("y: 12", {"pattern": "^12$", "extract": r"x: (\d+)"}, None),
    ],
)
def test_regex(output: str, fields: dict[str, Any], result: bool | None) -> None:
    assert passed(output, kind="regex", **fields) is result


def test_a_pattern_without_end_is_unscored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        patterns.Pattern.__init__, "__kwdefaults__", {"ignore_case": False, "timeout_s": 0.05}
    )
    evil = "a" * 5000 + "b"
    for fields in (
        {"kind": "regex", "pattern": r"^(a|aa)+$"},
        {"kind": "exact", "expected": "x", "extract": r"^(a|aa)+$"},
        {"kind": "json_schema", "schema": {"items": {"pattern": r"^(a|aa)+$"}}},
    ):
        output = json.dumps([evil]) if fields["kind"] == "json_schema" else evil
        score = scorer(**fields).score(output, {})
        assert score.status == "unscored"
        assert "took longer than 0.05 s" in (score.reason or "")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"),
        (" 18.\n", "18"),
        ("18,", "18"),
        ("1,000", "1000"),
        ("1,234,567.50", "1234567.5"),
        ("$18", "18"),
        ("-$18.00", "-18"),
        ("$-18", "-18"),
        ("\N{MINUS SIGN}3", "-3"),
        ("+.5", "0.5"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("1,5", None),
        ("1000,000", None),
        ("10,00", None),
        ("50%", None),
        ("18 eggs", None),
        ("1 2", None),
        ("--1", None),
        ("-$-1", None),
        ("", None),
        (".", None),
        ("$", None),
        ("-", None),
        ("1.2.3", None),
        ("NaN", None),
        ("Infinity", None),
        ("1_000", None),
        ("١٢", None),
        ("1e5000", None),
        ("9" * 1001, None),
    ],
)
def test_what_is_a_number(text: str, number: str | None) -> None:
    assert read_number(text) == (None if number is None else Decimal(number))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_are_read_exactly(number: Decimal) -> None:
    assert read_number(f"{number:,f}") == number
    assert read_number(str(number)) == number


@pytest.mark.parametrize(
    ("output", "expected", "fields", "result"),
    [
        ("130001", "130000", {}, False),
        ("1,000", "1000", {}, True),
        ("18.", "18", {}, True),
        ("18.0", "18", {}, True),
        ("0.30000000000000000001", "0.3", {}, False),
        ("0.30000000000000000001", "0.3", {"tolerance": "1e-10"}, True),
        ("1.01", "1", {"tolerance": 0.01}, True),
        ("1.0100000000000000001", "1", {"tolerance": 0.01}, False),
        ("1e1000", "0", {"tolerance": "1"}, False),
        ("it is 18", "18", {}, None),
        ("18", "eighteen", {}, None),
        ("A: 1 then A: 18", "because\nA: 18", {"extract": r"A:\s*([-\d.,]+)"}, True),
        ("18", "A: 18", {"extract": r"A:\s*([-\d.,]+)"}, None),
        ("A: 18", "18", {"extract": r"A:\s*([-\d.,]+)"}, None),
        ("A: 1,5", "A: 15", {"extract": r"A:\s*([-\d.,]+)"}, None),
    ],
)
def test_numeric(output: str, expected: str, fields: dict[str, Any], result: bool | None) -> None:
    assert passed(output, kind="numeric", expected=expected, **fields) is result


def test_unscored_says_which_side_could_not_be_read() -> None:
    built = scorer(kind="numeric", expected="{{ x }}", extract=r"A: (\S+)")
    assert "the output could not be read" in (built.score("B", {"x": "A: 1"}).reason or "")
    assert "the expected text could not" in (built.score("A: 1", {"x": "B"}).reason or "")
    missing = built.score("A: 1", {})
    assert missing.status == "unscored"
    assert missing.reason is not None
    assert missing.reason.startswith("scorers[0].expected: 'x' is not known here")


LETTERS = ["A", "B", "C", "D"]
CITIES = ["York", "New York", "Paris"]


@pytest.mark.parametrize(
    ("options", "output", "chosen"),
    [
        (LETTERS, "B", "B"),
        (LETTERS, "b", "B"),
        (LETTERS, "(B).", "B"),
        (LETTERS, "**B**", "B"),
        (LETTERS, "B) Because it is so", "B"),
        (LETTERS, "The answer is B", "B"),
        (LETTERS, "The answer is: (B), not A.", "B"),
        (LETTERS, "Answer: **C**", "C"),
        (LETTERS, "The answer is A. No: the answer is D.", "D"),
        (LETTERS, "A dog has four legs, so (C)", "C"),
        (LETTERS, "I think it is C.", "C"),
        (LETTERS, "A dog has four legs", None),
        (LETTERS, "The answer is a matter of taste", None),
        (LETTERS, "(A) or (B)", None),
        (LETTERS, "Both (A) and (A)", "A"),
        (LETTERS, "", None),
        (LETTERS, "E", None),
        (LETTERS, "Abacus", None),
        (CITIES, "new york", "New York"),
        (CITIES, "I like New York best", "New York"),
        (CITIES, "I like york best", "York"),
        (CITIES, "Not Paris but New York", None),
        (CITIES, "Not Paris; the answer is New York", "New York"),
        (CITIES, "Parisian", None),
        (["yes", "no"], "Yes, it is.", "yes"),
        (["yes", "no"], "There is nothing", None),
        (["C", "C++"], "Answer: C++", "C++"),
    ],
)
def test_choice(options: list[str], output: str, chosen: str | None) -> None:
    built = scorer(kind="choice", expected="{{ want }}", options=options)
    for want in options:
        score = built.score(output, {"want": want})
        assert score.passed is (None if chosen is None else want == chosen), score
        assert chosen is None or score.actual == chosen


def test_a_choice_that_is_no_option_is_unscored() -> None:
    score = scorer(kind="choice", expected="X", options=LETTERS).score("A", {})
    assert "none of the options (A, B, C, D)" in (score.reason or "")


@given(
    st.sampled_from(LETTERS), st.sampled_from(["{}", "({})", "**{}**", "Answer: {}", "it is {}."])
)
def test_a_letter_alone_is_chosen_however_it_is_written(letter: str, form: str) -> None:
    score = scorer(kind="choice", expected=letter, options=LETTERS).score(form.format(letter), {})
    assert score.passed is True


SCHEMA = {
    "type": "object",
    "required": ["n"],
    "properties": {"n": {"type": "integer"}, "next": {"$ref": "#"}},
    "patternProperties": {"^x_": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ('{"n": 1}', True),
        ('{"n": 1, "next": {"n": 2}}', True),
        ('{"n": 1, "next": {}}', False),
        ('{"n": "1"}', False),
        ('{"n": 1, "x_a": 2}', False),
        ("[1]", False),
        ("not json", False),
        ('{"n": NaN}', False),
        ("", False),
        ('Here:\n```json\n{"n": 1}\n```\nDone.', True),
        ('```\n{"n": 1}\n```', True),
        ('```json\n{"n": "x"}\n```\nBetter:\n```json\n{"n": 1}\n```', True),
        ('```json\n{"n": 1}', False),
        ("[" * 100_000, False),
        (None, None),
    ],
)
def test_json_schema(output: str | None, result: bool | None) -> None:
    assert passed(output, kind="json_schema", schema=SCHEMA) is result


def test_a_schema_that_refers_to_itself_without_end_is_unscored() -> None:
    assert passed("1", kind="json_schema", schema={"$ref": "#"}) is None


def test_a_failed_schema_says_where() -> None:
    score = scorer(kind="json_schema", schema=SCHEMA).score('{"n": 1, "next": {"n": "a"}}', {})
    assert score.reason == "$.next.n: 'a' is not of type 'integer'"


def test_what_is_shown_can_be_stored_and_is_short() -> None:
    score = scorer(kind="exact", expected="x").score("a\0\ud800" + "b" * 5000, {})
    assert score.actual is not None
    assert len(score.actual) == 1000
    assert "\0" not in score.actual
    assert score.actual.encode()


SPECS: list[dict[str, Any]] = [
    {"kind": "exact", "expected": "{{ x }}"},
    {"kind": "choice", "expected": "{{ x }}", "options": LETTERS},
    {"kind": "contains", "expected": "{{ x }}", "ignore_case": True},
    {"kind": "regex", "pattern": r"A:\s*(\d+)"},
    {"kind": "numeric", "expected": "{{ x }}", "extract": r"[-\d.,]+", "tolerance": "0.5"},
    {"kind": "json_schema", "schema": SCHEMA},
]


@given(
    st.sampled_from(SPECS),
    st.none() | st.text() | st.text("0123456789.,-$eE+ "),
    st.none() | st.text() | st.integers(),
)
def test_no_output_makes_a_scorer_raise(
    fields: dict[str, Any], output: str | None, value: object
) -> None:
    built = scorer(**fields)
    for variables in ({"x": value}, {}):
        score = built.score(output, variables)
        assert Score.from_json(json.loads(json.dumps(score.to_json()))) == score
        assert built.score(output, variables) == score


def score_of(passes: bool | None) -> Score:
    if passes is None:
        return Score("s", "exact", "unscored", None, None)
    return Score("s", "exact", "scored", passes, float(passes))


@given(st.lists(st.sampled_from([True, False, None])))
def test_the_verdict_of_several_scores(passes: list[bool | None]) -> None:
    result = verdict(score_of(item) for item in passes)
    if not passes:
        assert (result.passed, result.score, result.unscored) == (None, None, False)
    elif False in passes:
        assert (result.passed, result.unscored) == (False, False)
        scored = [item for item in passes if item is not None]
        assert result.score == sum(scored) / len(scored)
    elif None in passes:
        assert (result.passed, result.score, result.unscored) == (None, None, True)
    else:
        assert (result.passed, result.score, result.unscored) == (True, 1.0, False)
