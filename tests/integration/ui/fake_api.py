"""An API that answers from plain dictionaries, by the real schema.

The pages' documents are executed over schema.graphql, so a field that the schema has not, or a
value of the wrong type, fails the test as it would fail the page.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from graphql import build_schema, graphql, parse
from graphql.language import OperationDefinitionNode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

ROOT: Final = Path(__file__).resolve().parents[3]
SCHEMA: Final = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))

NO_PAGE: Final = {"hasNextPage": False, "hasPreviousPage": False}
AT: Final = "2026-03-04T05:06:07+00:00"


class FakeApi:
    """Answers from ``root``; ``calls`` holds the operations and variables that came.
    Those named in ``broken`` fail.

    Subscriptions are refused unless ``pushes`` is given: what is put there is sent to the one
    subscriber, and None completes its subscription. ``subscribers`` counts those there are.
    """

    def __init__(self) -> None:
        self.pushes: asyncio.Queue[dict[str, Any] | None] | None = None
        self.subscribers = 0
        self._sending: asyncio.Task[None] | None = None
        self.logged_in = True
        self.failure: tuple[str, str] | None = None
        self.broken: set[str] = set()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.cookies: list[str] = []
        self.root: dict[str, Any] = {
            "viewer": {"actor": "ada", "role": "ADMIN", "organization": "Analytical Engines"},
            "health": {
                "status": "ok",
                "version": "1.2.3",
                "database": {"ok": True, "version": "18.0", "latencyMs": 0.5},
                "queue": {
                    "queued": 0,
                    "picked": 0,
                    "oldestWaiting": None,
                    "attemptsWaiting": 0,
                    "attemptsInFlight": 0,
                    "endedLastHour": 0,
                    "failedLastHour": 0,
                },
                "accounts": [],
                "workers": [],
                "warnings": [],
                "providers": [provider("openai", "OPENAI_API_KEY is not set.")],
            },
            "models": [provider("simulated"), provider("openai", "OPENAI_API_KEY is not set.")],
            "runs": lambda _, **__: connection([]),
            "runChoices": {"models": ["gpt-5"], "createdBy": ["ada"]},
            "definitions": lambda _, **__: connection([]),
            "evaluatorProfiles": lambda _, **__: connection([]),
            "runEstimate": answers({"estimate": estimate(), "errors": []}),
            "rerunEstimate": answers({"estimate": estimate(), "errors": []}),
        }

    def named(self, operation: str) -> list[dict[str, Any]]:
        """The variables of each call of ``operation``."""
        return [variables for name, variables in self.calls if name == operation]

    async def push(self, socket: WebSocket) -> None:
        """Speak graphql-transport-ws at /graphql."""
        if self.pushes is None:
            await socket.close(4403)
            return
        await socket.accept("graphql-transport-ws")
        assert (await socket.receive_json())["type"] == "connection_init"
        await socket.send_json({"type": "connection_ack"})
        asked = await socket.receive_json()
        self.subscribers += 1
        self._sending = asyncio.create_task(self._send(socket, asked["id"], self.pushes))
        leaving = asyncio.create_task(socket.receive())
        await asyncio.wait({self._sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        self.subscribers -= 1
        self._sending.cancel()
        leaving.cancel()

    def break_off(self) -> None:
        """End the connection of the one subscriber."""
        assert self._sending is not None
        self._sending.cancel()

    async def _send(
        self, socket: WebSocket, identity: str, pushes: "asyncio.Queue[dict[str, Any] | None]"
    ) -> None:
        while (data := await pushes.get()) is not None:
            message = {"type": "next", "id": identity, "payload": {"data": data}}
            await socket.send_json(message)
        await socket.send_json({"type": "complete", "id": identity})

    async def __call__(self, request: Request) -> Response:
        """Answer POST /graphql."""
        self.cookies.append(request.headers.get("cookie", ""))
        if not self.logged_in:
            return _failed("UNAUTHENTICATED", "You are not logged in.", 401)
        if self.failure is not None:
            return _failed(*self.failure, 500)
        body = await request.json()
        document = parse(body["query"])
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        self.calls.append((operation.name.value, body["variables"]))
        if operation.name.value in self.broken:
            return _failed("INTERNAL", "Out of order.", 500)
        result = await graphql(
            SCHEMA, body["query"], root_value=self.root, variable_values=body["variables"]
        )
        return JSONResponse(result.formatted)


def _failed(code: str, message: str, status: int) -> Response:
    return JSONResponse(
        {"errors": [{"message": message, "extensions": {"code": code, "requestId": "req-42"}}]},
        status_code=status,
    )


def answers(value: Any) -> Callable[..., Any]:
    """A field that gives ``value`` whatever it is asked."""
    return lambda _, **__: value


def connection(nodes: list[dict[str, Any]], **page: Any) -> dict[str, Any]:
    """A page of a list."""
    edges = [{"cursor": f"c{n}", "node": node} for n, node in enumerate(nodes)]
    return {
        "edges": edges,
        "pageInfo": {**NO_PAGE, "startCursor": "first", "endCursor": "last", **page},
        "totalCount": len(nodes),
    }


def provider(name: str, problem: str | None = None) -> dict[str, Any]:
    """A provider, ready or not."""
    return {
        "name": name,
        "title": name.capitalize(),
        "description": "",
        "available": problem is None,
        "unavailableReason": problem,
        "models": [],
    }


def progress(total: int = 10, **fields: Any) -> dict[str, Any]:
    """How far something is; all of it succeeded unless ``fields`` say otherwise."""
    zero = dict.fromkeys(
        ("failed", "cancelled", "skipped", "unscored", "inFlight", "pending", "priced"), 0
    )
    return {
        **zero,
        "total": total,
        "succeeded": total,
        "done": total,
        "percent": 100.0,
        "scored": total,
        "passed": total,
        "passRate": 1.0,
        "passRateInterval": {"low": 0.72, "high": 1.0},
        "meanScore": 1.0,
        "meanScoreInterval": {"low": 0.72, "high": 1.0},
        "meanLatencyMs": 12.5,
        "inputTokens": 100,
        "outputTokens": 200,
        "costUsd": None,
        "attemptsPerSecond": None,
        "etaSeconds": None,
        **fields,
    }


def arm(label: str, **fields: Any) -> dict[str, Any]:
    """An arm of a run."""
    return {
        "id": f"arm-{label}",
        "label": label,
        "provider": "simulated",
        "model": None,
        "params": {"latency_ms": 5},
        "unavailableReason": None,
        "position": 0,
        "latencyP50Ms": 11.0,
        "latencyP95Ms": 31.0,
        "progress": progress(**fields),
    }


def run(key: str = "11111111-2222-3333-4444-555555abcdef", **fields: Any) -> dict[str, Any]:
    """A run that has completed, unless ``fields`` say otherwise."""
    return {
        "id": key,
        "kind": "EVALUATION",
        "status": "COMPLETED",
        "statusReason": None,
        "trigger": "cli",
        "createdBy": "ada",
        "createdAt": AT,
        "startedAt": AT,
        "finishedAt": AT,
        "durationMs": 65_000.0,
        "lastAccessedAt": None,
        "definition": {"id": "def-1", "name": "capitals"},
        "definitionVersion": {"id": "ver-1", "number": 3, "dimensions": []},
        "parent": None,
        "children": [],
        "rerunScope": None,
        "recentAttempts": [],
        "failureReasons": [],
        "differences": [],
        "scorers": ["exact"],
        "repeats": 1,
        "subjectCount": 10,
        "sample": {},
        "progress": progress(),
        "budget": None,
        "arms": [arm("left"), arm("right")],
        "events": answers(connection([])),
        "allowedActions": ["RERUN"],
        "csvParts": 1,
        **fields,
    }


def budget(**fields: Any) -> dict[str, Any]:
    """A run's budget of five dollars, a quarter of which is spent."""
    return {
        "limitUsd": "5.0000000000",
        "spentUsd": "1.24",
        "uncertainUsd": "0",
        "reservedUsd": "0",
        "leftUsd": "3.76",
        "enoughUsd": None,
        **fields,
    }


