"""Every field with arguments, given what nobody should give it, by callers of every role.

The schema is walked, so a new field is covered by existing. Values are drawn with a fixed seed.
"""

import base64
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from api.relay import global_id, make_cursor
from api.schema import schema
from db.models import Role
from db.session import Database
from engine.evaluation.grids.loader import validate_grid
from engine.evaluation.grids.store import GridStore
from engine.governance.access import IssuedKey
from tests.support.factories import Definitions, Runs, save_judge

ROUNDS: Final = 6
MAX_ANSWER_BYTES: Final = 2_000_000
# How often five short values are repeated, for a list far longer than any may be.
MANY: Final = 2_000
SHORT: Final = 500
MARK: Final = "belongs-to-the-stranger"
KINDS: Final = (
    "Run",
    "Arm",
    "Definition",
    "DefinitionVersion",
    "Scenario",
    "Transcript",
    "Grid",
    "GridVersion",
    "EvaluatorProfile",
    "EvaluatorVersion",
    "Nothing",
)
CORE: Final = schema._schema

TEXTS: Final = (
    "",
    " ",
    "x",
    "\0",
    "a\0b",
    "\x1b[31m\r\n\t",
    "ä🙂\u202e\u2028\ufeff",
    "%_\\'\"; DROP TABLE runs; --",
    '=HYPERLINK("http://example.org")',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}${7*7}",
    "../../etc/passwd",
    "x" * 100_000,
    "name: x\ntemplate: '{{ y }}'\narms: [{label: a, provider: recorded, output: x}]",
    "name: ok\ntemplate: x\narms: [{label: a, provider: recorded, output: x}]",
    (
        "name: rows\ntemplate: x\ndataset: {path: d.csv}\n"
        "arms: [{label: a, provider: recorded, output: x}]"
    ),
    (
        "name: ok\ncategories: [{name: a, weight: 1, type: mixed, "
        "subcriteria: [{criterion: b, weight: 1}]}]"
    ),
    "name: ok\nprovider: simulated\ngrid: code",
    "a: &a [*a]",
    "[" * 1000,
    "a\n1\n\x00\n",
)
INTS: Final = (0, 1, -1, 2, 100, 101, 2**31 - 1, -(2**31), 2**31, 2**63, 10**400)
FLOATS: Final = (0.0, -0.0, 0.5, 1, -1.5, 1e308, -1e308, 5e-324, 2**53 + 1, "NaN", True)
INSTANTS: Final = (
    "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-01-01",
    "2026-13-45T99:99:99Z",
    "20260101T000000+0100",
    "",
)


class Nasty:
    """Draws values for arguments."""

    def __init__(self, seed: str, ids: list[str]) -> None:
        self.random = random.Random(seed)
        self.ids = ids

    def value(self, kind: GraphQLInputType) -> Any:
        """A value, mostly of the right form."""
        if isinstance(kind, GraphQLNonNull):
            return self._of(kind.of_type)
        return None if self.random.random() < 0.2 else self._of(kind)

    def _of(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLList):
            few = [self.value(kind.of_type) for _ in range(self.random.choice((0, 1, 3, 3, 5)))]
            return few * MANY if len(few) == 5 and len(repr(few)) < SHORT else few
        if isinstance(kind, GraphQLInputObjectType):
            return {name: self.value(field.type) for name, field in kind.fields.items()}
        if isinstance(kind, GraphQLEnumType):
            return self.random.choice([*kind.values, "NO_SUCH_VALUE"])
        pools: dict[str, tuple[Any, ...]] = {
            "ID": (*self.ids, *TEXTS[:8], 5),
            "Int": INTS,
            "BigInt": INTS,
            "Float": FLOATS,
            "Decimal": ("0.01", "5", "0", "-1", "NaN", "1e-400", "1e400", "", "x", 5),
            "Boolean": (True, False),
            "DateTime": INSTANTS,
            "JSON": (*TEXTS[:8], *FLOATS, [], {}, {"a": {"b": [1]}}, {"\0": "\0"}, 10**30),
            "String": (*TEXTS, *self.ids[:3], *self.cursors()),
        }
        return self.random.choice(pools[kind.name])

    def cursors(self) -> Iterator[str]:
        """Cursors that nobody was given."""
        instant = self.random.choice(INSTANTS)
        number = self.random.choice(INTS[:-1])
        for name, key in (
            ("runs", [instant, str(uuid4())]),
            ("runs", [instant, 5]),
            ("runs", [5, None]),
            ("definitions", [instant, "x"]),
            ("scenarios", [str(number)]),
            ("transcripts", [1, 2, str(uuid4())]),
            ("transcripts", [None, {}, []]),
        ):
            yield make_cursor(name, key)
        yield base64.urlsafe_b64encode(json.dumps(["scenarios", number]).encode()).decode()
        yield base64.urlsafe_b64encode(b'["runs", 1e999]').decode()

    def arguments(self, arguments: Mapping[str, GraphQLArgument]) -> dict[str, Any]:
        """Values by argument; what may be left out sometimes is."""
        return {
            name: self.value(argument.type)
            for name, argument in arguments.items()
            if isinstance(argument.type, GraphQLNonNull) or self.random.random() < 0.7
        }


