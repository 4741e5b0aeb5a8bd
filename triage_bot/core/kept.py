"""Which promises were kept: by when the answer was due, when it came, and how long the client waited.

A promise "I answer by 16:00" is kept by an answer that was sent at 16:00 at the latest. "I read it at 12:00 and answer
after that" names no end: it is kept by an answer that was sent by the end of the working day of that check, or of the
next working day if none of it is left after the check. What is not answered when its moment passes is broken so far,
and overdue.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from triage_bot.core.agreement import Agreement
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.items import ItemState
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.promise import Promise, promise_after_check

CalendarOf = Callable[[str], BusinessCalendar]
"""The calendar that was agreed with a client, by her name."""

MINUTE = timedelta(minutes=1)
FURTHEST = timedelta(days=60)
"""So far before a promise its warning is looked for."""
LATER_WITHIN = timedelta(days=21)
"""So far ahead a new time is looked for instead of one that does not hold."""


class KeptBy(StrEnum):
    """By what a client was answered."""

    DESK = "reply from the desk"
    SENT = "mail in Sent"
    CHAT = "chat"
    MARK = "marked as answered"  # in her mail program; no mail of hers was seen
    HAND = "marked done by hand"
    LATE = "put off"  # too late: its moment had passed
    NOT_WANTED = "nothing to answer"  # dismissed, or taken back by the client
    UNTOLD = "never told"  # she was answered before the acknowledgement left


class Standing(StrEnum):
    """How a promise stands at a moment."""

    OPEN = "open"
    OVERDUE = "overdue"  # broken so far
    KEPT = "kept"
    BROKEN = "broken"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One promise with all that became of it. `clock_seconds` and `working_seconds` run from the client's message to
    the answer: by the clock, and in working time of the agreement."""

    promise: GivenPromise
    item_state: ItemState
    warned_at: datetime | None = None
    closed_at: datetime | None = None
    kept_by: str = ""
    clock_seconds: int | None = None
    working_seconds: int | None = None

    def standing(self, now: datetime, calendar: BusinessCalendar) -> Standing:
        state = self.promise.state
        if state not in (PromiseState.OPEN, PromiseState.TOLD):
            return Standing(state.value)
        return Standing.OVERDUE if due_at(self.promise, calendar) < now else Standing.OPEN


def due_at(promise: GivenPromise, calendar: BusinessCalendar) -> datetime:
    """By when the answer must have been sent."""
    return answer_due_at(promise.promise_at, calendar, answered_by=promise.answered_by)


def answer_due_at(promise_at: datetime, calendar: BusinessCalendar, *, answered_by: bool) -> datetime:
    if answered_by:
        return promise_at
    return calendar.end_of_working_day(promise_at) or promise_at


def overdue(given: Iterable[GivenPromise], calendar_of: CalendarOf, now: datetime) -> list[GivenPromise]:
    """The promises that are broken so far, the one that is overdue the longest first."""
    found = ((due_at(each, calendar_of(each.client)), each) for each in given)
    return [each for at, each in sorted(found, key=lambda pair: (pair[0].timestamp(), pair[1].id)) if at < now]


def warn_at(due: datetime, calendar: BusinessCalendar, before: timedelta) -> datetime:
    """When to warn of what is due at `due`: the last moment that leaves `before` of working time. Of something due when
    the day begins that is the end of the working day before."""
    earliest, latest = 0, FURTHEST // MINUTE  # minutes before `due`; the latest leaves enough
    while earliest < latest:
        middle = (earliest + latest) // 2
        if calendar.working_time_between(due - middle * MINUTE, due) >= before:
            latest = middle
        else:
            earliest = middle + 1
    return due - latest * MINUTE


def next_warning(
    promise: GivenPromise, calendar: BusinessCalendar, before: timedelta, now: datetime
) -> datetime | None:
    """When to warn of a promise that nobody was warned of: now or later, never outside the calendar's hours. None if
    no such moment comes before it breaks, or if no warnings are wanted."""
    due = due_at(promise, calendar)
    if before <= timedelta(0) or now >= due:
        return None
    at = warn_at(due, calendar, before)
    opening = calendar.next_opening(max(at, now, key=lambda moment: moment.timestamp()))
    return opening if opening is not None and opening < due else None


def open_promise(lines: Iterable[LedgerLine]) -> GivenPromise | None:
    """The promise of an item that the client waits on: of several the earliest."""
    still = (line.promise for line in lines if line.promise.state in (PromiseState.OPEN, PromiseState.TOLD))
    return min(still, key=lambda given: given.promise_at.timestamp(), default=None)


def later(agreement: Agreement, old: GivenPromise, now: datetime, since: datetime | None = None) -> Iterator[Promise]:
    """What can be promised at `now` instead, by the checks of LATER_WITHIN from `since` on, as far as they lie ahead
    and it is later than what was; each once."""
    before = max(now, old.promise_at, key=lambda moment: moment.timestamp())
    begin = now if since is None else since - timedelta(microseconds=1)
    after = max(now, begin, key=lambda moment: moment.timestamp())
    for window in agreement.calendar.windows_between(after, after + LATER_WITHIN):
        made = promise_after_check(agreement.calendar, agreement.response, old.received_at, window)
        if made is not None and made.promise_at > before:
            before = made.promise_at
            yield made


@dataclass(frozen=True, slots=True)
class Share:
    """How a client's promises stand. `share` is that of the kept ones among the kept and broken, None if there is none
    of either."""

    open: int
    kept: int
    broken: int  # those that are overdue counted
    median_clock: timedelta | None
    median_working: timedelta | None

    @property
    def share(self) -> float | None:
        judged = self.kept + self.broken
        return self.kept / judged if judged else None


def shares(lines: Iterable[LedgerLine], calendar_of: CalendarOf, now: datetime) -> dict[str, Share]:
    """By client, in the order of their names."""
    by_client: dict[str, list[LedgerLine]] = defaultdict(list)
    for line in lines:
        by_client[line.promise.client].append(line)
    return {client: _share(by_client[client], calendar_of(client), now) for client in sorted(by_client)}


def _share(lines: list[LedgerLine], calendar: BusinessCalendar, now: datetime) -> Share:
    standings = [line.standing(now, calendar) for line in lines]
    return Share(
        open=standings.count(Standing.OPEN),
        kept=standings.count(Standing.KEPT),
        broken=standings.count(Standing.BROKEN) + standings.count(Standing.OVERDUE),
        median_clock=_median(line.clock_seconds for line in lines),
        median_working=_median(line.working_seconds for line in lines),
    )


def _median(seconds: Iterable[int | None]) -> timedelta | None:
    known = [each for each in seconds if each is not None]
    return timedelta(seconds=int(median(known))) if known else None
