"""How urgent a reading is under an agreement."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.urgency import Urgency, judge
from triage_bot.reading.model import Deadline, Kind, Language, Reading, Script

ZONE = ZoneInfo("Europe/Warsaw")
SENT_AT = datetime(2027, 3, 10, 12, 30, tzinfo=ZONE)
CHECK_AT = datetime(2027, 3, 10, 16, 0, tzinfo=ZONE)


def reading(**values: object) -> Reading:
    return Reading(**({"language": Language.PL, "script": Script.LATIN, "new_text": "x", "kind": Kind.TASK} | values))


def at(hour: int, minute: int = 0, day: int = 10) -> Deadline:
    return Deadline(datetime(2027, 3, day, hour, minute, tzinfo=ZONE), "do tej")


CASES = [
    pytest.param(reading(), Urgency.NORMAL, "regular", id="a task with nothing said is normal"),
    pytest.param(reading(deadline=at(15)), Urgency.URGENT, "deadline_before_check", id="an hour before the check"),
    pytest.param(reading(deadline=at(16)), Urgency.URGENT, "deadline_before_check", id="the very minute of the check"),
    pytest.param(reading(deadline=at(16, 1)), Urgency.NORMAL, "deadline_after_check", id="a minute after the check"),
    pytest.param(
        reading(deadline=Deadline(date(2027, 3, 10), "dziś")), Urgency.NORMAL, "deadline_after_check", id="today"
    ),
    pytest.param(
        reading(deadline=Deadline(date(2027, 3, 17), "x")), Urgency.LOW, "deadline_far", id="a date seven days off"
    ),
    pytest.param(
        reading(deadline=Deadline(date(2027, 3, 16), "x")), Urgency.NORMAL, "deadline_after_check", id="six days off"
    ),
    pytest.param(reading(harm=("sklep leży",)), Urgency.URGENT, "harm", id="harm"),
    pytest.param(reading(immediate=("natychmiast",)), Urgency.URGENT, "immediate", id="a call for immediate action"),
    pytest.param(reading(can_wait=("nic pilnego",)), Urgency.LOW, "can_wait", id="it can wait"),
    pytest.param(reading(can_wait=("luz",), harm=("x",)), Urgency.LOW, "can_wait", id="harm that can wait"),
    pytest.param(
        reading(can_wait=("luz",), deadline=at(15)), Urgency.URGENT, "deadline_before_check", id="by three"
    ),
    pytest.param(
        reading(can_wait=("luz",), deadline=Deadline(date(2027, 3, 12), "x")),
        Urgency.NORMAL,
        "deadline_after_check",
        id="no hurry, but by Friday",
    ),
    pytest.param(
        reading(kind=Kind.CANCELLATION, dropped=("rezygnujemy",)), Urgency.LOW, "task_dropped", id="a task is dropped"
    ),
    pytest.param(reading(kind=Kind.CANCELLATION), Urgency.NORMAL, "regular", id="a booking to be undone"),
    pytest.param(
        reading(kind=Kind.THANKS, nothing_to_do=("dzięki",)), Urgency.NONE, "nothing_to_do", id="thanks ask for nothing"
    ),
    pytest.param(
        reading(kind=Kind.NEWSLETTER, harm=("x",), immediate=("x",)), Urgency.NONE, "machine", id="it shouts"
    ),
    pytest.param(
        reading(kind=Kind.NOTIFICATION, nothing_to_do=("x",)), Urgency.NONE, "machine", id="a receipt"
    ),
    pytest.param(reading(kind=Kind.NOTIFICATION), Urgency.NORMAL, "regular", id="machine mail with a consequence"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "urgency", "code"), CASES)
def test_urgency_and_its_reason(found: Reading, urgency: Urgency, code: str) -> None:
    judged, because = judge(found, sent_at=SENT_AT, check_at=CHECK_AT)
    assert (judged, because[0].code) == (urgency, code)


def test_today_is_urgent_when_no_check_is_left_today() -> None:
    tomorrow = datetime(2027, 3, 11, 8, 0, tzinfo=ZONE)
    found = reading(deadline=Deadline(date(2027, 3, 10), "dziś"))
    assert judge(found, sent_at=SENT_AT.replace(hour=17), check_at=tomorrow)[0] is Urgency.URGENT


def test_a_deadline_is_urgent_when_no_check_is_ahead_at_all() -> None:
    found = reading(deadline=Deadline(date(2027, 3, 20), "do 20.3"))
    urgency, because = judge(found, sent_at=SENT_AT, check_at=None)
    assert urgency is Urgency.URGENT
    assert dict(because[0].values) == {"words": "do 20.3", "deadline_on": "2027-03-20"}


def test_reasons_carry_the_words_and_the_moments() -> None:
    found = reading(deadline=at(15), harm=("sklep leży", "klienci dzwonią"))
    _, because = judge(found, sent_at=SENT_AT, check_at=CHECK_AT)
    assert [(reason.code, dict(reason.values)) for reason in because] == [
        (
            "deadline_before_check",
            {"words": "do tej", "deadline_at": "2027-03-10T15:00:00+01:00", "check_at": "2027-03-10T16:00:00+01:00"},
        ),
        ("harm", {"words": "sklep leży … klienci dzwonią"}),
    ]