def selection(kind: Any, depth: int = 4) -> str:
    """Everything below a type that needs no argument."""
    named = get_named_type(kind)
    if is_leaf_type(named) or depth == 0:
        return ""
    fields = ["__typename"]
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in named.fields.items():
            inner = selection(field.type, depth - 1)
            leaf = is_leaf_type(get_named_type(field.type))
            if not field.args and (leaf or (inner and name not in {"parent", "children", "run"})):
                fields.append(name + inner)
    return " {" + " ".join(fields) + "}"


def document(kind: str, name: str, field: GraphQLField, given: Mapping[str, Any]) -> str:
    """The operation that asks for one root field, its arguments as variables."""
    declared = ", ".join(f"${n}: {field.args[n].type}" for n in given)
    passed = ", ".join(f"{n}: ${n}" for n in given)
    declared, passed = (f"({declared})", f"({passed})") if given else ("", "")
    return f"{kind} Q{declared} {{ {name}{passed}{selection(field.type)} }}"


def nested(name: str, field: GraphQLField, given: Mapping[str, Any]) -> str:
    """The operation that asks a node for a field of its own that has arguments."""
    declared = "".join(f", ${n}: {field.args[n].type}" for n in given)
    passed = ", ".join(f"{n}: ${n}" for n in given)
    owner, member = name.split(".")
    called = f"({passed})" if given else ""
    return (
        f"query Q($node: ID!{declared}) {{ node(id: $node) {{ ... on {owner} "
        f"{{ {member}{called}{selection(field.type, 3)} }} }} }}"
    )


