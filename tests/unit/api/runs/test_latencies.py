"""What is remembered of arms' latencies."""

from api.runs.latencies import ArmLatencies
from db.ids import uuid7
from db.repositories.runs import ArmLatency


def test_what_is_known_is_given_while_no_latency_has_come() -> None:
    known, arm = ArmLatencies(), uuid7()
    assert known.get(arm, 3) is None
    latency = ArmLatency(3, 10.0, 20.0)
    known.keep(arm, latency)
    assert known.get(arm, 3) is latency
    assert known.get(arm, 4) is None
    assert known.get(uuid7(), 3) is None


def test_the_arm_that_nobody_asked_for_longest_is_forgotten() -> None:
    known = ArmLatencies(kept=2)
    first, second, third = uuid7(), uuid7(), uuid7()
    latency = ArmLatency(1, 1.0, 1.0)
    known.keep(first, latency)
    known.keep(second, latency)
    known.get(first, 1)
    known.keep(third, latency)
    assert known.get(second, 1) is None
    assert known.get(first, 1) is latency
    assert known.get(third, 1) is latency
