"""The domain's enumerations, as the schema shows them. Import them from here in the API."""

from typing import Final

import strawberry

from db.models import AttemptStatus, Role, RunKind, RunStatus

__all__ = ["AttemptStatus", "Role", "RunKind", "RunStatus"]

_DESCRIPTIONS: Final = {
    RunStatus: "Where a run is in its lifecycle: PENDING -> RUNNING <-> PAUSED -> one of the ends.",
    RunKind: "Where the subjects of a run come from.",
    AttemptStatus: "How an attempt ended.",
    Role: "A viewer reads, an editor also runs, an admin also governs.",
}

for _enum, _description in _DESCRIPTIONS.items():
    strawberry.enum(_enum, description=_description)
