"""`assay compare`: two arms of a run, or runs against a baseline."""

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from cli.eval import said
from cli.output import counted, number, percent, print_json, print_table
from cli.runtime import load_settings, open_database, organization_id, run_async
from cli.select import find_run
from db.repositories.runs import RunRepository
from engine.errors import InvalidInput
from engine.runs.comparison import Comparison, Comparisons, Side, best_two
from engine.runs.run_comparison import ComparedArm, ComparedRun, compare_runs
from engine.settings import Settings
from engine.telemetry.logs import configure_logging


@click.command("compare")
@click.argument("run_ids", metavar="RUN [RUN...]", nargs=-1, required=True)
@click.option(
    "--arm",
    "labels",
    multiple=True,
    help="With one run: the two arms to compare; the best two if left out.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What to print.",
)
def command(run_ids: tuple[str, ...], labels: tuple[str, ...], output: str) -> None:
    """Compare two arms of a run, or up to ten runs with the first one.

    On the scenarios that both have a score for: the difference in percentage points with its 95%
    interval, and who did better on how many.
    """
    config = load_settings()
    configure_logging(config.log_level if said(config) else "warning", config.log_format)
    run_async(_compare(config, run_ids, labels, as_json=output == "json"))


async def _compare(
    config: Settings, texts: Sequence[str], labels: Sequence[str], *, as_json: bool
) -> None:
    if labels and (len(texts) > 1 or len(labels) != 2):
        raise InvalidInput("`--arm` goes with one run, and is given for both of two arms.")
    async with open_database(config) as database, database.unit_of_work() as session:
        organization = await organization_id(session, config)
        runs = RunRepository(session, organization)
        keys = [(await find_run(runs, text)).id for text in texts]
        if len(keys) > 1:
            found = await compare_runs(session, organization, keys, None, Comparisons())
            _print_runs(found, as_json=as_json)
            return
        sides = await _sides(runs, texts[0], labels)
        comparison = await Comparisons().between(session, organization, *sides)
    _print_arms(comparison, as_json=as_json)


async def _sides(runs: RunRepository, text: str, labels: Sequence[str]) -> tuple[Side, Side]:
    run = await find_run(runs, text)
    arms = (await runs.arms([run.id]))[run.id]
    if not labels:
        best = best_two(arms)
        if best is None:
            raise InvalidInput("Fewer than two arms of this run have scores.")
        return Side(run, best[0]), Side(run, best[1])
    by_label = {counts.arm.label: counts for counts in arms}
    for label in labels:
        if label not in by_label:
            known = ", ".join(by_label)
            raise InvalidInput(f"The run has no arm {label!r}; it has {known}.")
    if labels[0] == labels[1]:
        raise InvalidInput("Choose two different arms: these are the same.")
    return Side(run, by_label[labels[0]]), Side(run, by_label[labels[1]])


def _print_arms(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        print_json(document(found))
        return
    click.echo(sentence(found))
    result = found.result
    if result is not None:
        a, b = _label(found.a), _label(found.b)
        print_table(
            ("arm", "pass rate", "better on"),
            [
                (a, percent(result.a_rate), number(result.sums.a_better)),
                (b, percent(result.b_rate), number(result.sums.b_better)),
            ],
            right=("pass rate", "better on"),
        )


def _print_runs(found: Sequence[ComparedRun], *, as_json: bool) -> None:
    if as_json:
        print_json([_run_document(run) for run in found])
        return
    print_table(
        ("run", "arm", "pass rate", "difference", "95%", "better / same / worse"),
        [_row(run, arm) for run in found for arm in run.arms],
        right=("pass rate", "difference", "95%", "better / same / worse"),
    )


def _row(run: ComparedRun, arm: ComparedArm) -> tuple[str | Text, ...]:
    progress = arm.counts.progress
    rate = percent(progress.passed / progress.scored if progress.scored else None)
    head = (str(run.run.id), arm.counts.arm.label, rate)
    result = None if arm.comparison is None else arm.comparison.result
    if result is None:
        return (*head, arm.unpaired or "baseline", "", "")
    colour = "" if not result.decisive else "green" if result.difference > 0 else "red"
    sums = result.sums
    return (
        *head,
        Text(points(result.difference), style=colour),
        f"{points(result.interval.low)} to {points(result.interval.high)}",
        f"{number(sums.a_better)} / {number(sums.same)} / {number(sums.b_better)}",
    )


def sentence(found: Comparison) -> str:
    """What a comparison of two arms says."""
    a, b, result = _label(found.a), _label(found.b), found.result
    if result is None:
        return f"No scenario has a score of both {a} and {b}."
    low, high = result.interval.low, result.interval.high
    if result.difference < 0:
        a, b, low, high = b, a, -high, -low
    apart = f"{abs(result.difference) * 100:.1f}"
    around = f"(95%: {low * 100:.1f} to {high * 100:.1f})"
    on = f"on {counted(result.sums.scenarios, 'scenario')}"
    if result.decisive:
        return f"{a} beats {b} by {apart} points {around} {on}."
    words = f"{a} and {b} can't be told apart {on}: they are {apart} points apart {around}."
    if result.more_scenarios is None:
        return words
    return f"{words} About {counted(result.more_scenarios, 'more scenario')} would likely decide."


def points(share: float) -> str:
    """`+4.1`: percentage points, with their sign."""
    return f"{share * 100:+.1f}"


def document(found: Comparison) -> dict[str, Any]:
    """A comparison as a JSON document; names and figures are those of the GraphQL API."""
    result = found.result
    return {
        "runA": str(found.a.run.id),
        "armA": _label(found.a),
        "runB": str(found.b.run.id),
        "armB": _label(found.b),
        "sharedCount": found.shared,
        "result": None
        if result is None
        else {
            "scenarios": result.sums.scenarios,
            "aRate": result.a_rate,
            "bRate": result.b_rate,
            "difference": result.difference,
            "interval": {"low": result.interval.low, "high": result.interval.high},
            "decisive": result.decisive,
            "pValue": result.p_value,
            "moreScenarios": result.more_scenarios,
            "aBetter": result.sums.a_better,
            "bBetter": result.sums.b_better,
            "same": result.sums.same,
        },
    }


def _run_document(run: ComparedRun) -> dict[str, Any]:
    return {
        "runId": str(run.run.id),
        "isBaseline": run.is_baseline,
        "arms": [
            {
                "label": arm.counts.arm.label,
                "scored": arm.counts.progress.scored,
                "passed": arm.counts.progress.passed,
                "unpaired": arm.unpaired,
                "comparison": None if arm.comparison is None else document(arm.comparison),
            }
            for arm in run.arms
        ],
    }


def _label(side: Side) -> str:
    return side.counts.arm.label
