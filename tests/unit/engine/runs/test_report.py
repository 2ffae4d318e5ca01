"""The result of a run as data."""

from decimal import Decimal
from uuid import uuid4

import orjson
from hypothesis import given
from hypothesis import strategies as st

from db.models import ArmProgress
from engine.runs.report import arm_report, document

counts = st.integers(0, 10**6)


def progress(**values: object) -> ArmProgress:
    return ArmProgress.model_validate({"arm_id": uuid4(), "run_id": uuid4(), **values})


def test_nothing_known_is_null_and_never_zero() -> None:
    report = arm_report("a", progress(total=5))
    assert (report.attempts, report.passed) == (5, 0)
    assert report.pass_rate is None
    assert report.mean_score is None
    assert report.mean_latency_ms is None
    assert report.cost_usd is None


def test_rates_are_over_what_was_scored_and_latency_over_what_succeeded() -> None:
    report = arm_report(
        "a",
        progress(
            total=10,
            succeeded=8,
            failed=2,
            unscored=3,
            scored=5,
            passed=2,
            score_sum=Decimal("2.5"),
            latency_sum_ms=Decimal(400),
            cost_usd=Decimal("0.0001"),
            priced=8,
        ),
    )
    assert (report.pass_rate, report.mean_score, report.mean_latency_ms) == (0.4, 0.5, 50.0)
    assert report.cost_usd == Decimal("0.0001")


def test_a_price_of_zero_is_known() -> None:
    assert arm_report("a", progress(priced=1)).cost_usd == 0


@given(succeeded=counts, data=st.data())
def test_the_document_is_json_with_numbers(succeeded: int, data: st.DataObject) -> None:
    scored = data.draw(st.integers(0, succeeded))
    passed = data.draw(st.integers(0, scored))
    report = arm_report(
        "a",
        progress(
            total=succeeded,
            succeeded=succeeded,
            scored=scored,
            passed=passed,
            unscored=succeeded - scored,
            score_sum=Decimal(passed),
            priced=succeeded,
        ),
    )
    run_id = uuid4()
    given_back = orjson.loads(orjson.dumps(document(run_id, "COMPLETED", [report])))
    [arm] = given_back["arms"]
    assert given_back["runId"] == str(run_id)
    assert arm["passRate"] is None if scored == 0 else 0 <= arm["passRate"] <= 1
    assert arm["passRate"] == arm["meanScore"]
    assert arm["costUsd"] == (0.0 if succeeded else None)


def test_an_arm_that_calls_nobody_has_no_latency() -> None:
    counted = progress(total=3, succeeded=3, scored=3, passed=1)
    assert arm_report("recorded", counted).mean_latency_ms is None
