"""When a mailbox is looked at again, whatever its server announces."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.agreement import Agreement, Emergencies
from triage_bot.core.business_calendar import BusinessCalendar, Interval
from triage_bot.core.polling import ALWAYS, Schedule

WARSAW = ZoneInfo("Europe/Warsaw")
EIGHT_TO_FOUR = ((Interval(480, 960),),) * 5 + ((),) * 2
AT_8_12_16 = ((480, 720, 960),) * 5 + ((),) * 2
CALENDAR = BusinessCalendar(WARSAW, EIGHT_TO_FOUR, AT_8_12_16)
EVERY = timedelta(minutes=5)


def friday(clock: str) -> datetime:
    return datetime.combine(date(2026, 11, 20), time.fromisoformat(clock), WARSAW)


@pytest.mark.parametrize(
    ("clock", "minutes"),
    [
        pytest.param("10:00", 5, id="as often as configured while she works"),
        pytest.param("18:00", 15, id="more rarely in the evening"),
        pytest.param("23:30", 30, id="rarely at night"),
        pytest.param("03:00", 30, id="rarely before the morning"),
        pytest.param("06:30", 15, id="more often again in the morning"),
    ],
)
def test_how_often(clock: str, minutes: int) -> None:
    assert Schedule([Agreement(CALENDAR)]).next_look(friday(clock), EVERY, 0.5) == timedelta(minutes=minutes)


@pytest.mark.parametrize("window", ["08:00", "12:00", "16:00"])
@pytest.mark.parametrize("before", [1, 3, 4], ids="{} minutes before".format)
@pytest.mark.parametrize("spread", [0.0, 0.5, 0.999], ids="at {} of the spread".format)
def test_always_just_before_a_check_window(window: str, before: int, spread: float) -> None:
    at = friday(window) - timedelta(minutes=before, seconds=30)
    look_at = at + Schedule([Agreement(CALENDAR)]).next_look(at, EVERY, spread)
    assert timedelta(seconds=15) <= friday(window) - look_at <= timedelta(seconds=75)


def test_at_night_too_the_next_window_is_not_slept_through() -> None:
    at = friday("07:40")
    look_at = at + Schedule([Agreement(CALENDAR)]).next_look(at, timedelta(hours=1), 0.0)
    assert look_at == friday("08:00") - timedelta(seconds=15)


def test_the_look_before_a_window_is_not_repeated() -> None:
    """Just looked: the next one is as far away as ever."""
    at = friday("12:00") - timedelta(seconds=15)
    assert Schedule([Agreement(CALENDAR)]).next_look(at, EVERY, 0.0) == EVERY


def test_a_clock_that_stands_just_before_the_look_does_not_make_it_a_loop() -> None:
    at = friday("12:00") - timedelta(seconds=15, microseconds=1)
    assert Schedule([Agreement(CALENDAR)]).next_look(at, EVERY, 0.0) == timedelta(seconds=1)


def test_emergencies_that_reach_her_at_night_count_as_hours() -> None:
    at_any_hour = Emergencies(time(0), time(0))
    assert Schedule([Agreement(CALENDAR, emergencies=at_any_hour)]).next_look(friday("23:30"), EVERY, 0.5) == EVERY


def test_where_silence_is_watched_no_night_is_longer_than_that() -> None:
    watched = Schedule([Agreement(CALENDAR)], longest=timedelta(minutes=10))
    assert watched.next_look(friday("23:30"), EVERY, 0.5) == timedelta(minutes=10)
    assert watched.next_look(friday("23:30"), timedelta(hours=1), 0.5) == timedelta(hours=1), "as configured"


def test_of_two_agreements_the_busier_one_counts() -> None:
    new_york = BusinessCalendar(ZoneInfo("America/New_York"), EIGHT_TO_FOUR, AT_8_12_16)
    both = Schedule([Agreement(CALENDAR), Agreement(new_york)])
    assert both.next_look(friday("20:30"), EVERY, 0.5) == EVERY
    assert both.next_look(friday("23:30"), EVERY, 0.5) == 3 * EVERY, "it is no night in New York"


def test_without_an_agreement_as_often_as_configured() -> None:
    assert ALWAYS.next_look(friday("23:30"), EVERY, 0.5) == EVERY
