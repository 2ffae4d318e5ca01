"""What one request may ask for: tokens, depth, aliases, and cost.

Cost stands beside the schema as a map. A field costs what it costs once, for each item of the
lists above it; a list's size is its `first` or `last`, or for lists that are not paged the size
that the map supposes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from api.errors import LimitExceeded
from db.repositories.paging import MAX_PAGE

MAX_TOKENS: Final = 4_000
MAX_DEPTH: Final = 12
MAX_ALIASES: Final = 50
MAX_SELECTIONS: Final = 1_000
# Validation compares every two fields of one name.
MAX_SAME_NAME: Final = 100
MAX_COST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a field costs: ``each`` for itself, and ``items`` times what is below it.

    ``search`` comes on top where its filter has a text to search for.
    """

    each: int = 1
    items: int = 1
    search: int = 0


# Fields that are not here cost 1 if they have fields of their own, else nothing. What is read
# item by item (a statement for each) costs more than what a loader reads for all items at once.
COSTS: Final[Mapping[str, Cost]] = {
    "Run.arms": Cost(items=4),
    "Run.children": Cost(each=10, items=10),
    "Run.events": Cost(each=10),
    "Run.recentAttempts": Cost(each=10, items=10),
    "Run.boards": Cost(each=100),
    "Board.rows": Cost(items=4),
    "Run.pairwise": Cost(each=100),
    "Pairwise.pairs": Cost(items=6),
    "Pairwise.strengths": Cost(items=4),
    "Run.failureReasons": Cost(each=10, items=10),
    "Run.passRates": Cost(each=50, items=4),
    "LevelPassRates.arms": Cost(items=4),
    "RunConnection.totalCount": Cost(each=10),
    "Query.runChoices": Cost(each=10),
    "DefinitionConnection.totalCount": Cost(each=10),
    "Definition.version": Cost(each=2),
    "Definition.versions": Cost(each=10),
    "EvaluatorProfileConnection.totalCount": Cost(each=10),
    "EvaluatorVersion.gridContent": Cost(each=2),
    "Transcript.evaluations": Cost(items=2),
    "Query.evaluationRationales": Cost(each=10, items=2),
    "GridConnection.totalCount": Cost(each=10),
    "Grid.version": Cost(each=2),
    "Grid.versions": Cost(each=10),
    "GridVersion.content": Cost(each=2),
    "GridContent.categories": Cost(items=4),
    "GridCategory.subcriteria": Cost(items=4),
    "Query.builtInGrids": Cost(items=4),
    "Query.gridDiff": Cost(each=10, items=10),
    "TranscriptConnection.totalCount": Cost(each=10),
    "Query.transcripts": Cost(search=1_000),
    "Transcript.previousId": Cost(each=5, search=1_000),
    "Transcript.nextId": Cost(each=5, search=1_000),
    "Query.health": Cost(each=20),
    "Health.workers": Cost(each=10, items=10),
    "Health.accounts": Cost(each=10, items=10),
    "Mutation.checkProviders": Cost(each=500, items=10),
    "Query.models": Cost(each=20),
    "Query.runEstimate": Cost(each=250),
    "Query.rerunEstimate": Cost(each=1_000),
    "Query.comparison": Cost(each=50),
    "Query.runVerdict": Cost(each=50),
    "Query.runComparison": Cost(each=200, items=10),
    "ComparedRun.arms": Cost(items=4),
    "Comparison.scenarios": Cost(each=10),
    "ComparedScenario.a": Cost(items=2),
    "ComparedScenario.b": Cost(items=2),
}
_PLAIN: Final = Cost()


def _too_much(message: str) -> GraphQLError:
    error = LimitExceeded(message)
    return GraphQLError(message, original_error=error)


