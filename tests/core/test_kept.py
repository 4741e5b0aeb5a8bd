"""Which promises were kept, and when to warn of one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.core.test_ledger import AFTER, WEEK, WITHIN, at, given
from triage_bot.core.agreement import Agreement
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.items import ItemState
from triage_bot.core.kept import LedgerLine, Share, Standing, due_at, later, next_warning, overdue, shares, warn_at
from triage_bot.core.ledger import PromiseState

HALF = timedelta(minutes=30)
BY = given(WEEK, WITHIN, at(20, 8, 30))  # read at 12:00 on Friday, answered by 16:00
READ = given(WEEK, AFTER, at(20, 8, 30))  # read at 12:00 on Friday, answered after that
LAST = given(WEEK, AFTER, at(20, 12, 30))  # read at 16:00, as the working day ends


@pytest.mark.parametrize(
    ("promise", "due"),
    [
        pytest.param(BY, at(20, 16), id="answered by a moment: that moment"),
        pytest.param(READ, at(20, 16), id="answered after a check: the end of that working day"),
        pytest.param(LAST, at(23, 16), id="none of it is left: the end of the next working day"),
    ],
)
def test_by_when_an_answer_is_due(promise: object, due: datetime) -> None:
    assert due_at(promise, WEEK) == due  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("due", "before", "expected"),
    [
        pytest.param(at(20, 16), HALF, at(20, 15, 30), id="half an hour before"),
        pytest.param(at(23, 8), HALF, at(20, 15, 30), id="Monday at 08:00 sharp: on Friday, before the day ends"),
        pytest.param(at(23, 8, 10), HALF, at(20, 15, 40), id="ten minutes of Monday, twenty of Friday"),
        pytest.param(at(23, 8), timedelta(hours=10), at(19, 14), id="more than a working day before"),
        pytest.param(at(21, 12), HALF, at(20, 15, 30), id="due on a Saturday, in no working time"),
    ],
)
def test_a_warning_leaves_so_much_working_time(due: datetime, before: timedelta, expected: datetime) -> None:
    assert warn_at(due, WEEK, before) == expected
    assert WEEK.working_time_between(expected, due) == before


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        pytest.param(at(20, 9), HALF, at(20, 15, 30), id="in time"),
        pytest.param(at(20, 15, 45), HALF, at(20, 15, 45), id="late: at once"),
        pytest.param(at(20, 16), HALF, None, id="it is broken"),
        pytest.param(at(20, 9), timedelta(0), None, id="no warnings are wanted"),
    ],
)
def test_when_to_warn(now: datetime, before: timedelta, expected: datetime | None) -> None:
    assert next_warning(BY, WEEK, before, now) == expected


def test_nobody_is_warned_at_night() -> None:
    monday = replace(BY, promise_at=at(23, 9))
    assert next_warning(monday, WEEK, timedelta(hours=3), at(20, 22)) == at(23, 8)
    eight = replace(BY, promise_at=at(23, 8))
    assert next_warning(eight, WEEK, HALF, at(20, 22)) is None, "no working time is left before"


def line(state: PromiseState, seconds: int | None = None, client: str = "Firma") -> LedgerLine:
    promise = replace(BY, state=state, client=client)
    return LedgerLine(promise, ItemState.OPEN, clock_seconds=seconds, working_seconds=seconds and seconds // 2)


@pytest.mark.parametrize(
    ("state", "now", "standing"),
    [
        (PromiseState.OPEN, at(20, 16), Standing.OPEN),
        (PromiseState.TOLD, at(20, 16, 1), Standing.OVERDUE),
        (PromiseState.KEPT, at(27, 8), Standing.KEPT),
        (PromiseState.BROKEN, at(20, 9), Standing.BROKEN),
        (PromiseState.CORRECTED, at(27, 8), Standing.CORRECTED),
        (PromiseState.WITHDRAWN, at(27, 8), Standing.WITHDRAWN),
    ],
)
def test_how_a_promise_stands(state: PromiseState, now: datetime, standing: Standing) -> None:
    assert line(state).standing(now, WEEK) is standing


def week(client: str) -> BusinessCalendar:
    return WEEK


def test_the_share_of_kept_promises() -> None:
    lines = [
        line(PromiseState.KEPT, 600),
        line(PromiseState.KEPT, 1200),
        line(PromiseState.KEPT, 6000),
        line(PromiseState.BROKEN, 60000),
        line(PromiseState.OPEN),
        line(PromiseState.CORRECTED),
        line(PromiseState.WITHDRAWN, client="Anna"),
    ]
    told = shares(lines, week, at(20, 9))
    assert list(told) == ["Anna", "Firma"]
    assert told["Firma"] == Share(1, 3, 1, timedelta(seconds=3600), timedelta(seconds=1800))
    assert (told["Firma"].share, told["Anna"].share) == (0.75, None)
    assert shares(lines, week, at(27, 9))["Firma"].share == 0.6


def test_the_longest_overdue_comes_first() -> None:
    early = replace(BY, id=7, promise_at=at(19, 9))
    fine = replace(BY, id=8, promise_at=at(27, 9))
    assert [each.id for each in overdue([BY, fine, early], week, at(20, 17))] == [7, 1]


@pytest.mark.parametrize(
    ("now", "since", "expected"),
    [
        pytest.param(at(20, 14), at(24, 8), at(24, 8), id="a check that lies ahead: that one"),
        pytest.param(at(20, 14), at(24, 8, 1), at(24, 12), id="a minute after it: the next one"),
        pytest.param(at(20, 12), at(20, 12), at(20, 16), id="the check of now: the next one"),
        pytest.param(at(20, 14), at(19, 8), at(20, 16), id="a moment that is over: counted from now"),
        pytest.param(at(20, 9), at(20, 12), at(20, 16), id="what was promised already: the next one"),
    ],
)
def test_put_off_to_the_first_check_from_a_moment_on(now: datetime, since: datetime, expected: datetime) -> None:
    assert next(later(Agreement(WEEK), READ, now, since)).promise_at == expected
