"""Rows are made beside the event loop."""

import threading
from collections.abc import Iterator

import pytest

from db.repositories.batches import off_loop


async def test_items_come_in_order_and_are_made_in_other_threads() -> None:
    threads: set[int] = set()

    def items() -> Iterator[int]:
        for number in range(25):
            threads.add(threading.get_ident())
            yield number

    assert [item async for item in off_loop(items(), size=10)] == list(range(25))
    assert threads
    assert threading.get_ident() not in threads


async def test_what_making_an_item_raises_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        _ = [item async for item in off_loop(items())]
