"""The grids that ship with Assay: what judges go by while nothing else is published."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from engine.evaluation.grids.loader import parse_grid
from engine.evaluation.grids.spec import GridSpec


@cache
def built_in_grids() -> Mapping[str, GridSpec]:
    """All of them by name, in the order of their names. Reads their files once a process."""
    folder = resources.files("engine.evaluation.grids").joinpath("files")
    texts = ((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir())
    grids = [parse_grid(text, filename=name) for name, text in texts if name.endswith(".yaml")]
    return {grid.name: grid for grid in sorted(grids, key=lambda grid: grid.name)}
