"""JSON columns are read as they were written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from db.session import _read_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(values)
def test_a_value_is_what_it_was(value: object) -> None:
    read = _read_json(json.dumps(value))
    assert read == value
    assert repr(read) == repr(value)


def test_a_long_number_stays_exact() -> None:
    assert _read_json('{"seed": 123456789012345678901234567890}')["seed"] == (
        123456789012345678901234567890
    )
    assert _read_json("1e400") == float("inf")
