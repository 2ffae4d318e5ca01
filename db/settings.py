"""Where the database and the files live."""

from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """The platform's user data folder; for root, who has no home that a server may enter, /var/lib.

    PostgreSQL refuses to run as root and so runs as an unprivileged user, for whom root's home
    is closed.
    """
    path = Path(platformdirs.user_data_dir("assay", appauthor=False))
    try:
        is_root = path.home() == Path("/root")
    except RuntimeError:
        is_root = True
    return Path("/var/lib/assay/data") if is_root else path


class DatabaseSettings(BaseSettings):
    """Settings of the database, from the environment or a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="ASSAY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="An external PostgreSQL (postgresql://user:password@host/name). "
        "Unset: Assay runs its own in the data directory.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the embedded PostgreSQL and other files live. "
        "Several directories make several Assays, side by side.",
    )
