"""`make bench`: one JSON line for each figure, and a table of them.

`python -m bench` measures three times and gives the median, the least and the most; `--quick`
measures once.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence

import orjson

from bench import throughput
from bench.throughput import Round


def figures(rounds: Sequence[Round]) -> list[tuple[str, str, list[float]]]:
    """Each figure's name, unit and values."""
    return [
        ("bare_loop", "attempts/s", [r.bare_rate for r in rounds]),
        ("run", "attempts/s", [r.run_rate for r in rounds]),
        ("run_from_request", "attempts/s", [r.wall_rate for r in rounds]),
        ("run_of_bare_loop", "%", [100 * r.share for r in rounds]),
        ("cpu_worker_and_database", "s", [r.cpu_s for r in rounds]),
        ("peak_memory_worker_and_database", "MB", [r.peak_mb for r in rounds]),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure once")
    options = parser.parse_args()
    found = figures(throughput.measure(1 if options.quick else 3))
    lines = []
    for name, unit, values in found:
        median, low, high = statistics.median(values), min(values), max(values)
        line = {
            "figure": name,
            "unit": unit,
            "median": round(median, 2),
            "min": round(low, 2),
            "max": round(high, 2),
            "rounds": len(values),
        }
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
        lines.append(f"{name:<34}{median:>10,.1f}{low:>10,.1f}{high:>10,.1f}  {unit}")
    sys.stdout.write(
        f"\n{throughput.ATTEMPTS:,} attempts, {throughput.LATENCY_MS} ms latency, "
        f"{throughput.CONCURRENCY} at once\n"
        f"{'':<34}{'median':>10}{'min':>10}{'max':>10}\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
