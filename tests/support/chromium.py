"""The Chromium that browser tests drive: the one that is there, or Debian's."""

import functools
import os
import shutil
import subprocess
from typing import Final

FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC: Final = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


class NoChromiumError(Exception):
    """There is no Chromium, and none could be installed; the message says why."""


@functools.cache
def find_chromium() -> str:
    """The path of a Chromium; raises NoChromiumError. Root on Debian gets one installed."""
    if path := _installed():
        return path
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise NoChromiumError("no Chromium or Chrome here: install one (apt-get install chromium)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-q", "update"],
        ["apt-get", "-q", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-3:]
            raise NoChromiumError(f"{' '.join(command)} failed: {' '.join(said)}")
    if path := _installed():
        return path
    raise NoChromiumError("Debian's chromium was installed, but there is none on PATH")


def _installed() -> str | None:
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    return _MAC if os.access(_MAC, os.X_OK) else None
