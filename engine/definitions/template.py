"""Jinja templates that can't reach the machine: compiled once, rendered often.

Rendering is a function of the source and the variables: what reads a clock or a random number is
taken out, so the same definition and dataset always give the same scenarios. What a template can
allocate is bounded (:data:`MAX_OUTPUT_CHARS`, and every operation that makes a long text from a
short one), and so is what it can do (:data:`MAX_STEPS`): a loop in a loop in a loop would
otherwise keep a server or a worker busy for everybody's lifetime.
"""

import difflib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import make_attrgetter
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import InvalidInput

MAX_OUTPUT_CHARS = 1_000_000
MAX_SOURCE_CHARS = 1_000_000
MAX_STEPS = 1_000_000
"""Rounds of loops, calls, and items given to filters, in one rendering."""
_MAX_POWER_BITS = 10_000
_MISSING_NAME = re.compile(r"^'(?P<name>[^']*)' is undefined$")
_MISSING_ITEM = re.compile(r"has no (?:attribute|element) '?(?P<name>.*?)'?$")
_GROWING_FILTERS = (
    *("batch", "capitalize", "center", "e", "escape", "forceescape", "format", "indent", "lower"),
    *("pprint", "replace", "round", "safe", "slice", "string", "striptags", "title", "trim"),
    *("truncate", "upper", "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr"),
)
_NOT_REPEATABLE_FILTERS = ("random",)
_LOOPS = "counted by the environment"
_WIDTH = re.compile(r"\d{7,}")


class InvalidTemplate(InvalidInput):
    """A template can't be compiled, or not be rendered with these variables.

    ``line`` is the line of the template's own source, from 1; None when it is not known.
    """

    code = "INVALID_TEMPLATE"

    def __init__(self, message: str, *, field: str, line: int | None = None) -> None:
        where = f"line {line}: " if line is not None and line > 1 else ""
        super().__init__(f"{where}{message}", field=field)
        self.line = line


