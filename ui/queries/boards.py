"""The boards of a run."""

from typing import Final, Literal, TypedDict

from ui.queries.run import Interval


class Estimate(TypedDict):
    value: float
    interval: Interval | None


class BoardArm(TypedDict):
    id: str
    label: str


class BoardRow(TypedDict):
    arm: BoardArm
    rank: int | None
    estimate: Estimate | None
    tail: Estimate | None
    count: int
    clusters: int | None
    lowSample: bool
    detectableDifference: float | None
    tieGroups: list[int]
    failed: int
    unscored: int


class Board(TypedDict):
    separation: Literal["PAIRED", "INTERVALS"]
    rows: list[BoardRow]


class Boards(TypedDict):
    partial: bool
    quality: Board
    speed: Board
    cost: Board


BOARDS: Final = """
query RunBoards($id: ID!) {
  run(id: $id) {
    boards {
      partial
      quality { ...BoardParts }
      speed { ...BoardParts }
      cost { ...BoardParts }
    }
  }
}
fragment BoardParts on Board {
  separation
  rows {
    arm { id label }
    rank
    estimate { value interval { low high } }
    tail { value interval { low high } }
    count clusters lowSample detectableDifference tieGroups failed unscored
  }
}
"""
