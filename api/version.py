"""The version of this server."""

from importlib.metadata import version
from typing import Final

VERSION: Final = version("assay")
