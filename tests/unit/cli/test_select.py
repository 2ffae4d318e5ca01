"""Which run a person means."""

import base64
import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.select import id_range
from engine.errors import InvalidInput


@given(st.uuids(), st.integers(4, 32))
def test_every_beginning_of_an_id_means_it(identifier: UUID, length: int) -> None:
    low, high = id_range(identifier.hex[:length])
    assert low <= identifier <= high
    assert high.int - low.int == 16 ** (32 - length) - 1


@given(st.uuids())
def test_an_id_means_itself_alone(identifier: UUID) -> None:
    global_id = base64.b64encode(f"Run:{identifier}".encode()).decode()
    for text in (str(identifier), str(identifier).upper(), f" {identifier} ", global_id):
        assert id_range(text) == (identifier, identifier)


@given(st.text())
def test_anything_else_is_refused_and_never_a_crash(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        low, high = id_range(text)
        assert low <= high


@pytest.mark.parametrize("text", ["", "abc", "-" * 40, "g" * 8, "0" * 33, "UnVuOng="])
def test_what_can_t_be_an_id(text: str) -> None:
    with pytest.raises(InvalidInput):
        id_range(text)
