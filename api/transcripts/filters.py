"""Filters and orders of transcripts, as the repository takes them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from api.payloads import plain
from api.relay import node_key
from api.transcripts import inputs
from db.repositories.attempt_list import BY_SCENARIO, AttemptFilter, AttemptOrder, AttemptSort
from engine.errors import InvalidInput

_MAX_ARMS: Final = 1_000
_MAX_DIMENSIONS: Final = 50
_PLACE: Final[tuple[type, ...]] = (int, int, UUID)
_VALUES: Final[Mapping[AttemptSort, tuple[type, ...]]] = {
    AttemptSort.SCENARIO: (),
    AttemptSort.LATENCY: (float,),
    AttemptSort.COST: (Decimal,),
    AttemptSort.SCORE: (float,),
}


def transcript_filter(given: inputs.TranscriptFilter | None) -> AttemptFilter:
    """The filter as the repository takes it. Raises InvalidId and InvalidInput."""
    if given is None:
        return AttemptFilter()
    _few("filter.armIds", given.arm_ids, _MAX_ARMS, "arms")
    _few("filter.armLabels", given.arm_labels, _MAX_ARMS, "arms")
    _few("filter.dimensions", given.dimensions, _MAX_DIMENSIONS, "dimensions")
    return AttemptFilter(
        arm_ids=sorted({node_key(arm, "Arm", "filter.armIds") for arm in given.arm_ids or ()}),
        arm_labels=sorted({_text(label, "filter.armLabels") for label in given.arm_labels or ()}),
        statuses=sorted({status.value for status in given.statuses or ()}),
        error_code=plain(given.error_code, "filter.errorCode") or None,
        scorer=plain(given.scorer, "filter.scorer") or None,
        passed=given.passed,
        unscored=given.unscored,
        subject_position=given.scenario_position,
        accessed_after=given.accessed_after,
        accessed_before=given.accessed_before,
        dimensions={
            _text(each.name, "filter.dimensions"): _text(each.level, "filter.dimensions")
            for each in given.dimensions or ()
        },
        search=(plain(given.search, "filter.search") or "").strip() or None,
    )


def transcript_order(given: inputs.TranscriptOrder | None) -> AttemptOrder:
    """The order as the repository takes it."""
    if given is None:
        return BY_SCENARIO
    return AttemptOrder(AttemptSort(given.by.value), given.descending)


def list_name(order: AttemptOrder) -> str:
    """The list whose cursors these are: a place in one order is none in another."""
    if order == BY_SCENARIO:
        return "transcripts"
    return f"transcripts by {order.by}{' descending' if order.descending else ''}"


def key_types(order: AttemptOrder) -> tuple[type, ...]:
    """The types of the order's sort key."""
    return (*_VALUES[order.by], *_PLACE)


def _text(value: str, field: str) -> str:
    return plain(value, field) or ""


def _few(field: str, given: Sequence[object] | None, most: int, things: str) -> None:
    if given is not None and len(given) > most:
        name = field.rpartition(".")[2]
        raise InvalidInput(
            f"`{name}` names {len(given):,} {things}; at most {most:,} are possible.", field=field
        )