def transcript(key: str = "t1", **fields: Any) -> dict[str, Any]:
    """An attempt that succeeded and passed, unless ``fields`` say otherwise."""
    return {
        "id": key,
        "run": run(),
        "arm": arm("left"),
        "scenarioPosition": 0,
        "scenario": {
            "id": "s1",
            "position": 0,
            "key": "Peru",
            "dimensions": {"style": "plain"},
            "messages": [],
        },
        "repeat": 0,
        "status": "SUCCEEDED",
        "error": None,
        "startedAt": AT,
        "endedAt": AT,
        "lastAccessedAt": None,
        "queuedMs": 1.0,
        "latencyMs": 20.0,
        "tries": 1,
        "finishReason": "stop",
        "inputTokens": 5,
        "outputTokens": 6,
        "cachedTokens": None,
        "reasoningTokens": None,
        "costUsd": "0.00123",
        "scores": [],
        "evaluations": [],
        "passed": True,
        "score": 1.0,
        "unscored": False,
        "messages": [
            {"role": "user", "content": "What is the capital of Peru?"},
            {"role": "assistant", "content": "Lima"},
        ],
        "output": "Lima",
        "artifactKind": "text",
        "raw": None,
        "previousId": None,
        "nextId": None,
        **fields,
    }


def estimate(*arms: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What a run takes: half a minute and 42 cents, unless ``fields`` say otherwise."""
    return {
        "scenarioCount": 30,
        "attemptCount": 60,
        "durationSeconds": 30.0,
        "costUsd": "0.42",
        "unpricedArms": [],
        "uncountedArms": [],
        "arms": list(arms) or [arm_estimate()],
        "power": {"smallestDifference": 0.086, "differingShare": 0.25, "guessed": True},
        **fields,
    }


def arm_estimate(label: str = "cheap", **fields: Any) -> dict[str, Any]:
    """An arm's part of an estimate."""
    return {
        "label": label,
        "attempts": 60,
        "durationSeconds": 30.0,
        "costUsd": "0.42",
        "inputTokens": 600,
        "outputTokens": 60,
        "latencyMs": 500.0,
        "basis": "DEFINITION_HISTORY",
        "basisAttempts": 1200,
        **fields,
    }


def definition(**fields: Any) -> dict[str, Any]:
    """A definition with 30 scenarios and two arms, one of which lacks a key."""
    version = {
        "id": "ver-1",
        "number": 3,
        "source": "name: capitals\n",
        "scenarioCount": 30,
        "createdAt": AT,
        "createdBy": "ada",
        "spec": {"system": "Be brief.", "template": "What is the capital of {{ country }}?"},
        "dimensions": [{"name": "style", "levels": [{"label": "plain", "value": "Be plain."}]}],
        "dataset": None,
        "arms": [
            {"label": "cheap", "provider": "simulated", "model": None, "params": {}},
            {
                "label": "dear",
                "provider": "openai",
                "model": "gpt",
                "params": {"temperature": 0},
                "unavailableReason": "OPENAI_API_KEY is not set.",
            },
        ],
        "scorers": [{"kind": "contains", "expected": "{{ capital }}"}],
        "repeats": 2,
    }
    return {
        "id": "def-1",
        "name": "capitals",
        "description": "Capitals of the world.",
        "currentVersion": 3,
        "createdAt": AT,
        "updatedAt": AT,
        "version": answers(version),
        "versions": answers(connection([version])),
        **fields,
    }
