"""Why an evaluator profile can't be used."""

from engine.definitions.errors import InvalidDocument


class InvalidEvaluator(InvalidDocument):
    """The profile can't be used as it is; ``problems`` lists everything that is wrong."""

    code = "INVALID_EVALUATOR"
    shape = "an evaluator profile is a mapping: `name: ...`, `provider: ...`, `grid: ...`"
