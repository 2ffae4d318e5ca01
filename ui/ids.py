"""Ids in addresses: the part of the API's id that a person may want to read or copy.

The API gives out Relay ids, the kind and the key in base64. An address says the kind already, so
it holds the key alone: `/runs/019a...`.
"""

import base64
import binascii


def key_of(node_id: str) -> str:
    """`UnVuOjAxOWE...` -> `019a...`; what is not such an id is taken for a key."""
    try:
        kind, separator, key = base64.b64decode(node_id, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return node_id
    return key if separator and kind.isalnum() else node_id


def node_id(kind: str, key: str) -> str:
    """The API's id of the ``kind`` with this key; a whole id is taken as well."""
    return base64.b64encode(f"{kind}:{key_of(key)}".encode()).decode()


def run_path(run: str) -> str:
    """The address of a run."""
    return f"/runs/{key_of(run)}"


def transcript_path(run: str, transcript: str) -> str:
    """The address of a transcript of a run."""
    return f"{run_path(run)}/transcripts/{key_of(transcript)}"


def definition_path(definition: str) -> str:
    """The address of a definition."""
    return f"/definitions/{key_of(definition)}"


def grid_path(grid: str) -> str:
    """The address of a grid."""
    return f"/grids/{key_of(grid)}"
