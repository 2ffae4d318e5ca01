"""The dataset of a definition's version: what it is, and its rows in pages."""

from collections.abc import Mapping
from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import tag
from ui.components.empty_state import empty_state
from ui.components.facts import facts
from ui.components.loaded_part import loaded_part
from ui.components.pager import pager, window
from ui.components.rows_table import rows_table
from ui.queries.definitions import Dataset, Definition, Version
from ui.queries.versions import DATASET_ROWS, DatasetRowList
from ui.texts import _

PAGE_SIZE: Final = 20


def dataset_facts(dataset: Dataset) -> None:
    """Draw what a dataset is."""
    facts(
        [
            (_("Name"), dataset["name"]),
            (_("Format"), dataset["format"]),
            (_("Rows"), formats.count(dataset["rowCount"])),
            (_("Columns"), ", ".join(dataset["columns"])),
        ]
    )


async def draw_dataset(
    api: ViewerApi,
    definition: Definition,
    shown: Version,
    path: str,
    kept: Mapping[str, str | None],
    after: str,
    before: str,
) -> None:
    """Draw the tab; ``kept`` stays in the address from page to page."""
    tag("h2", _("Dataset"), "visually-hidden")
    dataset = shown["dataset"]
    if dataset is None:
        empty_state(
            _("This version has no dataset."), _("Its scenarios come from its dimensions alone.")
        )
        return
    columns = dataset["columns"]
    dataset_facts(dataset)
    variables = {
        "definition": definition["id"],
        "version": shown["number"],
        **window(after, before, PAGE_SIZE),
    }

    async def ask() -> DatasetRowList:
        listed: DatasetRowList = (await api.query(DATASET_ROWS, variables))["datasetRows"]
        return listed

    def draw(listed: DatasetRowList) -> None:
        rows = [edge["node"] for edge in listed["edges"]]
        if not rows:
            empty_state(_("The dataset has no rows here."))
            return
        first = rows[0]["position"] + 1
        rows_table(_("Rows of the dataset"), columns, [row["values"] for row in rows], first)
        pager(
            path,
            {"tab": "dataset", **kept},
            listed["pageInfo"],
            back=_("Previous"),
            forth=_("Next"),
        )

    await loaded_part(_("The rows could not be loaded"), ask, draw, "stack-tight")