class _Budget(threading.local):
    """What the rendering that this thread is at may still do."""

    left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Count steps. Raises SecurityError when there are too many."""
        self.left -= steps
        if self.left < 0:
            raise SecurityError(f"the template takes more than {MAX_STEPS:,} steps")


_BUDGET = _Budget()


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _BUDGET.spend(1)
        yield value


def _items(value: object) -> int:
    return len(value) if isinstance(value, list | tuple | dict | range) else 0


def _counted_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        _BUDGET.spend(1 + sum(_items(value) for value in args))
        return function(*args, **kwargs)

    counted.__dict__.update(getattr(function, "__dict__", {}))
    return counted


def _too_long() -> SecurityError:
    return SecurityError(f"the text would be longer than {MAX_OUTPUT_CHARS:,} characters")


def _check_numbers(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    for value in (*args, *kwargs.values()):
        if isinstance(value, int) and abs(value) > MAX_OUTPUT_CHARS:
            raise _too_long()


def _check_value(value: object) -> object:
    """The value, if its text is short enough: a list of lists of lists may be short itself."""
    if isinstance(value, list | tuple | dict):
        left = MAX_OUTPUT_CHARS
        stack: list[object] = [value]
        while stack:
            item = stack.pop()
            left -= 1 + (len(item) if isinstance(item, str) else 0)
            if isinstance(item, dict):
                stack.extend(item.keys())
                stack.extend(item.values())
            elif isinstance(item, list | tuple):
                stack.extend(item)
            if left < 0 or len(stack) > MAX_OUTPUT_CHARS:
                raise _too_long()
    return value


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple | dict) else 0


def _bounded_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(*args: Any, **kwargs: Any) -> Any:
        _check_numbers(args, kwargs)
        for value in (*args, *kwargs.values()):
            _check_value(value)
        texts = [value for value in (*args, *kwargs.values()) if isinstance(value, str)]
        if any(_WIDTH.search(text) and "%" in text for text in texts):
            raise _too_long()
        sizes = sorted((_size(value) + 1 for value in (*args, *kwargs.values())), reverse=True)
        if len(sizes) > 1 and sizes[0] * sizes[1] > 100 * MAX_OUTPUT_CHARS:
            raise _too_long()
        return function(*args, **kwargs)

    # Jinja finds out by these attributes that a filter wants its context as first argument.
    bounded.__dict__.update(getattr(function, "__dict__", {}))
    return bounded


class _CodeGenerator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        # `~` is the one operator that the sandbox does not let an environment intercept.
        self.write("environment.tilde((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _Environment(ImmutableSandboxedEnvironment):
    code_generator_class = _CodeGenerator
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "*":
            size, times = (
                (_size(left), right) if not isinstance(left, int) else (_size(right), left)
            )
            if isinstance(times, int) and size * times > MAX_OUTPUT_CHARS:
                raise _too_long()
        elif operator == "+":
            if _size(left) + _size(right) > MAX_OUTPUT_CHARS:
                raise _too_long()
        elif operator == "**":
            if (
                isinstance(left, int)
                and isinstance(right, int)
                and left.bit_length() * right > _MAX_POWER_BITS
            ):
                raise SecurityError("the power would be too large a number")
        elif isinstance(left, str):
            _check_numbers(right if isinstance(right, tuple) else (right,), {})
            _check_value(right)
            if _WIDTH.search(left):
                raise _too_long()
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def tilde(values: tuple[Any, ...]) -> str:
        """What `~` does."""
        return _joined(str(_check_value(value)) for value in values)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        # args: this call's context, what is called, and its own arguments
        target = args[1]
        _BUDGET.spend(1)
        if isinstance(target, LoopContext):
            # A recursive loop goes on over what it is given here.
            args = (*args[:2], _counted(args[2]), *args[3:])
        if isinstance(getattr(target, "__self__", None), str):
            _check_numbers(args[2:], kwargs)
            for value in (*args[2:], *kwargs.values()):
                _check_value(value)
            text: str = target.__self__
            if target.__name__ in {"format", "format_map"} and _WIDTH.search(text):
                raise _too_long()
            longest = max((_size(value) for value in args[2:]), default=0)
            if (len(text) + 1) * (longest + 1) > 100 * MAX_OUTPUT_CHARS:
                raise _too_long()
        return super().call(*args, **kwargs)


@jinja2.pass_environment
def _join(
    environment: jinja2.Environment, value: Iterable[Any], d: str = "", attribute: Any = None
) -> str:
    if attribute is not None:
        value = map(make_attrgetter(environment, attribute), value)
    texts = (str(_check_value(item)) for item in value)
    return _joined(text if index == 0 else f"{d}{text}" for index, text in enumerate(texts))


def _tojson(value: Any, indent: int | None = None) -> str:
    _check_value(value)
    _check_numbers((indent,), {})
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _environment() -> _Environment:
    environment = _Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=_check_value,
    )
    del environment.globals["lipsum"]
    for name in _NOT_REPEATABLE_FILTERS:
        del environment.filters[name]
    for name in _GROWING_FILTERS:
        environment.filters[name] = _bounded_filter(environment.filters[name])
    environment.filters["join"] = _join
    # Jinja's own escapes < > & ' for HTML pages: a prompt would hold \u003c.
    environment.filters["tojson"] = _tojson
    for name, function in environment.filters.items():
        environment.filters[name] = _counted_filter(function)
    environment.filters[_LOOPS] = _counted
    return environment


_ENVIRONMENT = _environment()


def _required_names(tree: nodes.Template) -> frozenset[str]:
    guarded: set[str] = set()
    for test in tree.find_all(nodes.Test):
        if test.name in {"defined", "undefined"} and isinstance(test.node, nodes.Name):
            guarded.add(test.node.name)
    for used in tree.find_all(nodes.Filter):
        if used.name in {"default", "d"} and isinstance(used.node, nodes.Name):
            guarded.add(used.node.name)
    known = guarded | set(_ENVIRONMENT.globals)
    return frozenset(meta.find_undeclared_variables(tree) - known)


def _lone_name(tree: nodes.Template) -> str | None:
    """The variable's name where a template is `{{ name }}` and no more, as most of them are.

    Its text is the variable's: a scorer's `expected` is rendered for every attempt.
    """
    match tree.body:
        case [nodes.Output(nodes=[nodes.Name(name=str(name))])]:
            return name
    return None


def _refuse_other_templates(tree: nodes.Template) -> None:
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    for found in tree.find_all(kinds):
        raise jinja2.TemplateSyntaxError(
            "include, import and extends can't be used here: there are no other templates",
            found.lineno,
        )


def _joined(parts: Iterable[str]) -> str:
    kept: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_OUTPUT_CHARS:
            raise _too_long()
        kept.append(part)
    return "".join(kept)


def near(name: str, known: list[str]) -> str:
    """What to tell somebody who wrote ``name`` where only ``known`` exist."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(item) for item in close) + "?"
    if not known:
        return "there are no names here"
    shown = ", ".join(sorted(known)[:20])
    more = f" and {len(known) - 20} more" if len(known) > 20 else ""
    return f"there is: {shown}{more}"


