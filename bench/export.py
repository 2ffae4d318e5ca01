"""How long the CSV of the largest run takes: its first byte, all of its rows; and its memory."""

import time
from typing import Final

import aiohttp
import psutil

from bench.figures import Figure
from bench.stage import Stage

_FIRST_BYTE_MS: Final = 100
_WHOLE_S: Final = 1.0
_ROWS_A_SECOND: Final = 500_000
_EXTRA_MB: Final = 20


async def measure(stage: Stage, rounds: int) -> list[Figure]:
    """Download it ``rounds`` times."""
    firsts, wholes, extras, lines = [], [], [], 0
    server = psutil.Process(stage.server_pid)
    path = f"/api/export/runs/{stage.largest_run}.csv"
    async with aiohttp.ClientSession(stage.address, cookies=stage.cookie()) as session:
        for _ in range(rounds):
            before = most = server.memory_info().rss
            began = time.perf_counter()
            async with session.get(path) as response:
                response.raise_for_status()
                lines = (await response.content.readany()).count(b"\n")
                firsts.append((time.perf_counter() - began) * 1000)
                async for chunk in response.content.iter_any():
                    lines += chunk.count(b"\n")
                    most = max(most, server.memory_info().rss)
            wholes.append(time.perf_counter() - began)
            extras.append((most - before) / 2**20)
    return [
        Figure("CSV, first byte", "ms", firsts, _FIRST_BYTE_MS),
        Figure(f"CSV, {lines - 1:,} lines", "s", wholes, _WHOLE_S),
        Figure(
            "CSV, rows a second",
            "rows/s",
            [(lines - 1) / whole for whole in wholes],
            _ROWS_A_SECOND,
            at_least=True,
        ),
        Figure("CSV, the server's memory beyond what it had", "MB", extras, _EXTRA_MB),
    ]
