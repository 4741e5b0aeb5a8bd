"""Which promises a calendar breaks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.core.calendar_weeks import WARSAW
from triage_bot.core.agreement import Agreement, Assistant, ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar, Interval, SpecialDay, Vacation
from triage_bot.core.directory import Directory
from triage_bot.core.ledger import GivenPromise, PromiseState, broken, response_of
from triage_bot.core.promise import promise
from triage_bot.reading.model import Locale

WEEK = BusinessCalendar(
    WARSAW, hours=((Interval(480, 960),),) * 5 + ((), ()), windows=((480, 720, 960),) * 5 + ((), ())
)
DAILY = BusinessCalendar(WARSAW, hours=((Interval(480, 960),),) * 7, windows=((480, 1200),) * 7)
AFTER = ResponseTime()
WITHIN = ResponseTime(ResponseKind.WITHIN, timedelta(hours=4))
SAME_DAY = ResponseTime(ResponseKind.SAME_OR_NEXT_DAY)
SPAN = ResponseTime(ResponseKind.SPAN, timedelta(hours=24))


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = WARSAW) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


def given(calendar: BusinessCalendar, response: ResponseTime, received_at: datetime) -> GivenPromise:
    made = promise(calendar, response, received_at, received_at)
    assert made is not None
    return GivenPromise(
        id=1,
        item_id=1,
        client="",
        contact="",
        subject="",
        state=PromiseState.OPEN,
        made_at=received_at,
        received_at=received_at,
        check_at=made.check_at,
        promise_at=made.promise_at,
        answered_by=made.answered_by,
        because=made.because,
        zone="",
        locale="",
        sentence="",
    )


def instead(old: GivenPromise, calendar: BusinessCalendar, now: datetime) -> str:
    """When the corrected promise is, "" if none is needed."""
    directory = Directory(Assistant("K", Locale.PL, WARSAW), Agreement(calendar), ())
    found = broken([old], directory, now)
    return "".join(f"{each.new.promise_at:%d %H:%M}" if each.new else "none" for each in found)


NEXT_WEEK = replace(WEEK, vacations=(Vacation(date(2026, 11, 23), date(2026, 11, 27)),))


@pytest.mark.parametrize(
    ("response", "received_at", "calendar", "now", "expected"),
    [
        pytest.param(AFTER, at(20, 17), WEEK, at(20, 18), "", id="nothing changed"),
        pytest.param(AFTER, at(20, 17), NEXT_WEEK, at(20, 18), "30 08:00", id="a vacation over the check"),
        pytest.param(AFTER, at(20, 17), NEXT_WEEK, at(22, 18), "30 08:00", id="found days later"),
        pytest.param(AFTER, at(20, 12, 30), NEXT_WEEK, at(20, 13), "", id="a vacation after the check"),
        pytest.param(AFTER, at(19, 9), NEXT_WEEK, at(20, 18), "", id="overdue: no calendar's fault"),
        pytest.param(WITHIN, at(20, 12, 30), NEXT_WEEK, at(20, 13), "30 12:00", id="the check stays, the span goes on"),
        pytest.param(WITHIN, at(20, 12, 30), NEXT_WEEK, at(20, 17), "30 12:00", id="the check has been"),
        pytest.param(WITHIN, at(20, 7), WEEK, at(20, 9), "", id="a span after a check that has been"),
        pytest.param(SAME_DAY, at(20, 17), NEXT_WEEK, at(20, 18), "30 16:00", id="by the end of a later day"),
        pytest.param(
            SAME_DAY,
            at(18, 17),
            replace(WEEK, special_days=(SpecialDay(date(2026, 11, 19), hours=(Interval(480, 720),)),)),
            at(18, 18),
            "",
            id="a shorter day ends earlier, which keeps the promise",
        ),
        pytest.param(
            WITHIN,
            at(18, 17),
            replace(WEEK, special_days=(SpecialDay(date(2026, 11, 19), hours=(Interval(480, 600),)),)),
            at(18, 18),
            "20 10:00",
            id="a half day takes the working time away",
        ),
        pytest.param(
            AFTER, at(18, 17), replace(WEEK, windows=((540,),) * 7), at(18, 18), "19 09:00", id="a later window"
        ),
        pytest.param(AFTER, at(18, 17), replace(WEEK, windows=((420,),) * 7), at(18, 18), "", id="an earlier window"),
        pytest.param(AFTER, at(18, 17), replace(WEEK, windows=((),) * 7), at(18, 18), "none", id="no window any more"),
        pytest.param(
            AFTER, at(10, 17), replace(WEEK, holidays=lambda on: "x" if on.day == 11 else None), at(10, 18), "12 08:00",
            id="a holiday that was forgotten",
        ),
    ],
)  # fmt: skip
def test_a_promise_is_broken_where_it_would_come_later(
    response: ResponseTime, received_at: datetime, calendar: BusinessCalendar, now: datetime, expected: str
) -> None:
    assert instead(given(WEEK, response, received_at), calendar, now) == expected


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        pytest.param((), "", id="nothing changed"),
        pytest.param((18,), "19 08:00", id="the next day is off"),
        pytest.param((17, 18, 19), "20 08:00", id="three days are off"),
        pytest.param((19,), "", id="the day after that is off"),
    ],
)
def test_a_plain_span_is_broken_by_days_off(off: tuple[int, ...], expected: str) -> None:
    old = given(DAILY, SPAN, at(17, 20, 30))
    assert f"{old.promise_at:%d %H:%M}" == "18 20:30"
    vacations = tuple(Vacation(date(2026, 11, day), date(2026, 11, day)) for day in off)
    assert instead(old, replace(DAILY, vacations=vacations), at(17, 21)) == expected


@pytest.mark.parametrize("response", [AFTER, WITHIN, SAME_DAY, SPAN], ids=lambda response: response.kind.value)
def test_the_response_time_is_read_from_the_reasons(response: ResponseTime) -> None:
    assert response_of(given(DAILY, response, at(17, 9))) == response


def test_the_soonest_comes_first() -> None:
    directory = Directory(Assistant("K", Locale.PL, WARSAW), Agreement(NEXT_WEEK), ())
    late, soon = replace(given(WEEK, SAME_DAY, at(20, 17)), id=1), replace(given(WEEK, AFTER, at(20, 17)), id=2)
    assert [each.old.id for each in broken([late, soon], directory, at(20, 18))] == [2, 1]
