"""What a message does to the queue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.test_items import ANSWERED, DISMISSED, DONE, NOW, OPEN, SNOOZED, WAITING, item
from triage_bot.core.items import RATED, TAGGED, TAKEN_BACK, Item, ItemState
from triage_bot.core.joining import (
    REOPENED_WITHIN,
    TABLE,
    Found,
    Said,
    Way,
    begun,
    found,
    joined,
    reminders_with,
    said,
)
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Kind, Language, Reading, Script

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
BEGINS, JOINS, REOPENS, STAYS, APART = Way


def reading(kind: Kind, *, needs_ack: bool = True, dropped: tuple[str, ...] = ()) -> Reading:
    return Reading(Language.PL, Script.LATIN, "…", kind, needs_ack=needs_ack, dropped=dropped)


@pytest.mark.parametrize(
    ("what", "ways"),
    [
        # no item, open, snoozed, waiting, closed lately, closed long ago
        (Said.TASK, (BEGINS, JOINS, JOINS, JOINS, BEGINS, BEGINS)),
        (Said.MESSAGE, (BEGINS, JOINS, JOINS, JOINS, REOPENS, BEGINS)),
        (Said.EDIT, (BEGINS, JOINS, JOINS, JOINS, REOPENS, BEGINS)),
        (Said.REMINDER, (BEGINS, JOINS, JOINS, JOINS, REOPENS, BEGINS)),
        (Said.TAKEN_BACK, (BEGINS, JOINS, JOINS, JOINS, REOPENS, BEGINS)),
        (Said.QUIET, (BEGINS, STAYS, STAYS, STAYS, STAYS, BEGINS)),
        (Said.MACHINE, (BEGINS, STAYS, STAYS, JOINS, BEGINS, BEGINS)),
        (Said.RETURNED, (BEGINS, JOINS, JOINS, JOINS, REOPENS, BEGINS)),
        (Said.ALONE, (APART, STAYS, STAYS, STAYS, STAYS, STAYS)),
    ],
    ids=lambda value: value.value if isinstance(value, Said) else "",
)
def test_the_table(what: Said, ways: tuple[Way, ...]) -> None:
    assert tuple(TABLE[what][each] for each in Found) == ways


@pytest.mark.parametrize(
    ("active", "closed", "after", "which"),
    [
        pytest.param(None, None, DAY, Found.NOTHING, id="a new thread"),
        pytest.param(OPEN, DONE, DAY, Found.OPEN, id="what is open comes first"),
        pytest.param(SNOOZED, None, DAY, Found.SNOOZED, id="snoozed"),
        pytest.param(WAITING, None, DAY, Found.WAITING, id="she has asked back"),
        pytest.param(None, ANSWERED, REOPENED_WITHIN, Found.LATELY, id="a week after she answered"),
        pytest.param(None, DONE, REOPENED_WITHIN + MOMENT, Found.LONG_AGO, id="longer than a week after"),
        pytest.param(None, DISMISSED, DAY, Found.LATELY, id="dismissed yesterday"),
    ],
)
def test_the_item_that_a_message_finds(
    active: ItemState | None, closed: ItemState | None, after: timedelta, which: Found
) -> None:
    assert found(item(active) if active else None, item(closed) if closed else None, NOW + after) is which


def test_the_week_runs_from_the_last_thing_that_happened() -> None:
    answered = replace(item(ANSWERED), answered_at=NOW + 5 * DAY)
    assert found(None, answered, NOW + 12 * DAY) is Found.LATELY


NORMAL = {"edited": False, "machine": False, "returned": False, "alone": False}


@pytest.mark.parametrize(
    ("text", "urgency", "changes", "what"),
    [
        pytest.param(reading(Kind.TASK), Urgency.NORMAL, {}, Said.TASK, id="a task"),
        pytest.param(reading(Kind.TASK), Urgency.NORMAL, {"edited": True}, Said.EDIT, id="an edited task"),
        pytest.param(reading(Kind.FOLLOWUP), Urgency.NORMAL, {"edited": True}, Said.EDIT, id="an edited any news?"),
        pytest.param(reading(Kind.QUESTION), Urgency.URGENT, {}, Said.MESSAGE, id="a question"),
        pytest.param(reading(Kind.COMPLAINT), Urgency.NORMAL, {}, Said.MESSAGE, id="a complaint"),
        pytest.param(reading(Kind.FOLLOWUP), Urgency.NORMAL, {}, Said.REMINDER, id="any news?"),
        pytest.param(reading(Kind.FOLLOWUP), Urgency.URGENT, {}, Said.REMINDER, id="any news, now!"),
        pytest.param(reading(Kind.THANKS, needs_ack=False), Urgency.NONE, {}, Said.QUIET, id="thanks"),
        pytest.param(reading(Kind.SMALLTALK, needs_ack=False), Urgency.NORMAL, {}, Said.QUIET, id="small talk"),
        pytest.param(reading(Kind.THANKS, needs_ack=False), Urgency.URGENT, {}, Said.MESSAGE, id="urgent thanks"),
        pytest.param(
            reading(Kind.CANCELLATION, dropped=("nieaktualne",)), Urgency.LOW, {}, Said.TAKEN_BACK, id="not needed"
        ),
        pytest.param(reading(Kind.CANCELLATION), Urgency.NORMAL, {}, Said.MESSAGE, id="cancel the order, please"),
        pytest.param(
            reading(Kind.CANCELLATION, dropped=("x",)), Urgency.URGENT, {}, Said.MESSAGE, id="stop it at once"
        ),
        pytest.param(reading(Kind.NOTIFICATION), Urgency.LOW, {"machine": True}, Said.MACHINE, id="a machine's"),
        pytest.param(
            reading(Kind.NOTIFICATION), Urgency.LOW, {"machine": True, "returned": True}, Said.RETURNED, id="a bounce"
        ),
        pytest.param(reading(Kind.TASK), Urgency.NORMAL, {"alone": True}, Said.ALONE, id="no client"),
    ],
)
def test_what_a_message_is_to_the_queue(text: Reading, urgency: Urgency, changes: dict[str, bool], what: Said) -> None:
    assert said(text, urgency, **{**NORMAL, **changes}) is what


@pytest.mark.parametrize(
    ("active", "closed", "what", "way", "times"),
    [
        pytest.param(OPEN, None, Said.REMINDER, JOINS, 3, id="the third"),
        pytest.param(SNOOZED, None, Said.REMINDER, JOINS, 3, id="the third, of what she put aside"),
        pytest.param(OPEN, None, Said.MESSAGE, JOINS, 2, id="another message is none"),
        pytest.param(WAITING, None, Said.REMINDER, JOINS, 1, id="she has asked back since"),
        pytest.param(None, ANSWERED, Said.REMINDER, REOPENS, 1, id="she has answered since"),
        pytest.param(None, None, Said.REMINDER, BEGINS, 0, id="of nothing that is known"),
    ],
)
def test_reminders_are_counted(
    active: ItemState | None, closed: ItemState | None, what: Said, way: Way, times: int
) -> None:
    open_item = item(active) if active else None
    closed_item = item(closed) if closed else None
    assert reminders_with(open_item, closed_item, what, way) == times


def news(**changes: object) -> Item:
    made = replace(item(), id=9, excerpt="Dzięki!", last_message_at=NOW + DAY, messages=1, reminders=0)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ItemState, ids=lambda state: state.value)
def test_thanks_change_nothing_but_the_count(state: ItemState) -> None:
    old = item(state)
    after = joined(old, news(urgency=Urgency.NONE), STAYS, Said.QUIET)
    assert after == replace(old, messages=2, last_message_at=NOW + DAY)


def test_an_edit_counts_as_no_further_message_and_no_reminder() -> None:
    after = joined(replace(item(), messages=2, reminders=2), news(excerpt="Poprawka"), JOINS, Said.EDIT)
    assert (after.messages, after.reminders, after.excerpt) == (2, 2, "Poprawka")


def test_an_item_of_one_message_is_what_its_edit_makes_of_it() -> None:
    old = replace(item(), urgency=Urgency.URGENT, deadline="2026-11-20", because=(Reason("harm"),))
    calm = news(urgency=Urgency.NORMAL, deadline="", because=(Reason("regular"),))
    after = joined(old, calm, JOINS, Said.EDIT)
    assert (after.urgency, after.deadline, after.because) == (Urgency.NORMAL, "", (Reason("regular"),))
    several = joined(replace(old, messages=2), calm, JOINS, Said.EDIT)
    assert (several.urgency, several.deadline) == (Urgency.URGENT, "2026-11-20"), "the other one may have said so"
    rated = replace(old, because=(Reason(RATED, {"urgency": "urgent"}),))
    assert joined(rated, calm, JOINS, Said.EDIT).urgency is Urgency.URGENT, "she said so herself"


def test_a_message_opens_what_she_put_aside() -> None:
    after = joined(item(SNOOZED), news(), JOINS, Said.MESSAGE)
    assert (after.id, after.state, after.snoozed_until, after.messages) == (1, OPEN, None, 2)


def test_what_was_closed_is_what_the_news_make_it() -> None:
    old = replace(
        item(DONE), urgency=Urgency.URGENT, deadline="2026-11-20", promise_at=NOW, promise_sentence="…", alerted_at=NOW
    )
    after = joined(old, news(), REOPENS, Said.MESSAGE)
    assert (after.id, after.state, after.urgency, after.deadline) == (1, OPEN, Urgency.NORMAL, "")
    assert (after.promise_at, after.promise_sentence, after.alerted_at) == (None, "", None)
    assert after.opened_at == old.opened_at


def test_what_is_taken_back_is_lowered_and_awaits_her() -> None:
    tag = Reason(TAGGED, {"name": "r", "tag": "faktury"})
    old = replace(item(SNOOZED), urgency=Urgency.URGENT, deadline="2026-11-20", because=(Reason("harm"), tag))
    low = news(urgency=Urgency.LOW, kind="cancellation", because=(Reason("task_dropped"),))
    after = joined(old, low, JOINS, Said.TAKEN_BACK)
    assert (after.state, after.urgency, after.deadline, after.is_taken_back) == (OPEN, Urgency.LOW, "", True)
    assert [reason.code for reason in after.because] == [TAKEN_BACK, "task_dropped", TAGGED]
    again = joined(after, news(because=(Reason("regular"),)), JOINS, Said.TASK)
    assert not again.is_taken_back


def test_somebody_left_alone_is_written_down_and_dismissed() -> None:
    assert begun(news(), APART, Said.ALONE).state is DISMISSED
    assert begun(news(), BEGINS, Said.TASK).state is OPEN
