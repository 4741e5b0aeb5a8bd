"""What looks like a mistake in a business calendar: for `calendar check`. Everything here works as it is written."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations

from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import MINUTES_A_DAY, Interval, OffKind, Vacation
from triage_bot.core.public_holidays import PublicHolidays

WEEKS_AHEAD = 52
YEARS_AHEAD = 2
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def warnings(calendar: BusinessCalendar, today: date, written: Sequence[Vacation] = ()) -> list[str]:
    """One sentence each. `written` are the vacations of the configuration itself, without those of calendar files."""
    return [
        *_windows_outside_hours(calendar),
        *_special_days(calendar, today),
        *_weeks_without_window(calendar, today),
        *_unknown_holidays(calendar, today),
        *_overlaps(calendar, today),
        *_past(calendar, today, written),
    ]


def clock(minute: int) -> str:
    """ "08:00"; a minute of the following day as "02:00 next day"."""
    days, rest = divmod(minute, MINUTES_A_DAY)
    if days and not rest:
        return "24:00" if days == 1 else "24:00 next day"
    return f"{rest // 60:02}:{rest % 60:02}{' next day' if days else ''}"


def _windows_outside_hours(calendar: BusinessCalendar) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for day, (hours, windows) in enumerate(zip(calendar.hours, calendar.windows, strict=True)):
        night = [Interval(0, late.end - MINUTES_A_DAY) for late in calendar.hours[day - 1] if late.end > MINUTES_A_DAY]
        for window in windows:
            if not _within(window, (*night, *hours)):
                what = f"the check at {clock(window)} is outside the working hours ({_said(hours)})"
                found.setdefault(what, []).append(DAY_NAMES[day])
    for what, names in found.items():
        yield f"{', '.join(names)}: {what}"


def _special_days(calendar: BusinessCalendar, today: date) -> Iterator[str]:
    for special in calendar.special_days:
        if special.on < today:
            continue
        plan = calendar.plan(special.on)
        for window in plan.windows:
            if not _within(window, plan.hours):
                hours = _said(plan.hours)
                yield f"{special.on}: the check at {clock(window)} is outside the hours of that special day ({hours})"


def _within(window: int, hours: Sequence[Interval]) -> bool:
    """The end counts too: who works until 16:00 may look at 16:00."""
    return any(interval.start <= window <= interval.end for interval in hours)


def _said(hours: Sequence[Interval]) -> str:
    return ", ".join(f"{clock(each.start)}-{clock(each.end)}" for each in hours) or "none"


def _weeks_without_window(calendar: BusinessCalendar, today: date) -> Iterator[str]:
    if not any(calendar.windows):
        yield "there is no check window in the week: no time can be promised"
        return
    monday = today - timedelta(days=today.weekday())
    for _ in range(WEEKS_AHEAD):
        days = [monday + timedelta(days=number) for number in range(7)]
        if not any(calendar.plan(on).windows for on in days):
            why = ", ".join(dict.fromkeys(filter(None, (_cause(calendar, on) for on in days))))
            yield f"the week from {monday} has no check{f' ({why})' if why else ''}"
        monday += timedelta(days=7)


def _cause(calendar: BusinessCalendar, on: date) -> str:
    off = calendar.day_off(on)
    if off is None:
        return ""
    return off.name or ("vacation" if off.kind is OffKind.VACATION else "day off")


def _unknown_holidays(calendar: BusinessCalendar, today: date) -> Iterator[str]:
    if isinstance(calendar.holidays, PublicHolidays):
        for year in range(today.year, today.year + YEARS_AHEAD + 1):
            if not calendar.holidays.known(year):
                country = calendar.holidays.country
                yield f"the public holidays of {country} are not known for {year}: none is kept in that year"


def _overlaps(calendar: BusinessCalendar, today: date) -> Iterator[str]:
    coming = [each for each in calendar.vacations if each.last_on >= today]
    for one, other in combinations(coming, 2):
        if one.first_on <= other.last_on and other.first_on <= one.last_on:
            yield f"two vacations overlap: {_dates(one)} and {_dates(other)}; clients are told of the first"
    for off in calendar.days_off:
        if off.on >= today and (vacation := calendar.vacation(off.on)):
            yield f"the day off {off.on} lies in the vacation {_dates(vacation)}"
    for on in sorted(calendar.worked_days):
        if on >= today and calendar.day_off_otherwise(on) is None:
            yield f"{on} stands among the worked days, but is no day off anyway"
        if on >= today and not calendar.plan(on).hours and not calendar.plan(on).windows:
            yield f"{on} stands among the worked days, but a {DAY_NAMES[on.weekday()]} has neither hours nor checks"
        if on >= today and calendar.special_day(on):
            yield f"{on} is both a worked day and a special day; the special day counts"


def _past(calendar: BusinessCalendar, today: date, written: Sequence[Vacation]) -> Iterator[str]:
    for vacation in written:
        if vacation.last_on < today:
            yield f"the vacation {_dates(vacation)} is over: it can go"


def _dates(vacation: Vacation) -> str:
    return f"{vacation.first_on} to {vacation.last_on}"
