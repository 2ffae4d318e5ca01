"""How the arms of a run do at each level of a dimension."""

from typing import Final, TypedDict

from ui.queries.run import Interval


class ArmPassRate(TypedDict):
    armId: str
    scored: int
    passed: int
    passRate: float | None
    passRateInterval: Interval | None


class LevelPassRates(TypedDict):
    level: str
    arms: list[ArmPassRate]


class PassRates(TypedDict):
    """``complete``: whether all attempts that ended are counted, or only the first."""

    complete: bool
    levelCount: int
    levels: list[LevelPassRates]


RATES_BY_LEVEL: Final = """
query PassRates($id: ID!, $dimension: String!) {
  run(id: $id) {
    passRates(dimension: $dimension) {
      complete levelCount
      levels { level arms { armId scored passed passRate passRateInterval { low high } } }
    }
  }
}
"""
