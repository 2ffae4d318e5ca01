"""LISTEN that survives the database."""

import asyncpg

from db.listener import Listener
from db.session import Database
from tests.support.waiting import until


async def send(dsn: str, channel: str, payload: str) -> None:
    """Notify."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_notify($1, $2)", channel, payload)
    await connection.close()


async def test_it_hears_again_after_its_connection_was_cut(dsn: str, database: Database) -> None:
    heard: list[str] = []
    listener = Listener(database)
    listener.subscribe("one", heard.append)
    listener.start()
    await listener.connected.wait()
    await send(dsn, "one", "before")
    await until(lambda: heard == ["before"], "it hears")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
    # What is sent while there is no connection is lost, so this is sent until it is heard.
    while heard == ["before"]:
        await send(dsn, "one", "after")
    assert set(heard) == {"before", "after"}
    await listener.aclose()


async def test_each_channel_goes_to_its_own_and_a_broken_callback_hurts_nobody(
    dsn: str, database: Database
) -> None:
    heard: list[str] = []
    listener = Listener(database)
    listener.start()
    await listener.connected.wait()

    def broken(payload: str) -> None:
        raise ValueError(payload)

    listener.subscribe("one", broken)
    unsubscribe = listener.subscribe("one", lambda payload: heard.append(f"one {payload}"))
    listener.subscribe("two", lambda payload: heard.append(f"two {payload}"))
    # A channel is listened to a moment after it was subscribed.
    while len(heard) < 2:
        await send(dsn, "one", "a")
        await send(dsn, "two", "b")
    assert set(heard) == {"one a", "two b"}
    unsubscribe()
    unsubscribe()
    heard.clear()
    await send(dsn, "one", "c")
    await send(dsn, "two", "d")
    await until(lambda: "two d" in heard, "it hears the other channel")
    assert "one c" not in heard
    await listener.aclose()
    await listener.aclose()
