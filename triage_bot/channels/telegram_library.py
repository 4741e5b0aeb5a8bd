"""Telegram's library, imported without what no service needs of it."""

import sys

COMMAND_LINE = "httpx._main"


def import_it() -> None:
    """httpx imports its command line too where click is there, which comes with the calendars: that, pygments and rich
    would take 1.5 MB and more. It does without what cannot be imported."""
    if "httpx" in sys.modules:
        return
    sys.modules[COMMAND_LINE] = None  # type: ignore[assignment]
    try:
        import telegram  # noqa: F401
    finally:
        del sys.modules[COMMAND_LINE]
