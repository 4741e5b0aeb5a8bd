"""Promises that were given, and which of them a calendar no longer lets her keep.

A promise is judged by what was agreed when it was given; only the calendar is today's. It is broken if the check that
it counts on, or the moment by which the answer was to come, lies later in that calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage_bot.core.agreement import ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.directory import Directory
from triage_bot.core.promise import Promise, promise, promise_after_check
from triage_bot.core.reasons import Reason
from triage_bot.core.wall_time import instant


class PromiseState(StrEnum):
    OPEN = "open"
    TOLD = "told"  # open, and the assistant was told that her calendar breaks it
    CORRECTED = "corrected"  # the client was given another one
    KEPT = "kept"
    BROKEN = "broken"  # answered too late, or put off when its moment had passed
    WITHDRAWN = "withdrawn"  # there is nothing to answer any more, or it never reached the client


@dataclass(frozen=True, slots=True)
class GivenPromise:
    """A promise of the ledger, with what is to be known of its item. `zone` and `locale` are those the client was
    told it in ("" where nobody noted it)."""

    id: int
    item_id: int
    client: str
    contact: str  # name or address
    subject: str
    state: PromiseState
    made_at: datetime
    received_at: datetime
    check_at: datetime
    promise_at: datetime
    answered_by: bool
    because: tuple[Reason, ...]
    zone: str
    locale: str
    sentence: str
    excerpt: str = ""  # of the item: what names a chat's message, which has no subject


@dataclass(frozen=True, slots=True)
class Broken:
    """`new` is what can be promised instead, None if the calendar holds no check ahead."""

    old: GivenPromise
    new: Promise | None


def broken(given: Iterable[GivenPromise], directory: Directory, now: datetime) -> list[Broken]:
    """The promises that the calendars of the directory break, soonest first. What is overdue is not broken by a
    calendar."""
    found = []
    for old in given:
        if instant(old.promise_at) <= instant(now):
            continue
        new = renewed(old, directory.agreement(old.client).calendar, now)
        if new is None or instant(new.promise_at) > instant(old.promise_at):
            found.append(Broken(old, new))
    return sorted(found, key=lambda each: (instant(each.old.promise_at), each.old.id))


def renewed(old: GivenPromise, calendar: BusinessCalendar, now: datetime) -> Promise | None:
    """The same promise by another calendar: of the next check, or of the check that has been."""
    response = response_of(old)
    if instant(old.check_at) <= instant(now):
        return promise_after_check(calendar, response, old.received_at, old.check_at)
    if response.kind is ResponseKind.SPAN:  # counted from then, whatever time it is
        return promise(calendar, response, old.made_at, old.made_at)
    return promise(calendar, response, old.received_at, now)


def response_of(old: GivenPromise) -> ResponseTime:
    """The response time that was agreed when the promise was given, read from its reasons."""
    for reason in old.because:
        minutes = timedelta(minutes=int(reason.values.get("minutes") or 0))
        if reason.code == "working_span":
            return ResponseTime(ResponseKind.WITHIN, minutes)
        if reason.code == "plain_span":
            return ResponseTime(ResponseKind.SPAN, minutes)
        if reason.code in ("end_of_same_day", "end_of_next_day"):
            return ResponseTime(ResponseKind.SAME_OR_NEXT_DAY)
    return ResponseTime()
