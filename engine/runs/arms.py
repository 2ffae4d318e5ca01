"""The arms of a run: those of a definition or of an earlier run, some of them changed for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from engine.definitions.errors import InvalidDefinition, Problem
from engine.definitions.loader import validate_definition
from engine.definitions.spec import ArmSpec
from engine.errors import InvalidInput

# what a change can change; the rest of an arm (its address, its key's reference) stays
CHANGEABLE: Final = ("model", "params")
# as many arms as a definition can have
MAX_CHANGES: Final = 100

Spec: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArmChange:
    """How an arm differs in one run from the arm of its ``label``.

    ``model`` and ``params`` (all of them) None: as they are. A ``label`` that isn't there makes a
    further arm: one like the arm ``based_on``, or one of ``provider``.
    """

    label: str
    based_on: str | None = None
    provider: str | None = None
    model: str | None = None
    # whatever JSON came: that it is an object is checked with the rest
    params: Any = None


class DifferenceKind(StrEnum):
    """How an arm differs."""

    ADDED = "added"
    CHANGED = "changed"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class ArmDifference:
    """An arm that was added or left out, or one thing that changed in it.

    ``name`` is what changed: `model`, or `params.` and the parameter's name. What is not set is
    None.
    """

    kind: DifferenceKind
    label: str
    name: str | None = None
    before: Any = None
    after: Any = None


def choose_arms(
    definition: Spec,
    known: Sequence[ArmSpec],
    labels: Iterable[str] | None,
    changes: Sequence[ArmChange] = (),
) -> list[ArmSpec]:
    """The arms of ``known`` with these labels (None: all), changed, then the further ones.

    ``definition`` is what a version says. Raises InvalidInput, naming the field.
    """
    if len(changes) > MAX_CHANGES:
        message = f"At most {MAX_CHANGES} arms can be changed or added in one run."
        raise InvalidInput(message, field="arm_changes")
    chosen = _with_labels(known, labels)
    there = {arm.label: arm for arm in known}
    wanted: dict[str, dict[str, Any]] = {arm.label: arm.model_dump(mode="json") for arm in chosen}
    changed: dict[str, int] = {}
    for place, change in enumerate(changes):
        if change.label in changed:
            raise _wrong(place, "label", f"Arm {change.label!r} is changed twice.")
        changed[change.label] = place
        wanted[change.label] = _changed(change, place, there, chosen)
    if not wanted:
        raise InvalidInput("Choose at least one arm.", field="arms")
    return _checked(definition, wanted, changed) if changes else chosen


def _with_labels(known: Sequence[ArmSpec], labels: Iterable[str] | None) -> list[ArmSpec]:
    if labels is None:
        return list(known)
    wanted = set(labels)
    chosen = [arm for arm in known if arm.label in wanted]
    if unknown := sorted(wanted - {arm.label for arm in chosen}):
        raise InvalidInput(
            f"There is no arm {', '.join(map(repr, unknown))}; there are "
            f"{', '.join(repr(arm.label) for arm in known)}.",
            field="arms",
        )
    return chosen


def _changed(
    change: ArmChange, place: int, there: Mapping[str, ArmSpec], chosen: Sequence[ArmSpec]
) -> dict[str, Any]:
    """The arm that ``change`` asks for, not yet checked."""
    if change.label in there:
        if there[change.label] not in chosen:
            raise _wrong(place, "label", f"Arm {change.label!r} is changed, but not chosen.")
        if change.based_on is not None or change.provider is not None:
            message = f"There is an arm {change.label!r}: give a further arm another label."
            raise _wrong(place, "label", message)
        arm = there[change.label].model_dump(mode="json")
    elif change.based_on is not None:
        if change.based_on not in there:
            raise _wrong(place, "based_on", f"There is no arm {change.based_on!r}.")
        arm = there[change.based_on].model_dump(mode="json")
    elif change.provider is not None:
        arm = {"provider": change.provider}
    else:
        message = f"There is no arm {change.label!r}: a further one needs basedOn or provider."
        raise _wrong(place, "label", message)
    asked = {name: getattr(change, name) for name in CHANGEABLE}
    return arm | {"label": change.label} | {k: v for k, v in asked.items() if v is not None}


def _checked(
    definition: Spec, wanted: Mapping[str, Mapping[str, Any]], changed: Mapping[str, int]
) -> list[ArmSpec]:
    """The arms as a definition could have them."""
    arms = [{k: v for k, v in arm.items() if v is not None} for arm in wanted.values()]
    try:
        return list(validate_definition({**definition, "arms": arms}).arms)
    except InvalidDefinition as error:
        raise _misfit(error.problems[0], list(wanted), changed) from None


def _misfit(problem: Problem, labels: Sequence[str], changed: Mapping[str, int]) -> InvalidInput:
    """What is wrong with an arm, at the change that made it so."""
    head, _, rest = problem.field.partition("]")
    number = head.removeprefix("arms[")
    if not number.isdigit():
        return InvalidInput(f"These arms can't be run: {problem.message}.", field="arm_changes")
    label, field = labels[int(number)], rest.removeprefix(".")
    words = f"Arm {label!r}{f', {field}' if field else ''}: {problem.message}"
    place = changed.get(label)
    return InvalidInput(words, field="arms" if place is None else f"arm_changes[{place}]{rest}")


def _wrong(place: int, name: str, message: str) -> InvalidInput:
    return InvalidInput(message, field=f"arm_changes[{place}].{name}")


def differences(before: Iterable[Spec], after: Iterable[Spec]) -> list[ArmDifference]:
    """How the arms ``after`` differ from those ``before``, arm by arm in their order. Pure."""
    old = {arm["label"]: arm for arm in before}
    new = {arm["label"]: arm for arm in after}
    found: list[ArmDifference] = []
    for label, arm in new.items():
        if label in old:
            found.extend(_between(old[label], arm))
        else:
            found.append(ArmDifference(DifferenceKind.ADDED, label))
    left_out = (label for label in old if label not in new)
    found.extend(ArmDifference(DifferenceKind.LEFT_OUT, label) for label in left_out)
    return found


def _between(old: Spec, new: Spec) -> Iterator[ArmDifference]:
    before, after = _values(old), _values(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield ArmDifference(
                DifferenceKind.CHANGED, new["label"], name, before.get(name), after.get(name)
            )


def _values(arm: Spec) -> dict[str, Any]:
    params = {f"params.{name}": value for name, value in (arm.get("params") or {}).items()}
    return {"model": arm.get("model"), **params}
