"""Ids and cursors: what goes out comes back, and nothing else is taken."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidCursor, InvalidId
from api.relay import BigInt, global_id, make_cursor, node_key, read_cursor

instants = st.datetimes(min_value=datetime(1970, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants it
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(key=st.uuids(), kind=st.sampled_from(["Run", "Arm", "DefinitionVersion"]))
def test_an_id_comes_back(key: UUID, kind: str) -> None:
    assert node_key(global_id(kind, key), kind) == key
    with pytest.raises(InvalidId, match=kind):
        node_key(global_id(kind, key), "Scenario")


@given(st.text(max_size=400))
def test_other_texts_are_no_ids(text: str) -> None:
    with pytest.raises(InvalidId):
        node_key(text, "Run")


@given(instants, st.uuids(), st.integers(-(2**31) + 1, 2**31 - 1))
def test_a_cursor_comes_back(moment: datetime, key: UUID, number: int) -> None:
    types = (datetime, UUID, int)
    cursor = make_cursor("list", (moment, key, number))
    assert read_cursor(cursor, "list", types, "after") == (moment, key, number)
    with pytest.raises(InvalidCursor):
        read_cursor(cursor, "other", types, "after")
    with pytest.raises(InvalidCursor):
        read_cursor(cursor, "list", (datetime, UUID), "after")


@given(st.text(max_size=400))
def test_other_texts_are_no_cursors(text: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(text, "list", (int,), "after")


@pytest.mark.parametrize("value", [2**31, -(2**31), 1.5, True, None, "1", [1]])
def test_numbers_that_the_database_has_no_room_for(value: object) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(make_cursor("list", (value,)), "list", (int,), "after")


def test_large_keys_have_room() -> None:
    assert read_cursor(make_cursor("l", (2**40,)), "l", (BigInt,), "after") == (2**40,)
    with pytest.raises(InvalidCursor):
        read_cursor(make_cursor("l", (2**63,)), "l", (BigInt,), "after")


@given(st.decimals(-(10**9), 10**9, places=10))
def test_sums_of_money_come_back(amount: Decimal) -> None:
    assert read_cursor(make_cursor("l", (amount,)), "l", (Decimal,), "after") == (amount,)


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1E+300", "1E+999999", "1E-999999", "10000000000", 1]
)
def test_sums_that_the_database_has_no_room_for(value: object) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(make_cursor("l", (value,)), "l", (Decimal,), "after")
