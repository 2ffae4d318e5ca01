"""Which page is where."""

from ui.pages import (
    compare_arms,
    compare_runs,
    definition,
    definition_editor,
    definitions,
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
    page("/health", health.draw)
