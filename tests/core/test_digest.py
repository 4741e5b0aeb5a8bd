"""What a digest lists, and in which order."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.core.builders import an_item
from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.business_calendar import BusinessCalendar, Interval
from triage_bot.core.digest import due_items, in_order, is_due_until, is_overdue, last_window, next_window
from triage_bot.core.directory import Directory
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale

WARSAW = ZoneInfo("Europe/Warsaw")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WARSAW).astimezone(UTC)


def every_day(*hours: int) -> Agreement:
    return Agreement(BusinessCalendar(WARSAW, windows=(tuple(hour * 60 for hour in hours),) * 7))


DIRECTORY = Directory(
    Assistant("Katarzyna", Locale.PL, WARSAW),
    every_day(8, 12, 16),
    (Client("Early", every_day(10), Locale.PL, WARSAW),),
)
HOURS = ((Interval(480, 960),),) * 5 + ((),) * 2
WORKING = Directory(
    DIRECTORY.assistant, Agreement(BusinessCalendar(WARSAW, hours=HOURS, windows=((480, 720, 960),) * 7)), ()
)
"""She works on weekdays from 8:00 to 16:00."""
ITEM = an_item(at(20, 9), check_at=at(20, 12), promise_at=at(20, 12))


def test_urgent_comes_first_then_overdue_then_the_rest_by_promise_and_what_has_none_last() -> None:
    now = at(20, 16)
    items = [
        replace(ITEM, id=1, promise_at=at(20, 16)),
        replace(ITEM, id=2, promise_at=at(20, 12)),
        replace(ITEM, id=3, promise_at=at(20, 8)),
        replace(ITEM, id=4, urgency=Urgency.URGENT, promise_at=at(20, 16)),
        replace(ITEM, id=5, urgency=Urgency.LOW, promise_at=at(20, 8)),
        replace(ITEM, id=6, urgency=Urgency.URGENT, promise_at=at(20, 12)),
        replace(ITEM, id=7, urgency=Urgency.NONE, promise_at=None),
        replace(ITEM, id=8, promise_at=None, last_message_at=at(20, 15)),
        replace(ITEM, id=9, promise_at=None, last_message_at=at(20, 15, 30)),
    ]
    assert [item.id for item in in_order(items, now, DIRECTORY)] == [6, 4, 3, 2, 1, 8, 9, 5, 7]


def test_a_promise_is_overdue_when_its_minute_is_over() -> None:
    by_noon = replace(ITEM, check_at=at(20, 8))
    assert not is_overdue(by_noon, at(20, 12), DIRECTORY)
    assert not is_overdue(by_noon, at(20, 12).replace(second=59), DIRECTORY)
    assert is_overdue(by_noon, at(20, 12, 1), DIRECTORY)
    assert not is_overdue(replace(ITEM, promise_at=None), at(20, 12, 1), DIRECTORY)


def test_an_answer_after_a_check_is_overdue_when_the_working_day_is_over() -> None:
    last = replace(ITEM, check_at=at(20, 16), promise_at=at(20, 16))
    assert not is_overdue(ITEM, at(20, 12, 30), WORKING)
    assert not is_overdue(ITEM, at(20, 16), WORKING)
    assert is_overdue(ITEM, at(20, 16, 1), WORKING)
    assert not is_overdue(last, at(23, 16), WORKING), "read as the day ends: answered on the next working one"
    assert is_overdue(last, at(23, 16, 1), WORKING)


def test_what_is_due_in_the_minute_of_a_window_lies_ahead_though_the_digest_comes_a_moment_later() -> None:
    assert is_due_until(ITEM, at(20, 12).replace(microsecond=146_000), at(20, 16), DIRECTORY)
    assert not is_due_until(ITEM, at(20, 12, 1), at(20, 16), DIRECTORY)
    assert is_due_until(ITEM, at(20, 12, 1), at(20, 16), WORKING), "its answer is due by the end of the day"


def test_a_window_lists_the_clients_that_have_it_and_whatever_is_urgent() -> None:
    early = replace(ITEM, id=1, client="Early", check_at=at(21, 10))
    others = replace(ITEM, id=2)
    urgent = replace(ITEM, id=3, urgency=Urgency.URGENT)
    missed = replace(ITEM, id=4, check_at=at(20, 8))
    listed = due_items([early, others, urgent, missed], at(20, 10), DIRECTORY, at(20, 10))
    assert {item.id for item in listed} == {1, 3, 4}


def test_the_next_window_is_the_first_of_anybody() -> None:
    assert next_window(DIRECTORY, at(20, 8)) == at(20, 10)
    assert next_window(DIRECTORY, at(20, 10)) == at(20, 12)
    assert next_window(DIRECTORY, at(20, 7, 59)) == at(20, 8)


def test_of_several_missed_windows_the_newest_counts() -> None:
    assert last_window(DIRECTORY, at(20, 8), at(20, 18)) == at(20, 16)
    assert last_window(DIRECTORY, at(20, 16), at(20, 18)) is None
    assert last_window(DIRECTORY, at(20, 11), at(20, 12)) == at(20, 12)


def test_windows_in_the_doubled_hour_are_told_apart() -> None:
    """On 25 October 2026 clocks go from 3:00 back to 2:00 in Warsaw: a window of 2:30 happens once."""
    directory = Directory(DIRECTORY.assistant, Agreement(BusinessCalendar(WARSAW, windows=((150,),) * 7)), ())
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    first = next_window(directory, midnight)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_window(directory, first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
