"""The log: ids and reasons, never a text, an address in clear or a secret."""

import json
import logging
import sys
from datetime import UTC, datetime

FORMAT = "%(asctime)s %(levelname)-7s %(message)s"


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


def set_up_logging(*, verbose: bool = False, as_json: bool = False) -> None:
    """Log to standard error, which systemd and containers collect."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.INFO)
    # They log the URL of every request at INFO, and Telegram's URLs hold the token; Alembic each of its steps.
    for name in ("httpx", "httpcore", "telegram", "imapclient", "aiosmtplib", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
