"""The log: ids and reasons, never a text, an address in clear or a secret."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

FORMAT = "%(asctime)s %(levelname)-7s %(message)s"


class PlainLines(logging.Formatter):
    """As FORMAT says. Of all lines of one second the time is written out once."""

    def __init__(self) -> None:
        super().__init__(FORMAT)
        self._written: tuple[int, str] = (-1, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second = int(record.created)
        known, written = self._written
        if second != known:
            written = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            self._written = (second, written)
        return f"{written},{int(record.msecs):03}"


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339, UTC), `level`, `logger`, `message`, and `trace` of an error of ours."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def as_here() -> dict[str, bool]:
    """What `set_up_logging` was told in this process: for another one of ours that writes into the same log."""
    root = logging.getLogger()
    as_json = any(isinstance(handler.formatter, JsonLines) for handler in root.handlers)
    return {"verbose": root.level == logging.DEBUG, "as_json": as_json}


def set_up_logging(*, verbose: bool = False, as_json: bool = False) -> None:
    """Log to standard error, which systemd and containers collect."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    # What no line says: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    logging._srcfile = None
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.INFO)
    # They log the URL of every request at INFO, and Telegram's URLs hold the token; Alembic each of its steps.
    for name in ("httpx", "httpcore", "telegram", "imapclient", "aiosmtplib", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
