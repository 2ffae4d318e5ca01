"""The texts of the pages in one place: `python -m tests.texts --write` or `--check`.

A translator begins from `ui/locale/assay.pot`, as every tool of gettext reads it. Places are named
by file alone and nothing in it tells a date, so it changes only when a text does.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from ui.texts import DOMAIN, LOCALE

UI: Final = LOCALE.parent
TEMPLATE: Final = LOCALE / f"{DOMAIN}.pot"
_MARKS: Final = {"_": None, "later": None, "plural": (1, 2)}


def gather(folder: Path = UI) -> Catalog:
    """Every text that the Python files under ``folder`` mark, with the files that it stands in."""
    catalogue = Catalog(
        project="Assay",
        header_comment="# The texts of Assay's pages. `make texts` writes this file.",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for file, _line, message, comments, context in extract_from_dir(
        folder, method_map=[("**.py", "python")], keywords=_MARKS
    ):
        catalogue.add(
            message, locations=[(f"ui/{file}", 0)], auto_comments=comments, context=context
        )
    return catalogue


def template() -> str:
    """The catalogue as a template for translators."""
    written = BytesIO()
    write_po(written, gather(), sort_output=True, include_lineno=False, width=100)
    return written.getvalue().decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or say whether it is as the pages are."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write ui/locale/assay.pot")
    what.add_argument("--check", action="store_true", help="fail if it is not up to date")
    options = parser.parse_args(arguments)
    if options.write:
        TEMPLATE.parent.mkdir(exist_ok=True)
        TEMPLATE.write_text(template(), encoding="utf-8")
        return 0
    if TEMPLATE.read_text(encoding="utf-8") == template():
        return 0
    sys.stderr.write("ui/locale/assay.pot is not what the pages say: run `make texts`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
