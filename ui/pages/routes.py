"""Which page is where."""

from ui.pages import (
    compare_arms,
    compare_runs,
    definition,
    definition_editor,
    definitions,
    grid,
    grid_editor,
    grid_new,
    grids,
    health,
    run,
    runs,
    transcript,
)
from ui.pages.framework import page


def register() -> None:
    """Give every page its address. Once a process."""
    page("/", runs.draw)
    page("/runs/{key}", run.draw)
    page("/compare", compare_runs.draw)
    page("/runs/{key}/compare", compare_arms.draw)
    page("/runs/{run_key}/transcripts/{key}", transcript.draw)
    page("/definitions", definitions.draw)
    page("/definitions/new", definition_editor.draw_new)
    page("/definitions/{key}", definition.draw)
    page("/definitions/{key}/edit", definition_editor.draw_edit)
    page("/grids", grids.draw)
    page("/grids/new", grid_new.draw)
    page("/grids/built-in/{name}", grid.draw_built_in)
    page("/grids/{key}", grid.draw)
    page("/grids/{key}/edit", grid_editor.draw)
    page("/health", health.draw)
