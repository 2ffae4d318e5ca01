"""The one error of the embedded PostgreSQL."""

from db.errors import AssayError


class EmbeddedPostgresError(AssayError):
    """The embedded PostgreSQL can't be started, or not with these files."""

    code = "EMBEDDED_POSTGRES"
