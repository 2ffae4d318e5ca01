"""What is looked at while a run goes on: its last attempts, and why attempts fail."""

from typing import Final, TypedDict

from ui.queries.transcripts import ScenarioKey


class Label(TypedDict):
    label: str


class ErrorCode(TypedDict):
    code: str


class RecentAttempt(TypedDict):
    id: str
    arm: Label
    scenario: ScenarioKey | None
    scenarioPosition: int
    repeat: int
    status: str
    error: ErrorCode | None
    passed: bool | None
    unscored: bool
    latencyMs: float | None


class FailureReason(TypedDict):
    code: str
    count: int


WATCH: Final = """
query Watch($id: ID!, $active: Boolean!) {
  run(id: $id) {
    failureReasons { code count }
    recentAttempts @include(if: $active) {
      id scenarioPosition repeat status passed unscored latencyMs
      arm { label }
      scenario { position key }
      error { code }
    }
  }
}
"""
