"""A page that took the place of another must not read the address of the first one."""

from pathlib import Path

import ui

# The session and the language are the document's, whatever is shown in it.
OF_THE_DOCUMENT = {"asked.py", "texts.py"}


def test_only_what_is_the_documents_is_read_from_its_request() -> None:
    sources = Path(ui.__file__).parent.rglob("*.py")
    reading = {path.name for path in sources if "client.request." in path.read_text("utf-8")}
    assert reading <= OF_THE_DOCUMENT
