"""What nobody has looked after for a while: it comes back to the top, with its age."""

from datetime import datetime

from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.items import Item


def windows_untouched(item: Item, calendar: BusinessCalendar, now: datetime) -> int:
    """How many check windows have passed, up to `now`, since the assistant last did something about the item, or since
    it came. What the client writes again touches nothing."""
    return len(calendar.windows_between(item.touched_at or item.opened_at, now))


def is_untouched(item: Item, calendar: BusinessCalendar, now: datetime, windows: int) -> bool:
    """Whether so many windows have passed; with 0 nothing ever comes back. Also for an item that waits for its client,
    who may have forgotten."""
    return windows > 0 and windows_untouched(item, calendar, now) >= windows
