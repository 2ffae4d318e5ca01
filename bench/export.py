"""How long the CSV of the largest run takes: its first byte, and all of its rows."""

import time
from typing import Final

import aiohttp

from bench.figures import Figure
from bench.stage import Stage

_FIRST_BYTE_MS: Final = 100
_WHOLE_S: Final = 1.0


async def measure(stage: Stage, rounds: int) -> list[Figure]:
    """Download it ``rounds`` times."""
    firsts, wholes, lines = [], [], 0
    path = f"/api/export/runs/{stage.largest_run}.csv"
    async with aiohttp.ClientSession(stage.address, cookies=stage.cookie()) as session:
        for _ in range(rounds):
            began = time.perf_counter()
            async with session.get(path) as response:
                response.raise_for_status()
                lines = (await response.content.readany()).count(b"\n")
                firsts.append((time.perf_counter() - began) * 1000)
                async for chunk in response.content.iter_any():
                    lines += chunk.count(b"\n")
            wholes.append(time.perf_counter() - began)
    return [
        Figure("CSV, first byte", "ms", firsts, _FIRST_BYTE_MS),
        Figure(f"CSV, {lines - 1:,} lines", "s", wholes, _WHOLE_S),
    ]
