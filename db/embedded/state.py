"""What the supervisor tells everybody else: one small file, replaced in one step."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE_NAME = "state.json"

Status = Literal["starting", "ready", "restarting", "stopping", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class State:
    """One moment of a server. ``message`` says why it failed or is being restarted."""

    status: Status
    supervisor_pid: int
    postmaster_pid: int | None = None
    socket_dir: str = ""
    version: str = ""
    durable: bool = True
    message: str = ""

    def write(self, home: Path) -> None:
        """Replace the state file; readers see the old or the new one, never half."""
        temporary = home / f"{FILE_NAME}.{os.getpid()}"
        temporary.write_text(json.dumps(asdict(self)), encoding="utf-8")
        temporary.replace(home / FILE_NAME)


def read_state(home: Path) -> State | None:
    """The last state, or None when there is none or it can't be understood."""
    try:
        return State(**json.loads((home / FILE_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message; empty when there is no log."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - 16_384))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
