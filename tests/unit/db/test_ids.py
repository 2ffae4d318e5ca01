"""Identifiers that sort by the time they were made."""

from unittest import mock
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from db.ids import uuid7

# Nanoseconds until the year 5138, where 48 bits of milliseconds have long not ended.
moments = st.integers(min_value=0, max_value=10**20)


def made_at(nanoseconds: int) -> UUID:
    return many_at(nanoseconds, 1)[0]


def many_at(nanoseconds: int, count: int) -> list[UUID]:
    with mock.patch("db.ids.time.time_ns", return_value=nanoseconds):
        return [uuid7() for _ in range(count)]


@given(moments)
def test_it_is_a_version_7_uuid_of_its_millisecond(now: int) -> None:
    made = made_at(now)
    assert made.version == 7
    assert made.variant == RFC_4122
    assert made.int >> 80 == now // 1_000_000


@given(moments, st.integers(min_value=500, max_value=10**15))
def test_a_later_one_is_greater(now: int, later_by: int) -> None:
    # 12 bits divide a millisecond into steps of 245 ns
    assert made_at(now) < made_at(now + later_by)
    assert str(made_at(now)) < str(made_at(now + later_by))


@given(moments)
def test_two_of_the_same_moment_differ(now: int) -> None:
    assert len(set(many_at(now, 50))) == 50