class Template:
    """A compiled template. Get one from :func:`compile_template`.

    ``names`` are the variables without which it can't be rendered; those that it tests with
    `is defined` or gives a `default` are not among them.
    """

    __slots__ = ("_constant", "_lone_name", "_template", "field", "names", "source")

    def __init__(self, source: str, field: str) -> None:
        self.source = source
        self.field = field
        if len(source) > MAX_SOURCE_CHARS:
            raise InvalidTemplate(
                f"the template is longer than {MAX_SOURCE_CHARS:,} characters", field=field
            )
        try:
            tree = _ENVIRONMENT.parse(source)
            _refuse_other_templates(tree)
            self.names: frozenset[str] = _required_names(tree)
            self._lone_name = _lone_name(tree)
            for loop in tree.find_all(nodes.For):
                loop.iter = nodes.Filter(
                    loop.iter, _LOOPS, [], [], None, None, lineno=loop.lineno
                ).set_environment(_ENVIRONMENT)
            self._template = _ENVIRONMENT.from_string(tree)
        except jinja2.TemplateSyntaxError as error:
            hint = ""
            if "end of print statement" in (error.message or ""):
                hint = "; a column with other than letters, digits and _ is row['its name']"
            raise InvalidTemplate(
                f"the template can't be read: {error.message}{hint}", field=field, line=error.lineno
            ) from None
        except RecursionError:
            raise InvalidTemplate("the template is nested too deeply", field=field) from None
        # Most templates have something to fill in; those that don't cost nothing.
        self._constant = source if not any(mark in source for mark in ("{{", "{%", "{#")) else None

    def __repr__(self) -> str:
        return f"Template({self.source!r}, field={self.field!r})"

    def render(self, variables: Mapping[str, Any]) -> str:
        """The text with the variables filled in; raises InvalidTemplate where that can't be."""
        if self._constant is not None:
            return self._constant
        if self._lone_name is not None:
            value = variables.get(self._lone_name)
            if type(value) is str and len(value) <= MAX_OUTPUT_CHARS:
                return value
        _BUDGET.left = MAX_STEPS
        try:
            context = self._template.new_context(dict(variables))
            return _joined(self._template.root_render_func(context))
        except jinja2.UndefinedError as error:
            raise InvalidTemplate(
                self._explain(str(error.message), variables),
                field=self.field,
                line=self._line(error.__traceback__),
            ) from None
        except RecursionError:
            raise InvalidTemplate(
                "the template calls itself without end", field=self.field
            ) from None
        except Exception as error:
            raise InvalidTemplate(
                f"{type(error).__name__}: {str(error)[:500]}",
                field=self.field,
                line=self._line(error.__traceback__),
            ) from None

    def _line(self, traceback: TracebackType | None) -> int | None:
        found: int | None = None
        while traceback is not None:
            if traceback.tb_frame.f_globals.get("__jinja_template__") is self._template:
                found = self._template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    @staticmethod
    def _explain(message: str, variables: Mapping[str, Any]) -> str:
        if match := _MISSING_NAME.match(message):
            name = match["name"]
            return f"{name!r} is not known here; {near(name, list(variables))}"
        row = variables.get("row")
        if isinstance(row, Mapping) and (match := _MISSING_ITEM.search(message)):
            name = match["name"]
            if name not in row:
                return f"{message}; if a column is meant, {near(name, [str(key) for key in row])}"
        return message


@lru_cache(maxsize=1024)
def compile_template(source: str, field: str) -> Template:
    """Compile ``source``; ``field`` is where it stands (`arms[0].output`), for errors.

    Raises InvalidTemplate, with the line, when it can't be read. The same source and field give
    the same object again.
    """
    return Template(source, field)
