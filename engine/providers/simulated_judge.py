"""How a simulated model replies when it is asked to judge."""

from typing import Any, Final

import orjson

from engine.providers.contract import Judging

_SCORES: Final = {True: 90, False: 20, None: 50}


def judge_reply(judging: Judging, draw: float, unreadable_rate: float) -> str:
    """The reply of a judge that is right: high where the scorers passed the answer, else low.

    With ``draw``, uniform in [0, 1), below ``unreadable_rate`` it says something else.
    """
    if draw < unreadable_rate:
        return "I would rather not put a number on this."
    score = _SCORES[judging.passed]
    reply: dict[str, Any] = {
        name: {"reason": "As the scorers say.", "score": score} for name in judging.names
    }
    reply["risk"] = {"reason": "As the scorers say.", "score": 100 - score}
    reply["confidence"] = {"reason": "It is simulated.", "score": 80}
    return orjson.dumps(reply).decode()
