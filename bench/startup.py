"""How long `assay serve` takes, with its database up, from the command to the first page."""

import asyncio
import time
from http import HTTPStatus
from typing import Final

import aiohttp
import psutil

from bench.figures import Figure
from bench.processes import first_line, started
from bench.shop import open_shop
from bench.stage import UP

_GOAL_S: Final = 2.0


async def measure(rounds: int) -> list[Figure]:
    """Start and end it ``rounds`` times."""
    took, cpu = [], []
    async with open_shop(0) as shop:
        environment = shop.environment | {"ASSAY_PORT": "0", "PYTHONUNBUFFERED": "1"}
        environment["ASSAY_DATA_DIR"] = str(shop.log.parent)
        for _ in range(rounds):
            began = time.perf_counter()
            with started(["cli.main", "serve"], environment, shop.log) as server:
                said = await asyncio.to_thread(first_line, server)
                address = said.removeprefix(UP).partition(" ")[0]
                async with aiohttp.ClientSession() as session, session.get(address) as response:
                    await response.read()
                    took.append(time.perf_counter() - began)
                    spent = psutil.Process(server.pid).cpu_times()
                    cpu.append(spent.user + spent.system)
                    # Nobody is logged in: the page asks for a key.
                    if response.status != HTTPStatus.UNAUTHORIZED:
                        raise RuntimeError(f"the first page has status {response.status}")
    return [
        Figure("assay serve, to the first page", "s", took, _GOAL_S),
        Figure("assay serve, CPU to the first page", "s", cpu),
    ]
