"""Whatever is asked, over whatever data: the answer is the stock executor's, errors and all."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any, Final, NoReturn

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, execute, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.permission import BasePermission
from strawberry.scalars import JSON
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.plain.executor import PlainExecutor


class Never(BasePermission):
    """Nobody may."""

    message = "you may not"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return False


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Point:
    x: int
    y: float | None


@strawberry.type
class Thing(Named):
    number: int | None
    needed: int
    share: float | None
    flag: bool
    key: strawberry.ID
    colour: Colour | None
    at: datetime
    money: Decimal | None
    anything: JSON | None
    words: list[str]
    holes: list[int | None] | None
    grid: list[list[int]]
    point: Point | None
    points: list[Point]
    things: "list[Thing]"
    maybe_things: "list[Thing | None] | None"
    named: list[Named]

    @strawberry.field
    def twice(self, times: int = 2) -> int:
        return times * 2

    @strawberry.field
    async def later(self) -> Point | None:
        await asyncio.sleep(0)
        return self.point

    @strawberry.field
    async def later_things(self) -> "list[Thing]":
        return self.things

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("broken on purpose")

    hidden: str | None = strawberry.field(permission_classes=[Never], default="hidden")


@strawberry.type
class Query:
    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing]:
        found: list[Thing] = info.context
        return found

    @strawberry.field
    def thing(self, info: strawberry.Info) -> Thing | None:
        found: list[Thing] = info.context
        return found[0] if found else None


SCHEMA: Final = strawberry.Schema(Query)._schema

GOOD: Final[dict[str, list[Any]]] = {
    "name": ["", "Ä\u0000"],
    "number": [None, 0, -(2**31)],
    "needed": [1, True],
    "share": [None, 0.5, 3],
    "flag": [True, False],
    "key": ["k", 5],
    "colour": [None, Colour.RED, Colour.BLUE],
    "at": [datetime(2026, 1, 2, 3, tzinfo=UTC)],
    "money": [None, Decimal("0.10")],
    "anything": [None, {"a": [1, None]}, "text", 7],
    "words": [[], ["a", "b"], ("c",)],
    "holes": [None, [], [1, None]],
    "grid": [[], [[1], [], [2, 3]]],
}
BAD: Final[dict[str, list[Any]]] = {
    "name": [None, object(), ValueError("a value")],
    "number": [2**31, "7", 0.5],
    "needed": [None, "x"],
    "share": [float("nan"), float("inf"), "much"],
    "flag": [None, "yes"],
    "key": [None, 0.5],
    "colour": ["red", "green", Point],
    "at": [None, "today"],
    "money": [object()],
    "anything": [KeyError("k")],
    "words": [None, "abc", [None], [3], {"s"}],
    "holes": [["x"], 5],
    "grid": [[None], [[None]], [3]],
    "point": [Point],
    "points": [[None], None],
    "things": [[None], [Point(x=1, y=None)], [SimpleNamespace(key="k", point=None)]],
    "maybe_things": [[Point(x=1, y=None)]],
    "named": [[None], [Point(x=1, y=None)]],
}


@st.composite
def points(draw: st.DrawFn) -> Point:
    return Point(x=draw(st.sampled_from([0, 1, 2**40])), y=draw(st.sampled_from([None, 1.5])))


@st.composite
def things(draw: st.DrawFn, depth: int = 0) -> Thing:
    values: dict[str, Any] = {name: draw(st.sampled_from(good)) for name, good in GOOD.items()}
    below = st.lists(things(depth + 1), max_size=2) if depth < 2 else st.just([])
    values["point"] = draw(st.none() | points())
    for name, kind in {
        "points": st.lists(points(), max_size=3),
        "things": below,
        "maybe_things": st.none() | below.map(lambda found: [*found, None]),
        "named": below,
    }.items():
        values[name] = draw(kind)
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(BAD)))
        values[name] = draw(st.sampled_from(BAD[name]))
    return Thing(**values)


LEAVES: Final = (
    *("name", "number", "needed", "share", "flag", "key", "colour", "at", "money", "anything"),
    *("words", "holes", "grid", "twice", "broken", "hidden", "__typename"),
    *("twice(times: 4)", "twice(times: $times)"),
)
OBJECTS: Final = {
    "point": "Point",
    "points": "Point",
    "later": "Point",
    "things": "Thing",
    "maybeThings": "Thing",
    "laterThings": "Thing",
    "named": "Named",
}
FIELDS: Final = {
    "Point": ("x", "y", "__typename"),
    "Named": ("name", "__typename"),
    "Thing": LEAVES,
}
DIRECTIVES: Final = ("", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: false)")


@st.composite
def selections(draw: st.DrawFn, kind: str = "Thing", depth: int = 0) -> str:
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        choices = ["leaf", "fragment"]
        if kind == "Thing" and depth < 3:
            choices.append("object")
        what = draw(st.sampled_from(choices))
        directive = draw(st.sampled_from(DIRECTIVES))
        number = draw(st.integers(0, 2))
        alias = draw(st.sampled_from(("", f"a{number}_{len(parts)}_{depth}: ")))
        if what == "leaf":
            leaf = draw(st.sampled_from(FIELDS[kind]))
            if leaf.startswith("twice"):
                alias = f"t{LEAVES.index(leaf)}: "
            parts.append(f"{alias}{leaf}{directive}")
        elif what == "object":
            name = draw(st.sampled_from(sorted(OBJECTS)))
            inner = draw(selections(OBJECTS[name], depth + 1))
            parts.append(f"{alias}{name}{directive} {{ {inner} }}")
        elif depth < 3:
            on = "Thing" if kind == "Named" and draw(st.booleans()) else kind
            inner = draw(selections(on, depth + 1))
            parts.append(f"... on {on}{directive} {{ {inner} }}")
        else:
            parts.append("...P" if kind == "Point" else "...N")
    return " ".join(parts)


async def answer(query: str, yes: bool, found: list[Thing], executor: type) -> ExecutionResult:
    done = execute(
        SCHEMA,
        parse(query),
        context_value=found,
        variable_values={"yes": yes, "times": 3},
        executor_class=executor,
    )
    result = await done if isawaitable(done) else done
    # What an error elsewhere has made needless still ends.
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    assert isinstance(result, ExecutionResult)
    return result


def shown(result: ExecutionResult) -> tuple[bytes, list[str]]:
    """The data with the order of its fields, and the errors."""
    data = orjson.dumps(result.data, default=str)
    return data, sorted(str(error.formatted) for error in result.errors or [])


@given(
    selection=selections(),
    found=st.lists(things(), max_size=3),
    yes=st.booleans(),
    root=st.sampled_from(["things", "thing"]),
)
@settings(max_examples=60, deadline=None)
def test_the_answer_is_the_stock_executors(
    selection: str, found: list[Thing], yes: bool, root: str
) -> None:
    query = (
        f"query ($yes: Boolean!, $times: Int) {{ {root} {{ {selection} }} "
        "again: things { x: key @include(if: $yes) twice(times: $times) ...N later { ...P } } } "
        "fragment P on Point { x px: x y } fragment N on Named { n: name __typename }"
    )
    if validate(SCHEMA, parse(query)):
        return  # two selections that can't be merged

    async def both() -> None:
        stock = await answer(query, yes, found, StrawberryGraphQLCoreExecutionContext)
        plain = await answer(query, yes, found, PlainExecutor)
        assert shown(plain) == shown(stock)

    asyncio.run(both())


INNER: Final = {"Point": "{ x y }", "Thing": "{ key point { x } }", "Named": "{ name }"}
ASKED: Final = {
    name: f"{answered} {INNER[OBJECTS[answered]]}" if answered in OBJECTS else answered
    for name in (*GOOD, *(name for name in BAD if name not in GOOD))
    for answered in ["maybeThings" if name == "maybe_things" else name]
}
AROUND: Final = (
    "{{ things {{ {0} }} }}",
    "{{ things {{ needed {0} later {{ x }} flag }} }}",
    "{{ thing {{ {0} }} }}",
    "{{ thing {{ later {{ x }} {0} things {{ {0} }} }} }}",
)


@pytest.mark.parametrize("name", ASKED)
async def test_every_value_good_or_bad_is_answered_as_by_the_stock_executor(name: str) -> None:
    for value in (*GOOD.get(name, []), *BAD.get(name, [])):
        odd = thing(**{name: value})
        for found in ([odd, thing()], [thing(), odd], [thing(things=[thing(), odd])]):
            for around in AROUND:
                query = around.format(ASKED[name])
                stock = await answer(query, True, found, StrawberryGraphQLCoreExecutionContext)
                plain = await answer(query, True, found, PlainExecutor)
                assert shown(plain) == shown(stock), (query, value)


def thing(**values: Any) -> Thing:
    nothing: dict[str, Any] = {"point": None, "points": [], "things": [], "maybe_things": None}
    good = {name: found[0] for name, found in GOOD.items()}
    return Thing(**good | nothing | {"named": []} | values)


async def test_plain_lists_are_not_left_to_the_stock_executor() -> None:
    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("this was plain")

    class OnlyPlain(PlainExecutor):
        complete_iterable_value: Callable[..., Any] = refuse

    found = [thing(points=[Point(x=1, y=2.0)], maybe_things=[None, thing()])] * 3
    query = "{ things { name at colour words grid points { x y } maybeThings { key } } }"
    result = await answer(query, True, found, OnlyPlain)
    assert result.errors is None
    assert result.data is not None
    assert result.data["things"][2]["maybeThings"] == [None, {"key": "k"}]


async def test_permissions_hold_in_plain_lists() -> None:
    result = await answer("{ things { name hidden } }", True, [thing()], PlainExecutor)
    assert result.data == {"things": [{"name": "", "hidden": None}]}
    assert [error.message for error in result.errors or []] == ["you may not"]
