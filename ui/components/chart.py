"""A chart: a picture, with words for who does not see it. Only a page with one loads its script."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from ui.components.base import tag


def chart(options: dict[str, Any], title: str, words: str, on_point: Callable[[str], None]) -> None:
    """Draw ``options`` of ECharts under ``title``; ``words`` say what is seen.

    ``on_point`` gets the name of the series whose point was clicked.
    """

    def clicked(event: EChartPointClickEventArguments) -> None:
        on_point(str(event.series_name))

    with tag("figure", "", "chart"):
        tag("figcaption", title, "chart-title")
        picture = ui.echart(options, on_point_click=clicked, renderer="svg")
        picture.classes("chart-picture").props["role"] = "img"
        picture.props["aria-label"] = f"{title}. {words}"
