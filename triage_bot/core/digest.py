"""What a digest lists, and in which order."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item
from triage_bot.core.urgency import Urgency

LAST_MINUTE = timedelta(minutes=1)
"""A message that comes within the minute of a window belongs to it, also when the digest has just gone out."""

RANK = {Urgency.URGENT: 0, Urgency.NORMAL: 1, Urgency.LOW: 2, Urgency.NONE: 3}


def is_overdue(item: Item, now: datetime) -> bool:
    """Whether the promised moment passed before the minute of `now`."""
    return item.promise_at is not None and item.promise_at < now.replace(second=0, microsecond=0)


def in_order(items: Iterable[Item], now: datetime) -> list[Item]:
    """Most urgent first, then the most overdue, then by the promise and the age."""

    def key(item: Item) -> tuple[int, bool, datetime, datetime, int]:
        return (
            RANK[item.urgency],
            not is_overdue(item, now),
            item.promise_at or item.last_message_at,
            item.last_message_at,
            item.id,
        )

    return sorted(items, key=key)


def calendars(directory: Directory) -> list[BusinessCalendar]:
    """Every calendar whose windows bring a digest: that of the default agreement and those of the clients."""
    return list({directory.default.calendar, *(client.agreement.calendar for client in directory.clients.values())})


def next_window(directory: Directory, after: datetime) -> datetime | None:
    """The first check window of anybody after the moment `after`, in UTC: moments of one zone compare by their wall
    times, which is wrong in the hour that a clock change doubles (PEP 495)."""
    following = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    moments = (calendar.next_window(following) for calendar in calendars(directory))
    return min((moment.astimezone(UTC) for moment in moments if moment is not None), default=None)


def last_window(directory: Directory, after: datetime, until: datetime) -> datetime | None:
    """The newest check window of anybody with `after` < window <= `until`, in UTC."""
    windows = (window for calendar in calendars(directory) for window in calendar.windows_between(after, until))
    return max((window.astimezone(UTC) for window in windows), default=None)


def belongs(item: Item, window_at: datetime, directory: Directory) -> bool:
    """Whether an item is listed at a window: its client's agreement has that window, it is urgent, or its check has
    come (a check that was missed, or a client whose agreement changed)."""
    if item.urgency is Urgency.URGENT or (item.check_at is not None and item.check_at <= window_at):
        return True
    window = directory.agreement(item.client).calendar.next_window(window_at)
    return window is not None and window.astimezone(UTC) == window_at


def due_items(items: Sequence[Item], window_at: datetime, directory: Directory, now: datetime) -> list[Item]:
    return in_order((item for item in items if belongs(item, window_at, directory)), now)
