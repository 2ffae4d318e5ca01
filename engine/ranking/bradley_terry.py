"""One strength for each arm, from who did better where: the model of Bradley and Terry.

An arm of strength s does better than one of strength t in s / (s + t) of the cases. Bradley and
Terry (1952), Biometrika 39(3/4), 324-345. Strengths are relative: their geometric mean is 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.ranking.intervals import CONFIDENCE, Interval, two_sided_z
from engine.ranking.rounds import Rounds

_Array: TypeAlias = NDArray[np.float64]

_STEPS: Final = 100
_CLOSE: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Strengths:
    """The strength of each arm, where it lies, and the covariance of their logarithms."""

    strengths: Sequence[float]
    intervals: Sequence[Interval]
    covariance: _Array

    def log_ratio(self, a: int, b: int) -> float:
        """The logarithm of the strength of ``a`` over that of ``b``."""
        return float(np.log(self.strengths[a] / self.strengths[b]))

    def standard_error(self, a: int, b: int) -> float:
        """Of :meth:`log_ratio`."""
        spread = self.covariance[a, a] + self.covariance[b, b] - 2 * self.covariance[a, b]
        return float(np.sqrt(max(0.0, spread)))


def bradley_terry(rounds: Rounds, confidence: float = CONFIDENCE) -> Strengths | None:
    """The strengths that make what was seen most likely, with intervals that believe the data.

    A key of ``rounds`` is what each arm got at a scenario (None where it has no rate), its value
    at how many scenarios that was so. At a scenario every two arms meet: the higher rate wins, the
    same is half a win for each. The intervals are those of the sandwich estimator, with the
    scenario as cluster: the meetings at one scenario are not independent (White 1982, Econometrica
    50(1), 1-25; Liang and Zeger 1986, Biometrika 73(1), 13-22).

    None where no strengths are most likely: some arms never did better than the others, or were
    never met by them (Ford 1957, American Mathematical Monthly 64(8), 28-33).
    """
    z = two_sided_z(confidence)
    meetings = _Meetings(rounds)
    if not _connected(meetings.wins):
        return None
    logs = _most_likely(meetings.wins)
    bread = np.linalg.pinv(_information(logs, meetings.wins))
    covariance = bread @ meetings.scatter(logs) @ bread
    errors = np.sqrt(np.maximum(0.0, np.diag(covariance)))
    return Strengths(
        strengths=[float(value) for value in np.exp(logs)],
        intervals=[
            Interval(float(np.exp(log - z * error)), float(np.exp(log + z * error)))
            for log, error in zip(logs, errors, strict=True)
        ],
        covariance=covariance,
    )


class _Meetings:
    """Who met whom: ``wins[i, j]`` is how often i did better than j, the same counting half."""

    def __init__(self, rounds: Rounds) -> None:
        self._counts = np.array(list(rounds.values()), dtype=np.float64)
        rates = np.array(
            [[np.nan if rate is None else rate for rate in key] for key in rounds], dtype=np.float64
        )
        arms = rates.shape[1] if rates.size else 0
        self._pairs = list(combinations(range(arms), 2))
        self._results = [_result(rates[:, a], rates[:, b]) for a, b in self._pairs]
        self.wins: _Array = np.zeros((arms, arms))
        for (a, b), result in zip(self._pairs, self._results, strict=True):
            self.wins[a, b] = np.nansum(result * self._counts)
            self.wins[b, a] = np.nansum((1 - result) * self._counts)

    def scatter(self, logs: _Array) -> _Array:
        """How far the scenarios pull the strengths apart: the meat of the sandwich."""
        pulls = np.zeros((len(self._counts), len(logs)))
        for (a, b), result in zip(self._pairs, self._results, strict=True):
            surprise = np.nan_to_num(result - _chance(logs[a] - logs[b]))
            pulls[:, a] += surprise
            pulls[:, b] -= surprise
        clusters = self._counts.sum()
        meat: _Array = (pulls * self._counts[:, None]).T @ pulls
        scaled: _Array = meat * (clusters / max(1.0, clusters - 1))
        return scaled


def _result(a: _Array, b: _Array) -> _Array:
    """1 where A has the higher rate, 0 where B has, a half where they are the same; or nan."""
    result: _Array = (1 + np.sign(a - b)) / 2
    return result


def _chance(difference: float) -> float:
    return float(1 / (1 + np.exp(-difference)))


def _connected(wins: _Array) -> bool:
    """Whether every arm did better than every other, at least by way of further ones."""
    arms = len(wins)
    if arms < 2:
        return False
    reached = np.linalg.matrix_power((wins > 0) + np.eye(arms), arms)
    return bool((reached > 0).all())


def _most_likely(wins: _Array) -> _Array:
    """The logarithms of the strengths, by Newton's method; they add up to 0."""
    logs: _Array = np.zeros(len(wins))
    for _ in range(_STEPS):
        meetings = wins + wins.T
        expected = meetings / (1 + np.exp(logs[None, :] - logs[:, None]))
        pull = (wins - expected).sum(axis=1)
        step = np.linalg.pinv(_information(logs, wins)) @ pull
        # A long step would overshoot where the likelihood is flat.
        logs = logs + step * min(1.0, 1.0 / max(1e-300, float(np.abs(step).max())))
        logs -= logs.mean()
        if float(np.abs(step).max()) < _CLOSE:
            break
    return logs


def _information(logs: _Array, wins: _Array) -> _Array:
    """How sharply the likelihood bends at ``logs``: the negative of its second derivatives."""
    chances = 1 / (1 + np.exp(logs[None, :] - logs[:, None]))
    bends: _Array = (wins + wins.T) * chances * (1 - chances)
    np.fill_diagonal(bends, 0.0)
    information: _Array = np.diag(bends.sum(axis=1)) - bends
    return information
