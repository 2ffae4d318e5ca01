"""The supervisor's word: whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.embedded.state import FILE_NAME, State, read_state, tail


@given(
    message=st.text(st.characters(exclude_categories=["Cs"])),
    pid=st.none() | st.integers(1, 2**22),
    durable=st.booleans(),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, message: str, pid: int | None, durable: bool
) -> None:
    home = tmp_path_factory.mktemp("home")
    state = State("ready", 7, pid, "/socket", "18.4", durable, message)
    state.write(home)
    assert read_state(home) == state
    assert [entry.name for entry in home.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"status": "ready"}', '{"unknown": 1}'])
def test_what_can_not_be_understood_is_no_state(tmp_path: Path, content: str) -> None:
    assert read_state(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(content)
    assert read_state(tmp_path) is None


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == ""
    log.write_text("\n".join(str(number) for number in range(100_000)))
    assert tail(log, 3) == "99997\n99998\n99999"
