"""`assay keys`, `assay login`, `assay migrate`."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from cli.access import make_first_key
from cli.runtime import run_async
from db import migrate
from db.models import Role
from db.session import Database
from engine.governance.access import (
    LINK_LIFETIME,
    Principal,
    authenticate,
    authenticate_session,
    redeem_link,
)
from engine.settings import Settings
from tests.integration.cli.conftest import Assay, fetch


def principal(dsn: str, token: str) -> Principal:
    """Who the bearer of a key is."""

    async def ask() -> Principal:
        database = Database(dsn)
        try:
            async with database.unit_of_work() as session:
                return await authenticate(session, token)
        finally:
            await database.aclose()

    return run_async(ask())


def logged_in(dsn: str, link: str) -> Principal:
    """Who a login link logs in."""

    async def ask() -> Principal:
        database = Database(dsn)
        try:
            async with database.unit_of_work() as session:
                token = await redeem_link(session, link, lifetime=LINK_LIFETIME)
                return await authenticate_session(session, token)
        finally:
            await database.aclose()

    return run_async(ask())


def test_a_key_is_printed_once_and_works(assay: Assay, dsn: str) -> None:
    made = assay("keys", "create", "Ada's script", "--role", "editor")
    assert made.code == 0
    [token] = made.out.splitlines()
    assert token not in made.err
    who = principal(dsn, token)
    assert (who.actor, who.role) == ("Ada's script", Role.EDITOR)
    listed = assay("keys", "list")
    assert "Ada's script" in listed.out
    secret = token.split("_", 2)[2]
    assert secret not in listed.out + assay("keys", "list", "--json").out
    assert secret not in str(fetch(dsn, "SELECT * FROM api_keys"))


def test_a_revoked_key_stays_revoked(assay: Assay) -> None:
    token = assay("keys", "create", "Bo").out
    prefix = token.split("_")[1]
    revoked = assay("keys", "revoke", f"assay_{prefix}")
    assert revoked.code == 0
    [key] = json.loads(assay("keys", "list", "--json").out)
    assert key["revokedAt"] is not None
    unknown = assay("keys", "revoke", "0123456789ab")
    assert unknown.code == 2
    assert "assay keys list" in unknown.err


@pytest.mark.parametrize("arguments", [("create",), ("create", "x", "--role", "king"), ("nope",)])
def test_wrong_use_of_keys(assay: Assay, arguments: tuple[str, ...]) -> None:
    result = assay("keys", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err


def test_login_prints_an_address_of_the_oldest_admin_key(
    assay: Assay, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_PORT", "8123")
    viewer = assay("keys", "create", "Vi").out.split("_")[1]
    refused = assay("login")
    assert refused.code == 2
    assert "--role admin" in refused.err
    assay("keys", "create", "Ada", "--role", "admin")
    for arguments, name in (((), "Ada"), ((viewer,), "Vi")):
        result = assay("login", *arguments)
        address = urlsplit(result.out.strip())
        assert address.netloc == "127.0.0.1:8123"
        assert name in result.err
        assert logged_in(dsn, address.path.removeprefix("/login/")).actor == name
    assert assay("login", "0123456789ab").code == 2


def test_an_external_database_is_migrated_by_migrate_alone(
    assay: Assay, bare_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", bare_dsn)
    refused = assay("keys", "create", "Ada")
    assert refused.code == 2
    assert "assay migrate" in refused.err
    assert assay("worker").code == 2
    migrated = assay("migrate")
    assert migrated.code == 0
    assert migrate.head_revision() in migrated.out
    assert assay("migrate").code == 0
    assert assay("keys", "create", "Ada").code == 0


def test_a_newer_database_is_left_alone(
    assay: Assay, own_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_dsn)
    fetch(own_dsn, "UPDATE alembic_version SET version_num = 'zzzz' RETURNING 1")
    for command in (("migrate",), ("runs", "list")):
        result = assay(*command)
        assert result.code == 2
        assert "newer Assay" in result.err


def test_a_setting_that_can_t_be_used_is_named(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_PORT", "much")
    result = assay("runs", "list")
    assert result.code == 2
    assert "ASSAY_PORT" in result.err


async def test_of_servers_that_start_together_one_makes_the_first_key(
    dsn: str, database: Database
) -> None:
    config = Settings(database_url=dsn, organization="together")
    made = await asyncio.gather(*(make_first_key(database, config) for _ in range(6)))
    assert sum(key is not None for key in made) == 1
