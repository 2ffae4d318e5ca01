"""The loaders of one operation."""

from datetime import datetime
from functools import cached_property
from uuid import UUID

from api.dataloaders.batch import Loader, Read
from db.models import (
    Arm,
    ArmEvaluations,
    Dataset,
    Definition,
    DefinitionVersion,
    Evaluation,
    EvaluatorProfile,
    EvaluatorVersion,
    Run,
    Scenario,
    Transcript,
)
from db.repositories.attempts import AttemptRepository
from db.repositories.definitions import DefinitionRepository
from db.repositories.evaluators import EvaluatorRepository
from db.repositories.grids import GridHeads, GridRepository
from db.repositories.runs import ArmCounts, ArmLatency, RunRepository
from db.repositories.spending import Spending


class Loaders:
    """One loader for each kind of row that lists ask for item by item."""

    def __init__(self, read: Read, organization_id: UUID) -> None:
        self._read = read
        self._organization_id = organization_id

    @cached_property
    def runs(self) -> Loader[Run]:
        """Runs by id."""
        return Loader(
            self._read, lambda s, ids: RunRepository(s, self._organization_id).by_ids(ids)
        )

    @cached_property
    def arm_counts(self) -> Loader[list[ArmCounts]]:
        """The arms of a run with their counters, by the run's id."""
        return Loader(self._read, lambda s, ids: RunRepository(s, self._organization_id).arms(ids))

    @cached_property
    def arms(self) -> Loader[Arm]:
        """Arms by id."""
        return Loader(
            self._read, lambda s, ids: RunRepository(s, self._organization_id).arms_by_id(ids)
        )

    @cached_property
    def arm_latencies(self) -> Loader[ArmLatency]:
        """The quantiles of an arm's latencies, by the arm's id."""
        return Loader(
            self._read, lambda s, ids: RunRepository(s, self._organization_id).arm_latencies(ids)
        )

    @cached_property
    def running_seconds(self) -> Loader[float]:
        """How long a run has been running, its pauses left out, by the run's id."""
        return Loader(
            self._read,
            lambda s, ids: RunRepository(s, self._organization_id).running_seconds(ids),
        )

    @cached_property
    def spending(self) -> Loader[Spending]:
        """What became of a run's budget, by the run's id."""
        return Loader(
            self._read, lambda s, ids: RunRepository(s, self._organization_id).spending(ids)
        )

    @cached_property
    def versions(self) -> Loader[tuple[DefinitionVersion, Definition]]:
        """Definition versions with their definitions, by the version's id."""
        return Loader(
            self._read,
            lambda s, ids: DefinitionRepository(s, self._organization_id).versions_by_id(ids),
        )

    @cached_property
    def current_versions(self) -> Loader[DefinitionVersion]:
        """The current version of a definition, by the definition's id."""
        return Loader(
            self._read,
            lambda s, ids: DefinitionRepository(s, self._organization_id).current_versions(ids),
        )

    @cached_property
    def datasets(self) -> Loader[Dataset]:
        """Datasets (without their rows) by id."""
        return Loader(
            self._read,
            lambda s, ids: DefinitionRepository(s, self._organization_id).datasets_by_id(ids),
        )

    @cached_property
    def scenarios(self) -> Loader[Scenario]:
        """Scenarios by id."""
        return Loader(
            self._read,
            lambda s, ids: DefinitionRepository(s, self._organization_id).scenarios_by_id(ids),
        )

    @cached_property
    def evaluators(self) -> Loader[tuple[EvaluatorVersion, EvaluatorProfile]]:
        """Evaluator versions with their profiles, by the version's id."""
        return Loader(
            self._read,
            lambda s, ids: EvaluatorRepository(s, self._organization_id).versions_by_id(ids),
        )

    @cached_property
    def newest_evaluators(self) -> Loader[EvaluatorVersion]:
        """The newest version of an evaluator profile, by the profile's id."""
        return Loader(
            self._read, lambda s, ids: EvaluatorRepository(s, self._organization_id).newest(ids)
        )

    @cached_property
    def evaluations(self) -> Loader[list[Evaluation]]:
        """What judges said of an attempt, by the attempt's id."""
        return Loader(
            self._read,
            lambda s, ids: EvaluatorRepository(s, self._organization_id).evaluations(ids),
        )

    @cached_property
    def arm_evaluations(self) -> Loader[ArmEvaluations]:
        """The sums of an arm's evaluations, by the arm's id."""
        return Loader(
            self._read,
            lambda s, ids: EvaluatorRepository(s, self._organization_id).arm_evaluations(ids),
        )

    @cached_property
    def grid_heads(self) -> Loader[GridHeads]:
        """The versions of a grid that people ask for, by the grid's id."""
        return Loader(
            self._read, lambda s, ids: GridRepository(s, self._organization_id).heads(ids)
        )

    @cached_property
    def transcripts(self) -> Loader[Transcript]:
        """Messages, output and raw reply, by the attempt's id."""
        return Loader(
            self._read,
            lambda s, ids: AttemptRepository(s, self._organization_id).transcripts(ids),
        )

    @cached_property
    def transcript_accesses(self) -> Loader[datetime]:
        """When a transcript was last read, by the attempt's id."""
        return Loader(
            self._read,
            lambda s, ids: AttemptRepository(s, self._organization_id).last_accesses(ids),
        )
