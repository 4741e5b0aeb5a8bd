"""How long until a mailbox is looked at again, whatever its server announces.

As often as configured while she works and while an emergency would reach her, more rarely outside her hours, rarely at
night, and always just before a check window: what she is shown then must be all that has come.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache

from triage_bot.core.agreement import Agreement

OUTSIDE_HOURS = 3
AT_NIGHT = 6
"""So many times as long as configured."""
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
"""By the clock of each calendar; it is night only where it is night in all of them."""
LONGEST = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
SHORTEST = timedelta(seconds=1)
EARLIEST, LATEST = timedelta(seconds=75), timedelta(seconds=15)
"""Before a check window; many mailboxes are spread between the two."""


class Schedule:
    """By all agreements under which a mailbox may be written to. Does not change."""

    def __init__(self, agreements: Iterable[Agreement] = (), longest: timedelta = LONGEST) -> None:
        """`longest` is how long a mailbox may go without a look at night, unless it is configured so."""
        self._longest = longest
        named = {(agreement.calendar, agreement.emergencies): agreement for agreement in agreements}
        self._agreements = tuple(named.values())
        # Hundreds of mailboxes ask within the same minute.
        self._factor_at = lru_cache(maxsize=4)(self._factor)
        self._window_from = lru_cache(maxsize=4)(self._next_window)

    def next_look(self, now: datetime, every: timedelta, spread: float) -> timedelta:
        """Until the next look, if there was one just now. `spread`, from 0 up to 1, is the mailbox's own place between
        the others."""
        span = max(every, min(every * self._factor_at(_minute(now)), self._longest))
        lead = LATEST + (EARLIEST - LATEST) * spread
        # For a window that is nearer than that, the look was just now.
        window = self._window_from(_minute(now + lead) + MINUTE)
        return span if window is None else min(span, max(window - lead - now, SHORTEST))

    def _factor(self, minute: datetime) -> int:
        if not self._agreements or any(_may_reach_her(each, minute) for each in self._agreements):
            return 1
        return AT_NIGHT if all(_is_night(each, minute) for each in self._agreements) else OUTSIDE_HOURS

    def _next_window(self, since: datetime) -> datetime | None:
        windows = [each.calendar.next_window(since) for each in self._agreements]
        return min(filter(None, windows), default=None)


ALWAYS = Schedule()
"""No hours, no windows: as often as configured."""


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _may_reach_her(agreement: Agreement, at: datetime) -> bool:
    calendar = agreement.calendar
    return calendar.is_working(at) or agreement.emergencies.allow(at.astimezone(calendar.zone))


def _is_night(agreement: Agreement, at: datetime) -> bool:
    wall = at.astimezone(agreement.calendar.zone).time()
    return wall >= NIGHT_BEGINS or wall < NIGHT_ENDS