def check_shape(document: DocumentNode) -> list[GraphQLError]:
    """What is too much in the document itself, whatever its variables. Needs no valid document."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    aliases = sum(_aliases(node.selection_set) for node in _selecting(document))
    if aliases > MAX_ALIASES:
        return [
            _too_much(
                f"The query has {aliases} aliases; at most {MAX_ALIASES} are allowed. Send "
                "several queries."
            )
        ]
    names = Counter(_selected(document))
    if names.total() > MAX_SELECTIONS:
        return [
            _too_much(
                f"The query selects {names.total():,} fields; at most {MAX_SELECTIONS:,} are "
                "allowed. Send several queries."
            )
        ]
    for name, count in names.most_common(1):
        if count > MAX_SAME_NAME:
            return [
                _too_much(
                    f"The query selects {name[:60]!r} {count} times; at most {MAX_SAME_NAME} are "
                    "allowed: say each field once."
                )
            ]
    depth = _Depths(fragments).of_document(document)
    if depth > MAX_DEPTH:
        return [
            _too_much(
                f"The query is {depth} levels deep; at most {MAX_DEPTH} are allowed. Ask for "
                "inner things by their ids, in queries of their own."
            )
        ]
    return []


def _selecting(
    document: DocumentNode,
) -> Iterable[OperationDefinitionNode | FragmentDefinitionNode]:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            yield node


def _aliases(selections: SelectionSetNode | None) -> int:
    count = 0
    for node in selections.selections if selections is not None else ():
        if isinstance(node, FieldNode):
            count += node.alias is not None
        if not isinstance(node, FragmentSpreadNode):
            count += _aliases(getattr(node, "selection_set", None))
    return count


def _selected(document: DocumentNode) -> Iterator[str]:
    """The name of everything that is selected; fragments are spread by name too."""
    waiting = [node.selection_set for node in _selecting(document)]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode | FragmentSpreadNode):
                yield node.name.value
            inner = getattr(node, "selection_set", None)
            if inner is not None:
                waiting.append(inner)


class _Depths:
    """Depths of selections; those of fragments are worked out once. A cycle ends at itself."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}

    def of_document(self, document: DocumentNode) -> int:
        operations = (
            node for node in document.definitions if isinstance(node, OperationDefinitionNode)
        )
        return max((self._of(node.selection_set) for node in operations), default=0)

    def _of(self, selections: SelectionSetNode | None) -> int:
        deepest = 0
        for node in selections.selections if selections is not None else ():
            if isinstance(node, FieldNode):
                # Introspection nests deeply by nature; it has a validation rule of its own.
                if not node.name.value.startswith("__"):
                    deepest = max(deepest, 1 + self._of(node.selection_set))
            elif isinstance(node, InlineFragmentNode):
                deepest = max(deepest, self._of(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                deepest = max(deepest, self._of_fragment(node.name.value))
        return deepest

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self._of(fragment.selection_set)
        return self._known[name]


def check_cost(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None
) -> list[GraphQLError]:
    """What a valid document costs with these variables, if that is too much."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            root = schema.get_root_type(node.operation)
            given = {**_defaults(node), **(variables or {})}
            cost = _Costs(schema, fragments, given).of(node.selection_set, root)
            if cost > MAX_COST:
                return [
                    _too_much(
                        f"The query costs {cost:,}; at most {MAX_COST:,} is allowed. Ask for "
                        "smaller pages (`first`) or for fewer nested lists."
                    )
                ]
    return []


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }


class _Costs:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, int] = {}

    def of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> int:
        total = 0
        for node in selections.selections if selections is not None else ():
            if isinstance(node, FieldNode):
                total += self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                total += self.of(node.selection_set, kind)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value)
        return total

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self.of(fragment.selection_set, kind)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        field = parent.fields.get(node.name.value)
        if field is None:
            return 0
        cost = COSTS.get(f"{parent.name}.{node.name.value}")
        if cost is None and node.selection_set is None:
            return 0
        cost = cost or _PLAIN
        own = cost.each + (cost.search if cost.search and self._searches(node) else 0)
        items = self._page_size(node) or cost.items
        return own + items * self.of(node.selection_set, get_named_type(field.type))

    def _searches(self, node: FieldNode) -> bool:
        for argument in node.arguments or ():
            if argument.name.value == "filter":
                given = value_from_ast_untyped(argument.value, dict(self._variables))
                return isinstance(given, dict) and bool(given.get("search"))
        return False

    def _page_size(self, node: FieldNode) -> int | None:
        for argument in node.arguments or ():
            if argument.name.value in {"first", "last"}:
                value: Any = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    value = self._variables.get(argument.value.name.value, MAX_PAGE)
                # What is out of bounds is refused by the field, with words of its own.
                if type(value) is int:
                    return max(1, min(value, MAX_PAGE))
        return None
