"""Every setting of Assay, in one place: the environment, or a `.env` file, sets them."""

from functools import cache
from typing import Literal

from pydantic import Field

from db.settings import DatabaseSettings


class Settings(DatabaseSettings):
    """What an operator can choose. Each is documented in `.env.example` (a test proves it)."""

    host: str = Field(default="127.0.0.1", description="The address that the server listens on.")
    port: int = Field(
        default=8042, ge=0, le=65535, description="The server's port; 0 takes any that is free."
    )
    public_url: str | None = Field(
        default=None,
        description="The address under which people reach the server, when a proxy is before it "
        "(https://assay.example.org). Unset: http://HOST:PORT.",
    )
    api_url: str | None = Field(
        default=None,
        description="Where the pages find the API. Unset: in their own process, over ASGI.",
    )
    organization: str = Field(
        default="default",
        description="The organization (slug) that commands act for.",
    )
    session_hours: int = Field(
        default=168, ge=1, description="How long a browser stays logged in, in hours."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Lines for people (text) or for machines (json)."
    )
    provider_concurrency: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Calls in flight at once per provider account, over all workers, for arms "
        "whose definition does not say.",
    )
    shard_size: int = Field(
        default=200, ge=1, le=1000, description="Attempts that a worker takes up at a time."
    )
    flush_ms: int = Field(
        default=100,
        ge=1,
        le=200,
        description="How long, in milliseconds, a finished attempt may wait for others before "
        "they are stored together.",
    )
    max_tries: int = Field(
        default=5,
        ge=1,
        le=20,
        description="Calls that an attempt may make before it counts as failed.",
    )
    database_pool: int = Field(
        default=10, ge=2, le=100, description="Connections that a process keeps to the database."
    )
    plain_executor: bool = Field(
        default=True,
        description="Answer GraphQL's lists of plain attributes at once; false: field by field, by "
        "GraphQL's stock executor. The answers are the same.",
    )
    max_request_bytes: int = Field(
        default=20_000_000, ge=1024, description="The largest request body that the API takes."
    )


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