def root_fields() -> Iterator[tuple[str, str, GraphQLField]]:
    """Every field of Query and Mutation."""
    for kind, root in (("query", CORE.query_type), ("mutation", CORE.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            yield kind, name, field


def inner_fields() -> Iterator[tuple[str, GraphQLField]]:
    """Every field with arguments of a type that `node` reaches."""
    node = CORE.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    for owner in CORE.get_implementations(node).objects:
        for name, field in owner.fields.items():
            if field.args:
                yield f"{owner.name}.{name}", field


@pytest.fixture
async def ids(
    define: Definitions,
    start: Runs,
    database: Database,
    organization: Any,
    other_organization: Any,
    settings: Any,
) -> tuple[list[str], list[str]]:
    """Ids of this organization, and of the other."""
    saved = await define(3)
    run = await start(definition=saved)
    own: list[str] = [
        global_id("Definition", saved.definition.id),
        global_id("DefinitionVersion", saved.version.id),
        global_id("Run", run.id),
        *await grid_ids(database, saved.definition.organization_id, "own"),
        *await evaluator_ids(database, organization, "own"),
    ]
    theirs = Definitions(database, other_organization)
    hidden = await theirs(3, name=MARK)
    their_run = await Runs(database, other_organization, theirs, settings)(definition=hidden)
    foreign: list[str] = [
        global_id("Definition", hidden.definition.id),
        global_id("DefinitionVersion", hidden.version.id),
        global_id("Run", their_run.id),
        *await grid_ids(database, other_organization.id, MARK),
        *await evaluator_ids(database, other_organization, MARK),
    ]
    return own, foreign


async def grid_ids(database: Database, organization_id: UUID, name: str) -> list[str]:
    """A grid with a published version and a draft, and its versions."""
    only = {"criterion": "only", "weight": 1}
    category = {"name": "all", "weight": 1, "type": "mixed", "subcriteria": [only]}
    spec = validate_grid({"name": name, "categories": [category]})
    async with database.unit_of_work() as session:
        store = GridStore(session, organization_id, actor=name)
        published = await store.import_spec(spec, publish=True)
        draft = await store.save_draft(published.grid.id, spec)
    versions = (published.version.id, draft.version.id)
    return [
        global_id("Grid", published.grid.id),
        *(global_id("GridVersion", version) for version in versions),
    ]


async def evaluator_ids(database: Database, organization: Any, name: str) -> list[str]:
    """An evaluator profile and its version."""
    saved = await save_judge(database, organization, name=name)
    return [
        global_id("EvaluatorProfile", saved.profile.id),
        global_id("EvaluatorVersion", saved.version.id),
    ]


async def rows(database: Database) -> dict[str, int]:
    """How many rows there are, by table, and the states of runs."""
    connection = await database.connect()
    try:
        counts = {}
        for table in (
            "definitions",
            "definition_versions",
            "datasets",
            "evaluator_profiles",
            "evaluator_versions",
            "grids",
            "grid_versions",
            "runs",
            "run_events",
        ):
            counts[table] = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return counts
    finally:
        await connection.close()


def check(response: httpx.Response, what: str) -> Any:
    """What holds for every answer."""
    assert response.status_code in {200, 400, 401, 403, 413}, what
    assert len(response.content) < MAX_ANSWER_BYTES, what
    content = response.json()
    for error in content.get("errors", []):
        code = error["extensions"]["code"]
        assert code not in {"INTERNAL", "STORAGE_UNAVAILABLE"}, f"{what}: {error}"
    assert MARK not in response.text, what
    return content


@pytest.mark.parametrize("role", [None, *Role])
async def test_no_field_breaks_or_tells_of_others(
    client: httpx.AsyncClient,
    keys: Mapping[Role, IssuedKey],
    ids: tuple[list[str], list[str]],
    database: Database,
    role: Role | None,
) -> None:
    own, foreign = ids
    strange = [global_id(kind, uuid4()) for kind in KINDS]
    mixed = [global_id("Run", base64.b64decode(own[0]).decode().partition(":")[2])]
    headers = {} if role is None else {"X-API-Key": keys[role].token}
    before = await rows(database)

    async def ask(query: str, variables: Mapping[str, Any], what: str) -> None:
        body = json.dumps({"query": query, "variables": variables})
        response = await client.post(
            "/graphql", content=body, headers={**headers, "Content-Type": "application/json"}
        )
        content = check(response, f"{what} {body[:600]}")
        if role is None:
            assert response.status_code == 401
            assert "data" not in content

    for turn in range(ROUNDS):
        for kind, name, field in root_fields():
            nasty = Nasty(f"{turn} {name} {role}", [*own, *foreign, *strange, *mixed])
            given = nasty.arguments(field.args)
            await ask(document(kind, name, field, given), given, name)
        for name, field in inner_fields():
            nasty = Nasty(f"{turn} {name} {role}", [*own, *foreign, *strange])
            given = nasty.arguments(field.args)
            node = nasty.random.choice([*own, *foreign])
            await ask(nested(name, field, given), {"node": node, **given}, name)
    if role in {None, Role.VIEWER}:
        assert await rows(database) == before


async def test_a_viewer_is_refused_every_mutation(
    client: httpx.AsyncClient, keys: Mapping[Role, IssuedKey], ids: tuple[list[str], list[str]]
) -> None:
    own, _ = ids
    for kind, name, field in root_fields():
        if kind == "query":
            continue
        # Input that would do, as far as types go: the role is what refuses.
        source = next(text for text in TEXTS if text.startswith("name: ok"))
        content: dict[str, Any] = {"categories": []}
        fitting: dict[str, Any] = {
            "source": source,
            "runId": own[2],
            "budgetUsd": "1",
            "content": content,
        }
        (argument,) = field.args.values()
        shape = get_named_type(argument.type)
        assert isinstance(shape, GraphQLInputObjectType)
        given = {
            member: fitting.get(member, own[0])
            for member, value in shape.fields.items()
            if isinstance(value.type, GraphQLNonNull)
            and (member in fitting or value.type.of_type.name in {"ID", "String"})
        }
        response = await client.post(
            "/graphql",
            json={
                "query": document(kind, name, field, {"input": given}),
                "variables": {"input": given},
            },
            headers={"X-API-Key": keys[Role.VIEWER].token},
        )
        codes = [error["extensions"]["code"] for error in response.json()["errors"]]
        assert codes == ["FORBIDDEN"], name
