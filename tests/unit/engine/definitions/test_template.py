"""Templates: strict, repeatable, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions import template as templates
from engine.definitions.template import InvalidTemplate, compile_template


def render(source: str, **variables: object) -> str:
    return compile_template(source, "template").render(variables)


@given(st.text())
def test_a_value_is_put_in_as_it_is(value: str) -> None:
    assert render("<{{ x }}>\n", x=value) == f"<{value}>\n"


def test_html_is_not_escaped_also_in_json() -> None:
    assert render("{{ x }} {{ x | tojson }}", x="<a>&'ü") == "<a>&'ü \"<a>&'ü\""


def test_text_without_anything_to_fill_in_comes_back_as_it_is() -> None:
    assert render("a { b } 100%\n\n") == "a { b } 100%\n\n"


def test_an_undefined_name_is_an_error_that_says_what_exists() -> None:
    with pytest.raises(InvalidTemplate, match=r"'questoin' is not known.*'question'") as caught:
        render("{{ questoin }}", question="x", row={})
    assert caught.value.field == "template"


def test_a_column_that_cannot_stand_alone_is_explained() -> None:
    with pytest.raises(InvalidTemplate, match=r"row\['its name'\]"):
        compile_template("{{ 175b_verification }}", "f")
    assert render("{{ row['175b x'] }}", row={"175b x": 1}) == "1"


def test_a_missing_column_names_near_ones() -> None:
    with pytest.raises(InvalidTemplate, match=r"did you mean 'answer'\?"):
        render("{{ row['anwser'] }}", row={"answer": 1})


def test_errors_name_the_line() -> None:
    with pytest.raises(InvalidTemplate, match=r"^line 3: ") as caught:
        render("a\nb\n{{ 1 / zero }}", zero=0)
    assert caught.value.line == 3
    with pytest.raises(InvalidTemplate) as syntax:
        compile_template("a\n{% if %}", "f")
    assert syntax.value.line == 2


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 100000000 }}",
        "{{ 100000000 * 'a' }}",
        "{{ [1] * 100000000 }}",
        "{{ 'a' | center(100000000) }}",
        "{{ 'a'.center(100000000) }}",
        "{{ 'a'.ljust(100000000) }}",
        "{{ '1'.zfill(100000000) }}",
        "{{ '%0100000000d' % 1 }}",
        "{{ '%0100000000d' | format(1) }}",
        "{{ '{:>100000000}'.format(1) }}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ range(100000000) | list }}",
        "{{ '%*d' % (100000000, 1) }}",
        "{{ x | list | slice(100000000) | list }}",
        "{{ [x] * 900000 }}",
        "{{ [x] * 900000 ~ '' }}",
        "{{ ([x] * 900000) | string }}",
        "{{ ([x] * 900000) | tojson }}",
        "{{ ([x] * 900000) | join }}",
        "{{ range(90000) | join(x) }}",
        "{% set n = namespace(x=x) %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n=namespace(x=1)%}{% for i in range(60)%}{% set n.x=[n.x]*2%}{% endfor%}{{n.x}}",
        "{{ x.replace('', x) }}",
        "{{ x | replace('', x) }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}aaaaaaaa{% endfor %}{% endfor %}",
    ],
)
def test_a_template_cannot_make_endless_text(source: str) -> None:
    with pytest.raises(InvalidTemplate):
        render(source, x="a" * 50_000)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
    ],
)
def test_a_template_reaches_nothing_and_changes_nothing(source: str) -> None:
    values: list[int] = []
    with pytest.raises(InvalidTemplate):
        render(source, x=values)
    assert values == []


@pytest.mark.parametrize("source", ["{{ lipsum() }}", "{{ [1, 2] | random }}"])
def test_nothing_random_can_be_asked_for(source: str) -> None:
    with pytest.raises(InvalidTemplate):
        render(source)


@pytest.mark.parametrize(
    "source", ["{% include 'a' %}", "{% extends 'a' %}", "{% import 'a' as b %}"]
)
def test_other_templates_cannot_be_used(source: str) -> None:
    with pytest.raises(InvalidTemplate, match="no other templates"):
        compile_template(source, "f")


def test_a_macro_that_calls_itself_without_end_is_an_error() -> None:
    with pytest.raises(InvalidTemplate, match="without end"):
        render("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")


def test_required_names_leave_out_what_has_a_default() -> None:
    template = compile_template(
        "{{ a }}{{ b | default('x') }}{% if c is defined %}{{ c }}{% endif %}"
        "{% for d in range(2) %}{{ d }}{% endfor %}",
        "f",
    )
    assert template.names == {"a"}


def test_useful_things_still_work() -> None:
    assert render("{{ 'ab' * 3 }}{{ 2 ** 8 }}{{ '%05.1f' % 2 }}{{ 'a'.center(3) }}") == (
        "ababab256002.0 a "
    )
    assert render("{{ a ~ 1 ~ [2] }} {{ r | join(',', 'n') }}", a="x", r=[{"n": 1}, {"n": 2}]) == (
        "x1[2] 1,2"
    )
    assert render("{{ items | join(', ') }}{{ 7 * 6 }}", items=["a", "b"]) == "a, b42"
    assert render("{{ text | indent(2) | replace('b', 'c') }}", text="a\nb") == "a\n  c"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) if range(99999)|sum %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% for i in range(9999) recursive %}{{ loop(range(9999)) if loop.depth < 9 }}{% endfor %}",
        "{% set r = range(90000)|list %}{% for i in range(9000) %}{{ r|sum }}{% endfor %}",
    ],
)
def test_a_template_that_would_never_end(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A million of them would take this test a minute.
    monkeypatch.setattr(templates, "MAX_STEPS", 200_000)
    template = compile_template(source, "template")
    with pytest.raises(InvalidTemplate, match="more than 200,000 steps"):
        template.render({})
    # The next rendering begins anew.
    assert compile_template("{{ [1, 2]|sum }}", "template").render({}) == "3"


def test_loops_know_where_they_are() -> None:
    source = (
        "{% for n in [3, 4, 5] if n != 4 %}{{ loop.index }}/{{ loop.length }}:{{ n }}"
        "{{ ' ' if not loop.last }}{% else %}none{% endfor %}"
    )
    assert compile_template(source, "template").render({}) == "1/2:3 2/2:5"
