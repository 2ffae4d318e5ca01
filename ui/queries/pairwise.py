"""Every arm of a run against every other."""

from typing import Final, TypedDict

from ui.queries.comparison import RESULT, ArmName, Interval, Result


class Pair(TypedDict):
    armA: ArmName
    armB: ArmName
    result: Result | None
    adjustedPValue: float | None


class Strength(TypedDict):
    arm: ArmName
    rank: int
    strength: float
    interval: Interval
    tieGroups: list[int]


class Pairwise(TypedDict):
    pairs: list[Pair]
    strengths: list[Strength] | None


PAIRWISE: Final = f"""
query RunPairwise($id: ID!) {{
  run(id: $id) {{
    pairwise {{
      pairs {{
        armA {{ id label }} armB {{ id label }} adjustedPValue
        result {{ ...ResultParts }}
      }}
      strengths {{ arm {{ id label }} rank strength interval {{ low high }} tieGroups }}
    }}
  }}
}}
{RESULT}
"""
