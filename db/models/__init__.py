"""The tables, one aggregate a file."""

from db.models.attempt import Attempt, AttemptStatus, Transcript, TranscriptAccess
from db.models.base import metadata
from db.models.board import ArmMoments, Measure, RunOutcomes
from db.models.definition import Dataset, DatasetRow, Definition, DefinitionVersion, Scenario
from db.models.evaluator import (
    ArmEvaluations,
    Evaluation,
    EvaluationRationale,
    EvaluationStatus,
    EvaluatorProfile,
    EvaluatorVersion,
)
from db.models.grid import Grid, GridStatus, GridVersion
from db.models.organization import ApiKey, LoginLink, LoginSession, Organization, Role
from db.models.run import (
    Arm,
    ArmProgress,
    Run,
    RunEvent,
    RunKind,
    RunStatus,
    Shard,
    ShardState,
)
from db.models.spending import RunSpending
from db.models.worker import AttemptMinute, InFlight, Worker

__all__ = [
    "ApiKey",
    "Arm",
    "ArmEvaluations",
    "ArmMoments",
    "ArmProgress",
    "Attempt",
    "AttemptMinute",
    "AttemptStatus",
    "Dataset",
    "DatasetRow",
    "Definition",
    "DefinitionVersion",
    "Evaluation",
    "EvaluationRationale",
    "EvaluationStatus",
    "EvaluatorProfile",
    "EvaluatorVersion",
    "Grid",
    "GridStatus",
    "GridVersion",
    "InFlight",
    "LoginLink",
    "LoginSession",
    "Measure",
    "Organization",
    "Role",
    "Run",
    "RunEvent",
    "RunKind",
    "RunOutcomes",
    "RunSpending",
    "RunStatus",
    "Scenario",
    "Shard",
    "ShardState",
    "Transcript",
    "TranscriptAccess",
    "Worker",
    "metadata",
]
