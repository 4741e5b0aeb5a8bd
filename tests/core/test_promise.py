"""Written-out promises: what is told to a client, and the reasons that lead there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core import public_holidays
from triage_bot.core.agreement import ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar, DayOff, Interval, SpecialDay, Vacation, no_holidays
from triage_bot.core.promise import Promise, promise

WARSAW = ZoneInfo("Europe/Warsaw")
NEVER = ((), ())
AFTER = ResponseTime()
DAY = ResponseTime(ResponseKind.SAME_OR_NEXT_DAY)

EIGHT_TO_FOUR = BusinessCalendar(
    WARSAW,
    hours=((Interval(480, 960),),) * 5 + NEVER,
    windows=((480, 720, 960),) * 5 + NEVER,
    holidays=public_holidays.lookup("PL"),
)
# Checks before, within and after the hours; a break at noon.
WITH_BREAK = replace(
    EIGHT_TO_FOUR,
    hours=((Interval(480, 720), Interval(780, 970)),) * 5 + NEVER,
    windows=((420, 615, 1080),) * 5 + NEVER,
)
DAILY = replace(EIGHT_TO_FOUR, holidays=no_holidays, windows=((480, 1200),) * 7)
SPAN = ResponseTime(ResponseKind.SPAN, timedelta(hours=24))
NIGHTS = replace(EIGHT_TO_FOUR, hours=((Interval(1320, 1560),),) * 5 + NEVER, windows=((1380,),) * 5 + NEVER)


def within(**span: float) -> ResponseTime:
    return ResponseTime(ResponseKind.WITHIN, timedelta(**span))


def at(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=WARSAW)


def promised(calendar: BusinessCalendar, response: ResponseTime, received: str, now: str = "") -> Promise:
    made = promise(calendar, response, at(received), at(now or received))
    assert made is not None
    return made


def told(made: Promise) -> list[str]:
    """The reasons with their values in short: moments as HH:MM, dates as MM-DD."""
    return [" ".join([reason.code, *map(_short, reason.values.values())]) for reason in made.because]


def _short(value: str) -> str:
    return value[11:16] if len(value) > 16 and value[10] == "T" else value[5:] if value[4:5] == "-" else value


@pytest.mark.parametrize(
    ("received", "check"),
    [
        pytest.param("2026-11-18T12:30", "2026-11-18T16:00", id="12:30: after 16:00"),
        pytest.param("2026-11-20T17:00", "2026-11-23T08:00", id="Friday evening: Monday"),
        pytest.param("2026-11-10T16:01", "2026-11-12T08:00", id="before a holiday: the day after it"),
        pytest.param("2026-11-18T08:00:59", "2026-11-18T08:00", id="in the window's own minute"),
        pytest.param("2026-11-18T06:30-05:00", "2026-11-18T16:00", id="written in New York at half past six"),
    ],
)
def test_after_window_promises_an_answer_after_the_check(received: str, check: str) -> None:
    made = promised(EIGHT_TO_FOUR, AFTER, received)
    assert made.check_at == made.promise_at == at(check)
    assert not made.answered_by
    assert made.received_at == at(received)


@pytest.mark.parametrize(
    ("calendar", "response", "received", "moment"),
    [
        pytest.param(
            EIGHT_TO_FOUR, within(hours=4), "2026-11-18T09:00", "2026-11-18T16:00", id="counted from the check"
        ),
        pytest.param(EIGHT_TO_FOUR, within(hours=4), "2026-11-18T13:00", "2026-11-19T12:00", id="goes on the next day"),
        pytest.param(EIGHT_TO_FOUR, within(hours=4), "2026-11-20T13:00", "2026-11-23T12:00", id="over the weekend"),
        pytest.param(
            EIGHT_TO_FOUR, within(hours=16), "2026-11-10T07:00", "2026-11-12T16:00", id="two days and a holiday"
        ),
        pytest.param(
            EIGHT_TO_FOUR, within(minutes=52), "2026-11-18T12:00", "2026-11-18T12:55", id="within an hour: to 5 minutes"
        ),
        pytest.param(
            EIGHT_TO_FOUR, within(minutes=61), "2026-11-18T12:00", "2026-11-18T13:15", id="beyond: to a quarter"
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            within(minutes=475),
            "2026-11-18T07:00",
            "2026-11-18T16:00",
            id="rounded up to the end of the day",
        ),
        pytest.param(
            WITH_BREAK,
            within(hours=2),
            "2026-11-18T06:00",
            "2026-11-18T10:00",
            id="a check before hours counts from eight",
        ),
        pytest.param(WITH_BREAK, within(hours=2), "2026-11-18T10:00", "2026-11-18T13:15", id="over the break"),
        pytest.param(
            WITH_BREAK,
            within(minutes=294),
            "2026-11-18T10:00",
            "2026-11-18T16:10",
            id="not rounded past the end of hours",
        ),
        pytest.param(
            WITH_BREAK,
            within(minutes=295),
            "2026-11-18T10:00",
            "2026-11-18T16:10",
            id="the end of hours is said as it is",
        ),
        pytest.param(
            WITH_BREAK,
            within(hours=1),
            "2026-11-18T17:00",
            "2026-11-19T09:00",
            id="a check after hours counts from the morning",
        ),
    ],
)
def test_within_promises_a_span_of_working_time_from_the_check(
    calendar: BusinessCalendar, response: ResponseTime, received: str, moment: str
) -> None:
    made = promised(calendar, response, received)
    assert made.promise_at == at(moment)
    assert made.answered_by


@pytest.mark.parametrize(
    ("calendar", "received", "moment", "reason"),
    [
        pytest.param(EIGHT_TO_FOUR, "2026-11-18T09:00", "2026-11-18T16:00", "end_of_same_day", id="time is left"),
        pytest.param(EIGHT_TO_FOUR, "2026-11-18T13:00", "2026-11-19T16:00", "end_of_next_day", id="check at closing"),
        pytest.param(EIGHT_TO_FOUR, "2026-11-20T13:00", "2026-11-23T16:00", "end_of_next_day", id="Friday at closing"),
        pytest.param(EIGHT_TO_FOUR, "2026-11-20T17:00", "2026-11-23T16:00", "end_of_same_day", id="Monday's check"),
        pytest.param(WITH_BREAK, "2026-11-18T06:00", "2026-11-18T16:10", "end_of_same_day", id="a check before hours"),
        pytest.param(WITH_BREAK, "2026-11-18T12:00", "2026-11-19T16:10", "end_of_next_day", id="a check after hours"),
        pytest.param(
            NIGHTS, "2026-11-18T12:00", "2026-11-19T02:00", "end_of_same_day", id="a day that ends past midnight"
        ),
    ],
)
def test_same_day_or_next_promises_the_end_of_a_working_day(
    calendar: BusinessCalendar, received: str, moment: str, reason: str
) -> None:
    made = promised(calendar, DAY, received)
    assert made.promise_at == at(moment)
    assert made.answered_by
    assert made.because[-1].code == reason


@pytest.mark.parametrize(
    ("received", "answered", "by"),
    [
        pytest.param("2026-11-18T09:07", "2026-11-19T09:00", True, id="rounded down, so that it is not exceeded"),
        pytest.param("2026-11-20T21:00", "2026-11-21T21:00", True, id="over a weekend with checks"),
        pytest.param("2026-03-28T21:00", "2026-03-29T22:00", True, id="24 hours by the clock on the wall are 23 here"),
    ],
)
def test_a_plain_span_is_counted_from_the_message(received: str, answered: str, by: bool) -> None:
    made = promised(DAILY, SPAN, received)
    assert (made.promise_at, made.answered_by) == (at(answered), by)


def test_a_plain_span_that_a_day_off_breaks_all_the_same_is_not_promised() -> None:
    calendar = replace(DAILY, vacations=(Vacation(date(2026, 11, 19), date(2026, 11, 22)),))
    made = promised(calendar, SPAN, "2026-11-18T21:00")
    assert (made.promise_at, made.answered_by) == (at("2026-11-23T08:00"), False)
    assert told(made)[-1] == "answer_after_check 08:00"


@pytest.mark.parametrize(
    ("received", "now", "check", "late"),
    [
        pytest.param("2026-11-18T09:00", "2026-11-18T09:00:40", "2026-11-18T12:00", False, id="read at once"),
        pytest.param(
            "2026-11-18T09:00", "2026-11-18T11:00", "2026-11-18T12:00", False, id="read late, no check missed"
        ),
        pytest.param("2026-11-18T09:00", "2026-11-18T14:00", "2026-11-18T16:00", True, id="a check was missed"),
        pytest.param("2026-11-17T09:00", "2026-11-18T16:30", "2026-11-19T08:00", True, id="after an outage of a day"),
        pytest.param("2026-11-18T09:00", "2026-11-18T07:00", "2026-11-18T12:00", False, id="a clock that goes ahead"),
    ],
)
def test_a_message_that_was_read_late_is_counted_from_then(received: str, now: str, check: str, late: bool) -> None:
    made = promised(EIGHT_TO_FOUR, AFTER, received, now)
    assert made.check_at == at(check)
    assert (made.because[0].code == "counted_from_now") is late


def test_the_later_moment_counts_in_the_doubled_hour_too() -> None:
    """02:50 summer time is before 02:10 winter time, though the wall clock says otherwise."""
    summer, winter = at("2026-10-25T02:50+02:00").astimezone(WARSAW), at("2026-10-25T02:10+01:00").astimezone(WARSAW)
    calendar = replace(EIGHT_TO_FOUR, windows=((170,),) * 7)
    made = promise(calendar, AFTER, summer, winter)
    assert made is not None
    assert made.check_at.date() == date(2026, 10, 26)


@pytest.mark.parametrize(
    ("calendar", "response", "received", "now", "reasons"),
    [
        pytest.param(
            EIGHT_TO_FOUR,
            AFTER,
            "2026-11-18T12:30",
            "",
            ["window_today 16:00", "answer_after_check 16:00"],
            id="the same day",
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            AFTER,
            "2026-11-17T17:00",
            "",
            ["after_last_window 11-17 16:00", "window_later_day 08:00", "answer_after_check 08:00"],
            id="the next day",
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            AFTER,
            "2026-11-20T17:00",
            "",
            [
                "after_last_window 11-20 16:00",
                "weekend 11-21 11-22",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="a weekend",
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            AFTER,
            "2026-11-22T17:00",
            "",
            ["weekend 11-22 11-22", "window_later_day 08:00", "answer_after_check 08:00"],
            id="on a Sunday",
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            AFTER,
            "2026-11-11T09:00",
            "",
            [
                "skipped_holiday 11-11 11-11 Narodowe Święto Niepodległości National Independence Day",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="on a holiday",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, vacations=(Vacation(date(2026, 8, 3), date(2026, 8, 23)),)),
            AFTER,
            "2026-07-31T17:00",
            "",
            [
                "after_last_window 07-31 16:00",
                "weekend 08-01 08-02",
                "skipped_vacation 08-03 08-23",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="a vacation",
        ),
        pytest.param(
            replace(
                EIGHT_TO_FOUR, days_off=(DayOff(date(2026, 11, 19), "moving"), DayOff(date(2026, 11, 20), "moving"))
            ),
            AFTER,
            "2026-11-19T09:00",
            "",
            [
                "skipped_day_off 11-19 11-20 moving",
                "weekend 11-21 11-22",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="days off of one name",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 19), windows=()),)),
            AFTER,
            "2026-11-19T09:00",
            "",
            ["skipped_special_day 11-19 11-19 ", "window_later_day 08:00", "answer_after_check 08:00"],
            id="a special day without checks",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 20), windows=(), name="audit"),)),
            AFTER,
            "2026-11-19T16:30",
            "",
            [
                "after_last_window 11-19 16:00",
                "skipped_special_day 11-20 11-20 audit",
                "weekend 11-21 11-22",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="a special day without checks has a name, and is no part of the weekend",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 21), hours=(), windows=(), name="x"),)),
            AFTER,
            "2026-11-20T16:30",
            "",
            [
                "after_last_window 11-20 16:00",
                "weekend 11-21 11-22",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="one that changes nothing is not told of",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 18), windows=(480,), name="half day"),)),
            AFTER,
            "2026-11-18T09:00",
            "",
            [
                "special_day 11-18 half day",
                "after_last_window 11-18 08:00",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="a half day whose check is over",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 18), windows=(600,), name="half day"),)),
            AFTER,
            "2026-11-18T09:00",
            "",
            ["special_day 11-18 half day", "window_today 10:00", "answer_after_check 10:00"],
            id="a half day whose check is to come",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, special_days=(SpecialDay(date(2026, 11, 21), windows=(600,), name="fair"),)),
            AFTER,
            "2026-11-20T17:00",
            "",
            [
                "after_last_window 11-20 16:00",
                "special_day 11-21 fair",
                "window_later_day 10:00",
                "answer_after_check 10:00",
            ],
            id="a special Saturday",
        ),
        pytest.param(
            replace(EIGHT_TO_FOUR, worked_days=frozenset({date(2026, 11, 11), date(2026, 11, 12)})),
            AFTER,
            "2026-11-10T17:00",
            "",
            [
                "after_last_window 11-10 16:00",
                "worked_day 11-11 Narodowe Święto Niepodległości National Independence Day",
                "window_later_day 08:00",
                "answer_after_check 08:00",
            ],
            id="a holiday that is worked",
        ),
        pytest.param(
            DAILY,
            SPAN,
            "2026-11-18T09:07",
            "",
            ["window_today 20:00", "plain_span 1440 09:07 09:07", "rounded_down 09:07 09:00"],
            id="a plain span",
        ),
        pytest.param(
            EIGHT_TO_FOUR,
            within(minutes=61),
            "2026-11-18T09:00",
            "2026-11-18T12:30",
            [
                "counted_from_now 09:00 12:30",
                "window_today 16:00",
                "working_span 61 16:00 09:01",
                "rounded_up 09:01 09:15",
            ],
            id="late, with a span",
        ),
    ],
)
def test_the_reasons_lead_from_the_message_to_the_moment(
    calendar: BusinessCalendar, response: ResponseTime, received: str, now: str, reasons: list[str]
) -> None:
    assert told(promised(calendar, response, received, now)) == reasons


@pytest.mark.parametrize(
    ("calendar", "response"),
    [
        pytest.param(BusinessCalendar(WARSAW), AFTER, id="no windows"),
        pytest.param(
            replace(EIGHT_TO_FOUR, hours=((),) * 7), within(hours=4), id="a span of working time without hours"
        ),
        pytest.param(replace(EIGHT_TO_FOUR, hours=((),) * 7), DAY, id="the end of a day without hours"),
        pytest.param(EIGHT_TO_FOUR, within(days=999_999_999), id="a span beyond all bounds"),
    ],
)
def test_what_cannot_be_promised_is_not(calendar: BusinessCalendar, response: ResponseTime) -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert promise(calendar, response, now, now) is None
