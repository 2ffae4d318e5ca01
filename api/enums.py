"""The domain's enumerations, as the schema shows them. Import them from here in the API."""

from typing import Final

import strawberry

from db.models import AttemptStatus, EvaluationStatus, GridStatus, Role, RunKind, RunStatus
from db.repositories.run_list import RunSort
from engine.evaluation.grids.diff import GridChangeKind
from engine.evaluation.grids.resolve import GridOrigin
from engine.evaluation.grids.spec import CategoryType

__all__ = [
    "AttemptStatus",
    "CategoryType",
    "EvaluationStatus",
    "GridChangeKind",
    "GridOrigin",
    "GridStatus",
    "Role",
    "RunKind",
    "RunSort",
    "RunStatus",
]

_DESCRIPTIONS: Final = {
    RunStatus: "Where a run is in its lifecycle: PENDING -> RUNNING <-> PAUSED -> one of the ends.",
    RunKind: "Where the subjects of a run come from.",
    RunSort: "What runs are sorted by. A run without such a value (it has not ended, has no price "
    "or no score) counts as less than all others; one that was never opened, as opened when it "
    "was started. The cost and the pass rate are those of the run's end.",
    AttemptStatus: "How an attempt ended.",
    GridStatus: "Where a version of a grid is in its life. Only a draft can be changed; at most "
    "one version is a draft, and at most one is published.",
    EvaluationStatus: "Whether a judge's scores could be had.",
    GridOrigin: "Where a grid comes from.",
    GridChangeKind: "What became of a part of a grid.",
    CategoryType: "How far judging a category is a matter of fact.",
    Role: "A viewer reads, an editor also runs, an admin also governs.",
}

for _enum, _description in _DESCRIPTIONS.items():
    strawberry.enum(_enum, description=_description)
