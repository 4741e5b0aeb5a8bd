"""The honest time of an answer: computed once from the agreement, stored, never guessed again.

The reasons of a promise lead from the message to the moment, in this order. Values named `_at` are ISO moments in the
calendar's zone, those named `_on` ISO dates; a run of days is given by its first and last one.

counted_from_now   received_at, now_at           read later than it came (an outage): counted from then
window_today       check_at                      the next check is on the day of the message
after_last_window  on, last_at                   the last check of that day was over
weekend            first_on, last_on             a Saturday, a Sunday or both, without checks
no_check_day       first_on, last_on             other weekdays on which the timetable has no check
skipped_holiday    first_on, last_on, name, english             name in the country's own language
skipped_day_off    first_on, last_on, name
skipped_vacation   first_on, last_on
skipped_special_day  first_on, last_on, name     a day with a timetable of its own, which has no check
special_day        on, name                      the day of the message or of the check has a timetable of its own
worked_day         on, name, english             it is worked although it would be a day off
window_later_day   check_at                      so the next check is on a later day
answer_after_check promise_at                    the answer comes after the check
plain_span         minutes, from_at, until_at    so much time, day and night, counted from the message, ends then
rounded_down       exact_at, promise_at          what a person would say instead of the end of a plain span
working_span       minutes, from_at, until_at    so much working time, counted from the check, ends then
rounded_up         exact_at, promise_at          what a person would say instead
end_of_same_day    promise_at                    working time is left after the check: by the end of it
end_of_next_day    promise_at                    none is left: by the end of the next working day
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from triage_bot.core.agreement import ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import Closure, OffKind
from triage_bot.core.reasons import Reason
from triage_bot.core.wall_time import instant
from triage_bot.values import dataclass

MINUTE = timedelta(minutes=1)
# "By 12:35" is what a person says of something short; of hours she says "by a quarter past". Every zone of today
# differs from the others by whole quarters, so that the moment stays round in the client's own zone.
SHORT = timedelta(hours=1)
SHORT_STEP = timedelta(minutes=5)
STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Promise:
    """`check_at` is the window in which the message is read; `promise_at` the moment the answer comes after
    (response `after_window`, then both are equal) or by. `because` leads from the message to the moments, step by
    step."""

    received_at: datetime
    check_at: datetime
    promise_at: datetime
    answered_by: bool  # the answer comes by promise_at, not after it
    because: tuple[Reason, ...] = ()


def promise(calendar: BusinessCalendar, response: ResponseTime, received_at: datetime, now: datetime) -> Promise | None:
    """What can be promised for a message of `received_at` that is read at `now`; None if no moment can be named."""
    since = max(received_at, now, key=instant)
    check = _next_check(calendar, since, since.fold)
    if check is None:
        return None
    check_at, way = check
    because = [*_late(calendar, received_at, since, check_at), *way]
    return _answered(calendar, response, received_at, since, check_at, because)


def promise_after_check(
    calendar: BusinessCalendar, response: ResponseTime, received_at: datetime, check_at: datetime
) -> Promise | None:
    """What can be promised for a message that is read at `check_at`, whatever the calendar says of that moment."""
    return _answered(calendar, response, received_at, received_at, check_at.astimezone(calendar.zone), [])


def _answered(
    calendar: BusinessCalendar,
    response: ResponseTime,
    received_at: datetime,
    since: datetime,
    check_at: datetime,
    because: list[Reason],
) -> Promise | None:
    promise_at: datetime | None = None
    match response.kind:
        case ResponseKind.WITHIN:
            promise_at = _within(calendar, check_at, response.within, because)
        case ResponseKind.SAME_OR_NEXT_DAY:
            promise_at = _by_end_of_day(calendar, check_at, because)
        case ResponseKind.SPAN:
            promise_at = _within_any_time(calendar, since, check_at, response.within, because)
    if promise_at is not None:
        return Promise(received_at, check_at, promise_at, True, tuple(because))
    if response.kind in (ResponseKind.WITHIN, ResponseKind.SAME_OR_NEXT_DAY):
        return None
    because.append(_reason("answer_after_check", promise_at=check_at))
    return Promise(received_at, check_at, check_at, False, tuple(because))


def _within_any_time(
    calendar: BusinessCalendar, since: datetime, check_at: datetime, span: timedelta, because: list[Reason]
) -> datetime | None:
    """The end of a plain span, rounded down so that it is not exceeded; None if the check comes only then."""
    exact_at = (since.astimezone(UTC) + span).astimezone(calendar.zone)
    face = timedelta(minutes=exact_at.minute, seconds=exact_at.second, microseconds=exact_at.microsecond)
    promise_at = (exact_at.astimezone(UTC) - face % STEP).astimezone(calendar.zone)
    if instant(promise_at) <= instant(check_at):
        return None
    from_at = since.astimezone(calendar.zone)
    because.append(_reason("plain_span", minutes=str(span // MINUTE), from_at=from_at, until_at=exact_at))
    if promise_at != exact_at:
        because.append(_reason("rounded_down", exact_at=exact_at, promise_at=promise_at))
    return promise_at


def _within(calendar: BusinessCalendar, check_at: datetime, span: timedelta, because: list[Reason]) -> datetime | None:
    exact_at = calendar.add_working_time(check_at, span)
    if exact_at is None:
        return None
    because.append(_reason("working_span", minutes=str(-(-span // MINUTE)), from_at=check_at, until_at=exact_at))
    promise_at = _rounded_up(calendar, exact_at, span)
    if promise_at != exact_at:
        because.append(_reason("rounded_up", exact_at=exact_at, promise_at=promise_at))
    return promise_at


def _rounded_up(calendar: BusinessCalendar, exact_at: datetime, span: timedelta) -> datetime:
    """The next moment that is said easily, or the end of the working hours if that comes first."""
    step = SHORT_STEP if span <= SHORT else STEP
    face = timedelta(minutes=exact_at.minute, seconds=exact_at.second, microseconds=exact_at.microsecond)
    missing = -face % step
    if not missing:
        return exact_at
    rounded_at = (exact_at.astimezone(UTC) + missing).astimezone(calendar.zone)
    worked = calendar.working_time_between(exact_at, rounded_at)
    return rounded_at if worked == missing else calendar.add_working_time(exact_at, worked) or exact_at


def _by_end_of_day(calendar: BusinessCalendar, check_at: datetime, because: list[Reason]) -> datetime | None:
    promise_at = calendar.end_of_working_day(check_at)
    if promise_at is None:
        return None
    # The working day of the check may end past midnight.
    same = promise_at.date() == check_at.date() or promise_at == calendar.closing(check_at.date())
    because.append(_reason("end_of_same_day" if same else "end_of_next_day", promise_at=promise_at))
    return promise_at


def _late(calendar: BusinessCalendar, received_at: datetime, since: datetime, check_at: datetime) -> Iterator[Reason]:
    """That the message was read so late that it missed a check."""
    if since is not received_at and calendar.next_window(received_at) != check_at:
        zone = calendar.zone
        yield _reason("counted_from_now", received_at=received_at.astimezone(zone), now_at=since.astimezone(zone))


@lru_cache(maxsize=256)  # all messages that are read at once count from the same moment
def _next_check(calendar: BusinessCalendar, since: datetime, _fold: int) -> tuple[datetime, tuple[Reason, ...]] | None:
    """The next check, and what lies between a moment and it. The two passes of a doubled hour are equal but for the
    fold."""
    check_at = calendar.next_window(since)
    return None if check_at is None else (check_at, tuple(_way_to(calendar, since, check_at)))


def _way_to(calendar: BusinessCalendar, since: datetime, check_at: datetime) -> Iterator[Reason]:
    on, check_on = since.astimezone(calendar.zone).date(), check_at.date()
    if on == check_on:
        yield from _particular(calendar, on)
        yield _reason("window_today", check_at=check_at)
        return
    yield from _days_between(calendar, on, check_on)
    yield from _particular(calendar, check_on)
    yield _reason("window_later_day", check_at=check_at)


@lru_cache(maxsize=4096)
def _days_between(calendar: BusinessCalendar, on: date, check_on: date) -> tuple[Reason, ...]:
    """Why nothing from `on` to the day before `check_on` was the next check. Many messages share the answer, and
    without the memory a promise would take the longer the further it lies ahead."""
    skipped = [_skipped(closure) for closure in calendar.closures(on, check_on)]
    if last_at := calendar.last_window_on(on):
        skipped[:0] = [*_particular(calendar, on), _reason("after_last_window", on=on.isoformat(), last_at=last_at)]
    return tuple(skipped)


def _particular(calendar: BusinessCalendar, on: date) -> tuple[Reason, ...]:
    """What makes the timetable of a day with checks another one than usual."""
    if special := calendar.special_day(on):
        return (_reason("special_day", on=on.isoformat(), name=special.name),)
    if on in calendar.worked_days and (off := calendar.day_off_otherwise(on)):
        return (_reason("worked_day", on=on.isoformat(), name=off.name, english=off.english),)
    return ()


def _skipped(closure: Closure) -> Reason:
    first_on, last_on = closure.first_on.isoformat(), closure.last_on.isoformat()
    off = closure.off
    if off is None:
        return _reason("weekend" if closure.weekend else "no_check_day", first_on=first_on, last_on=last_on)
    match off.kind:
        case OffKind.HOLIDAY:
            return _reason("skipped_holiday", first_on=first_on, last_on=last_on, name=off.name, english=off.english)
        case OffKind.DAY_OFF:
            return _reason("skipped_day_off", first_on=first_on, last_on=last_on, name=off.name)
        case OffKind.VACATION:
            return _reason("skipped_vacation", first_on=first_on, last_on=last_on)
        case OffKind.SPECIAL_DAY:
            return _reason("skipped_special_day", first_on=first_on, last_on=last_on, name=off.name)


def _reason(code: str, **values: str | datetime) -> Reason:
    return Reason(code, {name: v if isinstance(v, str) else v.isoformat() for name, v in values.items()})
