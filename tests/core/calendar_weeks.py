"""Calendars for the tests, written the way people write them: hours "8:00-16:00", windows "8:00 12:00"."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage_bot.core import public_holidays
from triage_bot.core.business_calendar import BusinessCalendar, Interval

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = timedelta(hours=1)


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def hours(*spans: str) -> tuple[Interval, ...]:
    """ "8:00-12:00": an end before the start lies on the next day."""
    found = []
    for span in spans:
        start, end = map(clock, span.split("-"))
        found.append(Interval(start, end if end > start else end + 1440))
    return tuple(found)


def windows(*times: str) -> tuple[int, ...]:
    return tuple(map(clock, times))


def at(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """A wall time in the zone; with an offset the moment itself."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def week(
    zone: ZoneInfo = WARSAW, *, spans: Sequence[str] = ("8:00-16:00",), times: str = "8:00 12:00 16:00"
) -> BusinessCalendar:
    """Monday to Friday, checks at 8, 12 and 16."""
    return BusinessCalendar(
        zone,
        hours=(hours(*spans),) * 5 + ((), ()),
        windows=(windows(*times.split()),) * 5 + ((), ()),
    )


def every_day(zone: ZoneInfo, *, spans: Sequence[str] = (), times: str = "") -> BusinessCalendar:
    return BusinessCalendar(zone, hours=(hours(*spans),) * 7, windows=(windows(*times.split()),) * 7)


POLISH = replace(week(), holidays=public_holidays.lookup("PL"))
SERBIAN = replace(week(ZoneInfo("Europe/Belgrade")), holidays=public_holidays.lookup("RS"))


NIGHTS = replace(week(spans=["22:00-2:00"]), holidays=public_holidays.lookup("PL"))
