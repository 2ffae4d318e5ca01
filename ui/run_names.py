"""What a run is called: its definition's name and the end of its id."""

from ui import formats, ids
from ui.queries.runs import Named
from ui.texts import _


def definition_name(definition: Named | None) -> str:
    """Its name; in words where it was deleted."""
    return definition["name"] if definition else _("deleted definition")


def run_name(definition: Named | None, run: str, version: int | None = None) -> str:
    """ "capitals, run 4f2a1c", or with its version "capitals v2, run 4f2a1c". ``run`` is its id or
    its key."""
    number = f" v{version}" if version is not None else ""
    return _("{name}, run {id}").format(
        name=f"{definition_name(definition)}{number}", id=formats.short_id(ids.key_of(run))
    )
