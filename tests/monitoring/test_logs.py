"""The log as JSON lines."""

import json
import logging
import sys

from triage_bot.logs import JsonLines


def line(message: str, *arguments: object, failed: bool = False) -> dict[str, str]:
    error = None
    if failed:
        try:
            raise ValueError("broken")
        except ValueError:
            error = sys.exc_info()
    record = logging.LogRecord("triage_bot.intake", logging.WARNING, __file__, 1, message, arguments, error)
    record.created = 1_795_248_000.25
    written = JsonLines().format(record)
    assert "\n" not in written
    read: dict[str, str] = json.loads(written)
    return read


def test_a_line_says_when_how_grave_where_and_what() -> None:
    assert line("item %d: %s", 5, "żółw\nnext line") == {
        "at": "2026-11-21T08:00:00.250+00:00",
        "level": "warning",
        "logger": "triage_bot.intake",
        "message": "item 5: żółw\nnext line",
    }


def test_an_error_of_the_program_brings_its_trace() -> None:
    assert "ValueError: broken" in line("failed", failed=True)["trace"]
