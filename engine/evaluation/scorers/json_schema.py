"""json_schema: the output is JSON that a schema accepts."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from referencing.exceptions import Unresolvable

from engine.definitions.json_schemas import Schema, first_error, validator_for
from engine.evaluation.scorers.contract import Check, Scorer, UnreadableError

_FENCE = re.compile(r"^[ \t]{0,3}```[ \t]{0,3}(?:json|JSON)?[ \t]{0,3}\r?\n", re.MULTILINE)
_FENCE_END = re.compile(r"^[ \t]{0,3}```", re.MULTILINE)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse(text: str) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def read_json(text: str) -> Any:
    """The JSON value of the text: all of it, or else its last ```json (or plain ```) block.

    Raises ValueError or RecursionError.
    """
    try:
        return _parse(text)
    except ValueError:
        block = _last_block(text)
        if block is None:
            raise
    return _parse(block)


def _last_block(text: str) -> str | None:
    block, at = None, 0
    while start := _FENCE.search(text, at):
        end = _FENCE_END.search(text, start.end())
        if end is None:
            break
        block, at = text[start.end() : end.start()], end.end()
    return block


class JsonSchemaScorer(Scorer):
    """What is not JSON fails, as does what the schema refuses."""

    def __init__(self, *, schema: Schema, **common: Any) -> None:
        super().__init__(kind="json_schema", **common)
        self._validator = validator_for(schema)

    def _check(self, output: str, variables: Mapping[str, Any]) -> Check:
        actual = self._read_output(output)
        try:
            value = read_json(actual)
        except ValueError as error:
            return Check(False, None, actual, f"not JSON: {error}")
        except RecursionError:
            return Check(False, None, actual, "not JSON that can be read: nested too deeply")
        try:
            problem = first_error(self._validator, value)
        except RecursionError:
            raise UnreadableError(
                "the schema could not be applied: it or the output is nested too deeply",
                actual=actual,
            ) from None
        except Unresolvable as error:
            raise UnreadableError(
                f"the schema could not be applied: {error}", actual=actual
            ) from None
        return Check(problem is None, None, actual, problem)
