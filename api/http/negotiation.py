"""Media types of GraphQL over HTTP.

https://graphql.github.io/graphql-over-http/draft/ : `application/graphql-response+json` uses the
status line, `application/json` (what old clients send) is 200 for every well-formed request.
"""

from typing import Final

GRAPHQL_PATH: Final = "/graphql"

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
MEDIA_TYPES: Final = (JSON, GRAPHQL_RESPONSE)


def negotiate(accept: str | None) -> str | None:
    """The media type of the answer; None when the client takes neither.

    A client that does not say, or takes anything, gets `application/json`.
    """
    if accept is None or not accept.strip():
        return JSON
    weights = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    named: set[str] = set()
    wildcard = 0.0
    for item in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = _weight(parameters)
        if kind in weights:
            named.add(kind)
            weights[kind] = weight
        elif kind in {"*/*", "application/*"}:
            wildcard = max(wildcard, weight)
    for kind in weights:
        if kind not in named:
            # A wildcard stands for what every client can read.
            weights[kind] = wildcard if kind == JSON else 0.0
    best = max(weights, key=lambda kind: (weights[kind], kind == GRAPHQL_RESPONSE))
    return best if weights[best] > 0 else None


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
