"""The log: ids and reasons, never a text, an address in clear or a secret."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)-7s %(message)s"


def set_up_logging(*, verbose: bool = False) -> None:
    """Log to standard error, which systemd and containers collect."""
    logging.basicConfig(stream=sys.stderr, format=FORMAT, level=logging.DEBUG if verbose else logging.INFO)
    # They log the URL of every request at INFO, and Telegram's URLs hold the token; Alembic each of its steps.
    for name in ("httpx", "httpcore", "telegram", "imapclient", "aiosmtplib", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
