"""The record ends of a CSV that is streamed."""


class RecordEnds:
    """Makes record ends CRLF; line feeds inside quoted cells stay as they are.

    A line feed outside quotes ends a record, for COPY quotes every cell that holds one. Quotes
    inside a cell are doubled, so whether a place is inside a cell is the parity of the quotes
    before it.
    """

    def __init__(self) -> None:
        self._inside = False

    def convert(self, data: bytes) -> bytes:
        """The next piece of the stream, cut anywhere."""
        parts = data.split(b'"')
        for index in range(self._inside, len(parts), 2):
            parts[index] = parts[index].replace(b"\n", b"\r\n")
        self._inside ^= (len(parts) - 1) % 2 == 1
        return b'"'.join(parts)
