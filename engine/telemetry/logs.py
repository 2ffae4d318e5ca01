"""Log lines for people (text) or for machines (json), on standard error."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

import orjson

from engine.telemetry.redaction import redact

Format = Literal["text", "json"]

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries that tell of every step: heard from when something is wrong, or when debugging.
_CHATTY: Final = ("alembic", "aiohttp", "asyncio", "httpcore", "httpx", "pgqueuer", "sqlalchemy")
_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), 127)} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
}


def _extra(record: logging.LogRecord) -> Mapping[str, Any]:
    """What the caller gave in ``extra``."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _STANDARD and not name.startswith("_") and name != "color_message"
    }


class TextFormatter(logging.Formatter):
    """`2026-01-31 12:00:00.123 WARNING engine.queue.worker: what happened (run=...)`, local time.

    Line ends in a message are written as `\\n`: nobody can forge a line. A traceback follows as
    it is.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of ``record``."""
        time = datetime.fromtimestamp(record.created).astimezone()
        head = f"{time:%Y-%m-%d %H:%M:%S}.{int(record.msecs):03} {record.levelname:<7}"
        text = f"{head} {record.name}: {record.getMessage().translate(_CONTROL)}"
        if extra := _extra(record):
            pairs = " ".join(f"{name}={value}" for name, value in extra.items())
            text += f" ({pairs.translate(_CONTROL)})"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return redact(text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` (UTC, ISO 8601), `level`, `logger`, `message`, `exception`
    where there is one, and what the caller gave in ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of ``record``."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        for name, value in _extra(record).items():
            entry.setdefault(name, redact(value) if isinstance(value, str) else _plain(value))
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(entry, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


def configure_logging(
    level: str = "info",
    format: Format = "text",  # noqa: A002 - the setting's name
    *,
    stream: TextIO | None = None,
) -> None:
    """Send every log line of this process to ``stream`` (standard error), and nowhere else.

    ``level`` and ``format`` are the settings `log_level` and `log_format`. Calling it again
    replaces what was set before.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonFormatter() if format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    quiet = logging.DEBUG if level == "debug" else logging.WARNING
    for name in _CHATTY:
        logging.getLogger(name).setLevel(quiet)
    logging.captureWarnings(capture=True)
