"""What a page shows before its scripts run: its elements as HTML.

NiceGUI sends a page as data, from which a script draws it: nobody reads a word before half a
megabyte of scripts has been loaded and run. So the same elements stand in the page as HTML too.
`static/assay-first-paint.js` takes them away in the moment in which the script has drawn its own,
and carries over what the reader has done meanwhile; ids are the same in both.
"""

from typing import Final

from nicegui import Client, ui

from ui.markup import markup

_HOLDER: Final = "first-paint"


def add_first_paint(client: Client) -> None:
    """Put the HTML of all that ``client`` has so far into its page."""
    ui.add_body_html(f'<div id="{_HOLDER}">{"".join(markup(client.layout))}</div>')
