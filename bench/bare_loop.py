"""The least that can be done: post the same questions to the same server, and keep nothing.

`python -m bench.bare_loop URL --count 2638 --concurrency 100` prints one JSON line with the
seconds that it took, and those of CPU. It is what Assay is measured against: aiohttp on uvloop, no
database, no limits, no retries, no scores.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator

import aiohttp
import orjson

from bench.questions import questions


async def _work(session: aiohttp.ClientSession, url: str, bodies: Iterator[bytes]) -> int:
    done = 0
    for body in bodies:
        async with session.post(url, data=body) as response:
            reply = orjson.loads(await response.read())
        assert reply["choices"][0]["message"]["content"]
        done += 1
    return done


async def _run(url: str, count: int, concurrency: int) -> dict[str, float]:
    rows = questions(count)
    bodies = iter(
        [
            orjson.dumps(
                {"model": "stub", "messages": [{"role": "user", "content": row["question"]}]}
            )
            for row in rows
        ]
    )
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), headers=headers
    ) as session:
        start, cpu = time.perf_counter(), time.process_time()
        done = await asyncio.gather(*(_work(session, url, bodies) for _ in range(concurrency)))
        took = {
            "seconds": time.perf_counter() - start,
            "cpu_s": time.process_time() - cpu,
        }
    assert sum(done) == count
    return took


def main() -> None:
    """Run the loop once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    options = parser.parse_args()
    try:
        import uvloop  # noqa: PLC0415  not everywhere
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    took = run(_run(f"{options.url}/chat/completions", options.count, options.concurrency))
    sys.stdout.write(orjson.dumps(took).decode() + "\n")


if __name__ == "__main__":
    main()
