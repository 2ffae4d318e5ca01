"""When runs and transcripts were last read: what one server has gathered, in two statements.

Each takes ids and how many seconds ago they were read: the database's clock alone says when that
was, so servers whose clocks differ can't write more than once a minute either. Rows are locked in
the order of their ids, so that two servers never wait for each other in a circle; who comes second
finds the row written and leaves it.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from db.repositories.execution import Connection

# At most one write of a row in so many seconds.
EVERY_S: Final = 60

_RUNS: Final = f"""
WITH given AS (
    SELECT id, now() - make_interval(secs => ago) AS at
    FROM unnest($1::uuid[], $2::float8[]) AS given(id, ago)
), due AS (
    SELECT r.id, given.at FROM runs r JOIN given USING (id)
    WHERE r.last_accessed_at IS NULL
       OR r.last_accessed_at <= given.at - make_interval(secs => {EVERY_S})
    ORDER BY r.id FOR NO KEY UPDATE OF r
)
UPDATE runs r SET last_accessed_at = due.at FROM due WHERE r.id = due.id
"""

_TRANSCRIPTS: Final = f"""
INSERT INTO transcript_accesses AS known (attempt_id, run_id, last_accessed_at)
SELECT a.id, a.run_id, now() - make_interval(secs => given.ago)
FROM unnest($1::uuid[], $2::float8[]) AS given(id, ago) JOIN attempts a USING (id)
ORDER BY a.id
ON CONFLICT (attempt_id) DO UPDATE SET last_accessed_at = excluded.last_accessed_at
WHERE known.last_accessed_at <= excluded.last_accessed_at - make_interval(secs => {EVERY_S})
"""


async def store_runs(connection: Connection, ago: Mapping[UUID, float]) -> None:
    """Runs by id, each read so many seconds ago. Unknown ids are left out."""
    await connection.execute(_RUNS, list(ago), list(ago.values()))


async def store_transcripts(connection: Connection, ago: Mapping[UUID, float]) -> None:
    """Attempts by id, whose transcripts were read so many seconds ago; as :func:`store_runs`."""
    await connection.execute(_TRANSCRIPTS, list(ago), list(ago.values()))
