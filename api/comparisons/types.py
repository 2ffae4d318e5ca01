"""Two arms on the scenarios that both were put to."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Self

import strawberry

from api.context import AssayInfo
from api.definitions.types import Scenario
from api.fields import resolver
from api.interval import Interval
from api.relay import (
    After,
    Before,
    Connection,
    First,
    Last,
    connect,
    page_request,
)
from api.runs.types import Arm, Run
from api.transcripts.types import Transcript
from db.models import Attempt
from db.repositories.comparisons import ComparisonRepository
from engine.ranking import paired
from engine.runs import comparison as engine
from engine.runs.comparison import Show

COMPARED_KEY = (int,)

strawberry.enum(
    Show,
    name="ComparedScenarios",
    description="Which scenarios of a comparison to list: all; those where one arm did better; "
    "those where A did, or B; those with outputs that are not the same text.",
)


@strawberry.enum(description="Whose pass rate is higher at a scenario.")
class ComparisonOutcome(StrEnum):
    """Whose pass rate is higher at a scenario."""

    A_BETTER = "A_BETTER"
    B_BETTER = "B_BETTER"
    SAME = "SAME"
    UNSCORED = "UNSCORED"


@strawberry.type(
    description="A against B over the scenarios that both have a score for. A scenario counts "
    "once: its rate is the mean over its repeats. Rates and differences are 0 to 1."
)
class PairedResult:
    """A against B over the scenarios that both have a score for."""

    scenarios: int
    a_rate: float
    b_rate: float
    difference: float = strawberry.field(description="A's rate less B's.")
    interval: Interval = strawberry.field(
        description="Where the difference lies: Bonett and Price (2012), adjusted Wald."
    )
    decisive: bool = strawberry.field(description="Whether the interval excludes 0.")
    p_value: float | None = strawberry.field(
        description="The sign test, two-sided and exact: McNemar's where every scenario is passed "
        "or not. Never null."
    )
    more_scenarios: int | None = strawberry.field(
        description="About how many more would likely (4 in 5) decide; null when it is decided, "
        "and when the arms are level."
    )
    a_better: int
    b_better: int
    same: int
    both_passed: int = strawberry.field(description="Passed by both, in every repeat.")
    neither_passed: int = strawberry.field(description="Passed by neither, in any repeat.")

    @classmethod
    def of(cls, found: paired.PairedComparison) -> Self:
        """From the engine's."""
        return cls(
            scenarios=found.sums.scenarios,
            a_rate=found.a_rate,
            b_rate=found.b_rate,
            difference=found.difference,
            interval=Interval(low=found.interval.low, high=found.interval.high),
            decisive=found.decisive,
            p_value=found.p_value,
            more_scenarios=found.more_scenarios,
            a_better=found.sums.a_better,
            b_better=found.sums.b_better,
            same=found.sums.same,
            both_passed=found.sums.both_passed,
            neither_passed=found.sums.neither_passed,
        )


@strawberry.type(description="A scenario that both arms were put to, with what each made of it.")
class ComparedScenario:
    """A scenario that both arms were put to."""

    a_position: int = strawberry.field(description="Its place in A's run.")
    b_position: int = strawberry.field(description="Its place in B's run.")
    outcome: ComparisonOutcome
    a: list[Transcript] = strawberry.field(description="A's attempts, repeat by repeat.")
    b: list[Transcript] = strawberry.field(description="B's attempts, repeat by repeat.")
    attempt: strawberry.Private[Attempt | None]

    @classmethod
    def of(cls, pair: engine.ScenarioPair, a: Sequence[Attempt], b: Sequence[Attempt]) -> Self:
        """From the pair and the attempts of both arms."""
        return cls(
            a_position=pair.a_position,
            b_position=pair.b_position,
            outcome=ComparisonOutcome[pair.outcome.name],
            a=[Transcript.of(row) for row in a],
            b=[Transcript.of(row) for row in b],
            attempt=a[0] if a else None,
        )

    @resolver("As A's run has it.")
    async def scenario(self, info: AssayInfo) -> Scenario | None:
        """The scenario, as A's run has it."""
        if self.attempt is None:
            return None
        row = await info.context.loaders.scenarios.load(self.attempt.subject_id)
        return None if row is None else Scenario.of(row)


@strawberry.type(description="Two arms, of one run or of two runs of one definition.")
class Comparison:
    """Two arms on the scenarios that both were put to."""

    found: strawberry.Private[engine.Comparison]
    arm_a: Arm
    arm_b: Arm
    run_a: Run
    run_b: Run
    shared_count: int = strawberry.field(
        description="How many scenarios both were put to, scored or not."
    )
    result: PairedResult | None = strawberry.field(
        description="Null where no scenario has a score of both."
    )

    @classmethod
    def of(cls, found: engine.Comparison) -> Self:
        """From the engine's."""
        return cls(
            found=found,
            arm_a=Arm.of(found.a.counts.arm, found.a.counts),
            arm_b=Arm.of(found.b.counts.arm, found.b.counts),
            run_a=Run.of(found.a.run),
            run_b=Run.of(found.b.run),
            shared_count=found.shared,
            result=None if found.result is None else PairedResult.of(found.result),
        )

    @resolver("The scenarios that both were put to, in the order of A's run.")
    async def scenarios(
        self,
        info: AssayInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        show: Show = Show.ALL,
        from_position: Annotated[
            int | None,
            strawberry.argument(description="Begin at this place of A's run, without `after`."),
        ] = None,
    ) -> Connection[ComparedScenario]:
        """The scenarios that both were put to."""
        request = page_request(
            "compared", COMPARED_KEY, first=first, after=after, last=last, before=before
        )
        if from_position is not None and request.after is None and not request.backward:
            request = replace(request, after=(from_position - 1,))
        organization_id = info.context.organization_id
        async with info.context.read() as session:
            page = await engine.scenario_page(session, organization_id, self.found, show, request)
            repository = ComparisonRepository(session, organization_id)
            mine = await repository.attempts(
                self.found.a.counts.arm, [pair.a_position for pair in page.items]
            )
            others = await repository.attempts(
                self.found.b.counts.arm, [pair.b_position for pair in page.items]
            )
        return connect(
            "compared",
            page,
            lambda pair: (pair.a_position,),
            lambda pair: ComparedScenario.of(
                pair, mine.get(pair.a_position, []), others.get(pair.b_position, [])
            ),
        )
