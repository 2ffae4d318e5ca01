"""Evaluator profiles from YAML, and as rows: a change makes the next version, none is changed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EvaluatorProfile, EvaluatorVersion
from db.models.base import utc_now
from db.repositories.evaluators import EvaluatorRepository
from db.session import hold_name
from engine.definitions.errors import Problem
from engine.definitions.problems import problems
from engine.definitions.yaml_nodes import compose
from engine.evaluation.grids.resolve import GridResolver
from engine.evaluation.profiles.errors import InvalidEvaluator
from engine.evaluation.profiles.spec import EvaluatorSpec

MAX_CHARS: Final = 100_000


@dataclass(frozen=True, slots=True)
class SavedEvaluator:
    """A profile as it is now, and whether saving made a new version of it."""

    profile: EvaluatorProfile
    version: EvaluatorVersion
    changed: bool


def parse_evaluator(text: str, *, filename: str = "evaluator") -> EvaluatorSpec:
    """Read a profile from YAML. Raises InvalidEvaluator with all problems that were found."""
    if len(text) > MAX_CHARS:
        message = f"the text is longer than {MAX_CHARS:,} characters"
        raise InvalidEvaluator([Problem(None, None, "", message)], filename=filename)
    document = compose(text, filename, InvalidEvaluator)
    try:
        return EvaluatorSpec.model_validate(document.value)
    except ValidationError as error:
        found = problems(error, document.root, fields_at=lambda _: EvaluatorSpec)
    raise InvalidEvaluator(found, filename=filename)


def load_evaluator(path: Path) -> EvaluatorSpec:
    """Read a profile's file. Raises InvalidEvaluator, also when it can't be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problem = Problem(None, None, "", f"the file can't be read: {reason}")
        raise InvalidEvaluator([problem], filename=str(path)) from None
    return parse_evaluator(text, filename=str(path))


async def save_evaluator(
    session: AsyncSession,
    organization_id: UUID,
    spec: EvaluatorSpec,
    *,
    actor: str,
    grids: GridResolver,
) -> SavedEvaluator:
    """Store ``spec`` under its name: as version 1, or as the next one if anything changed.

    What its grid stands for now is pinned; a grid that was published anew is such a change.
    Raises NotFound (field grid) where the name stands for nothing.
    """
    grid = await grids.resolve(session, organization_id, spec.grid)
    says = spec.model_dump(mode="json")
    content = {"spec": says, "grid": grid.digest}
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    repository = EvaluatorRepository(session, organization_id)
    await hold_name(session, organization_id, "evaluator", spec.label)
    profile = await repository.by_name(spec.label, lock=True)
    if profile is None:
        profile = EvaluatorProfile(organization_id=organization_id, name=spec.label)
        await repository.add(profile)
    else:
        newest = (await repository.newest([profile.id]))[profile.id]
        if newest.digest == digest:
            return SavedEvaluator(profile, newest, changed=False)
        profile.newest_version += 1
        profile.updated_at = utc_now()
    version = EvaluatorVersion(
        profile_id=profile.id,
        version=profile.newest_version,
        spec=says,
        grid=grid.spec.model_dump(mode="json"),
        grid_version_id=grid.version_id,
        digest=digest,
        created_by=actor,
    )
    await repository.add_version(version)
    return SavedEvaluator(profile, version, changed=True)
