"""What the assistant's day looks like to a client who has just written: the case that an acknowledgement speaks to."""

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from triage_bot.core.agreement import Agreement
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import DayOff, OffKind, Vacation
from triage_bot.core.promise import Promise
from triage_bot.core.triage import Decision
from triage_bot.core.urgency import Urgency
from triage_bot.values import dataclass

SATURDAY = 5


class Situation(StrEnum):
    """How the present moment lies in the agreement's calendar."""

    IN_HOURS = "in_hours"
    AFTER_HOURS = "after_hours"  # a working day, but not its hours
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    VACATION = "vacation"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """`holiday` and `vacation` are today's, or else those that the promise steps over."""

    situation: Situation
    urgent: bool
    alerted: bool  # the assistant is told of the message right now
    holiday: DayOff | None = None
    vacation: Vacation | None = None


def situation(decision: Decision, agreement: Agreement, now: datetime) -> Circumstances:
    """The circumstances under which a decision made at `now` is answered."""
    case, off, vacation = _today(agreement.calendar, now)
    return Circumstances(
        situation=case,
        urgent=decision.urgency is Urgency.URGENT,
        alerted=decision.alert_at is not None and decision.alert_at <= now,
        holiday=off if off and off.kind is OffKind.HOLIDAY else _holiday_ahead(decision.promise),
        vacation=vacation or _vacation_ahead(decision.promise, agreement),
    )


@lru_cache(maxsize=256)  # a batch of messages is answered at one moment
def _today(calendar: BusinessCalendar, now: datetime) -> tuple[Situation, DayOff | None, Vacation | None]:
    today = now.astimezone(calendar.zone).date()
    off = calendar.day_off(today)
    return _situation(calendar, now, today, off), off, calendar.vacation(today)


def _situation(calendar: BusinessCalendar, now: datetime, today: date, off: DayOff | None) -> Situation:
    if calendar.is_working(now):
        return Situation.IN_HOURS
    if calendar.vacation(today) is not None:
        return Situation.VACATION
    if off is not None:
        return Situation(off.kind.value)
    if calendar.plan(today).hours:
        return Situation.AFTER_HOURS
    return Situation.WEEKEND if today.weekday() >= SATURDAY else Situation.DAY_OFF


def _holiday_ahead(made: Promise | None) -> DayOff | None:
    for reason in made.because if made else ():
        if reason.code == "skipped_holiday":
            values = reason.values
            on = date.fromisoformat(values.get("on") or values["first_on"])
            return DayOff(on, values.get("name", ""), OffKind.HOLIDAY, values.get("english", ""))
    return None


def _vacation_ahead(made: Promise | None, agreement: Agreement) -> Vacation | None:
    for reason in made.because if made else ():
        if reason.code == "skipped_vacation":
            return agreement.calendar.vacation(date.fromisoformat(reason.values["first_on"]))
    return None
