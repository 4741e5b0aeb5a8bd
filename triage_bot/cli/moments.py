"""Moments as a user types them on the command line."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from triage_bot.errors import UsageError

LONGEST = 80  # of what is shown again in an error
FIRST_YEAR, LAST_YEAR = 1990, 2200
EXAMPLE = "2026-11-20T12:30 or 2026-11-20T12:30+01:00"
DAY_OR_MOMENT = "2026-11-24 or 2026-11-24T08:00"


def parse_day(text: str, zone: ZoneInfo) -> datetime | None:
    """The midnight with which a day begins; None for what is no date alone."""
    text = text.strip()
    try:
        at = datetime.combine(date.fromisoformat(text), time(0))
    except ValueError:
        return None
    return _placed(at, text, zone)


def parse_moment(text: str, zone: ZoneInfo, forms: str = f"a date and a time, as in {EXAMPLE}") -> datetime:
    """An ISO date with a time. Without an offset it is wall time in `zone`, in which the moment is returned. `forms`
    says what may be written where this is."""
    text = text.strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
        raise UsageError(f"{shown!r} is not a moment: write {forms}") from None
    if "T" not in text.upper() and ":" not in text:
        raise UsageError(f"{text!r} has no time of day: write {text}T09:00, say")
    return _placed(at, text, zone)


def _placed(at: datetime, text: str, zone: ZoneInfo) -> datetime:
    if not is_near(at):
        raise UsageError(f"{text!r} is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    # By way of UTC, so that a wall time which the clocks skip is shown as the one that they have instead.
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).astimezone(zone)


def is_near(at: datetime) -> bool:
    """Whether it can be counted with: promises and deadlines lie days and years around it."""
    return FIRST_YEAR <= at.year <= LAST_YEAR
