"""What a failing database means to a person."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.errors import AssayError, StorageFull, StorageUnavailable
from db.session import explain, explained, normalise_url


def chained(cause: Exception) -> Exception:
    """An error that was raised because of ``cause``."""
    error = RuntimeError("something of a library's")
    error.__cause__ = cause
    return error


def wrapped(cause: Exception) -> DBAPIError:
    """How SQLAlchemy hands on what the driver raised."""
    return DBAPIError("SELECT 1", None, cause)


UNAVAILABLE = [
    ConnectionRefusedError(),
    ConnectionResetError(),
    FileNotFoundError("no socket"),
    TimeoutError(),
    TimeoutError(),
    PoolTimeoutError(),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.CrashShutdownError("terminating connection because of crash"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
]
BUGS = [
    asyncpg.UniqueViolationError("duplicate key"),
    asyncpg.UndefinedTableError("no such table"),
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
    asyncpg.DeadlockDetectedError("deadlock"),
    ValueError("no database at all"),
]


@pytest.mark.parametrize("wrap", [lambda e: e, wrapped, chained, lambda e: wrapped(chained(e))])
@pytest.mark.parametrize("error", UNAVAILABLE, ids=lambda e: type(e).__name__)
def test_an_unreachable_server_is_storage_unavailable(error: Exception, wrap: object) -> None:
    assert callable(wrap)
    known = explain(wrap(error))
    assert isinstance(known, StorageUnavailable)
    assert known.message.endswith(".")


@pytest.mark.parametrize("wrap", [lambda e: e, wrapped, chained])
def test_a_full_disk_is_storage_full_and_says_what_to_do(wrap: object) -> None:
    assert callable(wrap)
    known = explain(wrap(asyncpg.DiskFullError("could not extend file")))
    assert isinstance(known, StorageFull)
    assert known.code == "STORAGE_FULL"
    assert "Free space" in known.message


def test_too_many_connections_says_so() -> None:
    known = explain(asyncpg.TooManyConnectionsError("sorry, too many clients already"))
    assert known is not None
    assert "max_connections" in known.message


@pytest.mark.parametrize("wrap", [lambda e: e, wrapped, chained])
@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (asyncpg.InvalidPasswordError("password authentication failed"), "the password in"),
        (asyncpg.InvalidAuthorizationSpecificationError("no entry"), "pg_hba.conf"),
        (asyncpg.InvalidCatalogNameError('database "x" does not exist'), "CREATE DATABASE"),
        (asyncpg.InsufficientPrivilegeError("permission denied for schema public"), "OWNER TO"),
        (asyncpg.ClientConfigurationError("`sslmode` must be one of"), "`sslmode` must be"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_database_that_is_set_up_otherwise_says_what_to_do(
    error: Exception, advice: str, wrap: object
) -> None:
    assert callable(wrap)
    known = explain(wrap(error))
    assert isinstance(known, StorageUnavailable)
    assert advice in known.message


@pytest.mark.parametrize("error", BUGS, ids=lambda e: type(e).__name__)
def test_any_other_failure_is_a_bug(error: Exception) -> None:
    assert explain(error) is None
    assert explain(wrapped(error)) is None


def test_explained_keeps_bugs_and_errors_for_people_as_they_are() -> None:
    for error in (ValueError("a bug"), AssayError("for people")):
        with pytest.raises(type(error)) as caught, explained():
            raise error
        assert caught.value is error
    with pytest.raises(StorageUnavailable) as known, explained():
        raise ConnectionRefusedError
    assert isinstance(known.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("postgres://u:p@h:1/d", "postgresql://u:p@h:1/d"),
        ("postgresql+asyncpg://u@h/d?x=1", "postgresql://u@h/d?x=1"),
        ("postgresql://u@/d?host=/tmp/s", "postgresql://u@/d?host=/tmp/s"),
    ],
)
def test_any_spelling_of_a_postgresql_address_will_do(given: str, normal: str) -> None:
    assert normalise_url(given) == normal


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/d", "", "localhost:5432"])
def test_another_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(StorageUnavailable, match="PostgreSQL") as caught:
        normalise_url(url)
    assert caught.value.field == "DATABASE_URL"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hush/hush@host:5432/name",
        "postgresql://user:hush#hush@host/name",
        "postgresql://user:hush?hush@host/name",
        "postgresql://user@host:hush/name",
        "postgresql://user@one:5432,two:hush/name",
    ],
)
def test_a_password_that_breaks_the_address_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(StorageUnavailable, match="%40") as caught:
        normalise_url(url)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("hosts", ["", "host", "host:5432", "[::1]:5432", "one:1,two:2"])
def test_every_form_of_hosts_is_taken(hosts: str) -> None:
    url = f"postgresql://user:p%40ss@{hosts}/name"
    assert normalise_url(url) == url


def test_an_address_that_python_cannot_split_is_refused_in_words() -> None:
    with pytest.raises(StorageUnavailable, match="brackets") as caught:
        normalise_url("postgresql://user:hush@[::1/name")
    assert "hush" not in str(caught.value)
