"""Record ends become CRLF wherever the stream is cut, and cells stay as they are."""

import csv
import io
import itertools

from hypothesis import given
from hypothesis import strategies as st

from engine.runs.export.records import RecordEnds

cells = st.text(alphabet=st.sampled_from('a",\n\r=;\u00e9 '), max_size=8)


def _copied(rows: list[list[str]], end: str) -> bytes:
    """Records as COPY writes them: a cell with a quote, comma, LF or CR is quoted."""

    def cell(text: str) -> str:
        if text and not set(text) & set('",\r\n'):
            return text
        return '"' + text.replace('"', '""') + '"'

    return "".join(",".join(map(cell, row)) + end for row in rows).encode()


@given(
    st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_any_cut_gives_the_same_records(rows: list[list[str]], cuts: list[int]) -> None:
    data = _copied(rows, "\n")
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    ends = RecordEnds()
    converted = b"".join(ends.convert(data[start:end]) for start, end in itertools.pairwise(places))
    assert converted == _copied(rows, "\r\n")
    assert list(csv.reader(io.StringIO(converted.decode(), newline=""))) == rows
