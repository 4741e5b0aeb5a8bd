"""What the assistant does about an item, on a real database: state, history, promises, entries, and taking it back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.core.test_ledger import WARSAW, WEEK
from tests.store.builders import FRIDAY, HOUR, JAN, MINUTE, PROMISE, acknowledged, cursor, draft, entry, mail, of_firma
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.history import History
from triage_bot.core.items import STEPS, TAKEN_BACK, Item, ItemState, Step, leads_to
from triage_bot.core.joining import Said, Way
from triage_bot.core.kept import KeptBy, LedgerLine
from triage_bot.core.ledger import PromiseState
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.errors import UsageError
from triage_bot.store import acts
from triage_bot.store.drafts import Act, Correction, EntryDraft, EntryKind, EntryState, Outcome, Plan
from triage_bot.store.store import Store

OPEN, SNOOZED, WAITING, ANSWERED, DONE, DISMISSED = ItemState
KATARZYNA = "Katarzyna"
SOON = FRIDAY + 10 * MINUTE
PROMISED_AT = FRIDAY + 4 * HOUR


def week(client: str) -> BusinessCalendar:
    return WEEK


def by_four(message: IncomingMessage, history: History) -> Plan:
    """Promised an answer by 16:30 UTC, and acknowledged at once."""
    return replace(acknowledged(message, history), promise=replace(PROMISE, answered_by=True))


@pytest.fixture
def queue(store: Store) -> Store:
    store.record([mail(1)], cursor(), by_four, client_of=of_firma)
    for each in store.claim(["mail"], FRIDAY, 9, MINUTE, "w"):
        store.advance([(each.id, FRIDAY, "250")], [])
    return store


def reply(to: str = JAN) -> EntryDraft:
    return entry(to, FRIDAY + timedelta(seconds=20), EntryKind.REPLY, "reply.1@va.example")


def act(step: Step, **changes: object) -> Act:
    return replace(Act(step, 1, "the button"), **changes)  # type: ignore[arg-type]


def the_item(store: Store) -> Item:
    found = store.item(1)
    assert found is not None
    return found


def the_promise(store: Store) -> LedgerLine:
    [found] = store.promises_of(1)
    return found


def full(step: Step, at: datetime) -> Act:
    made = replace(PROMISE, promise_at=at + 9 * HOUR)
    correction = Correction(0, entry(kind=EntryKind.CORRECTION), made, "Jutro.", "Europe/Warsaw", "pl")
    return act(
        step,
        until=at + HOUR if step is Step.SNOOZE else None,
        urgency=Urgency.URGENT if step is Step.RATE else None,
        correction=correction if step is Step.LATE else None,
    )


def brought_to(store: Store, state: ItemState) -> None:
    if state is not OPEN:
        store.transition(1, state, FRIDAY, "queue")


@pytest.mark.parametrize("start", ItemState, ids=lambda state: f"from {state.value}")
@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_every_step_from_every_state(queue: Store, step: Step, start: ItemState) -> None:
    """Allowed steps are recorded and can be taken back; the others say what the item is, and change nothing."""
    brought_to(queue, start)
    before, told = the_item(queue), queue.history(1)
    done = queue.act(full(step, SOON), KATARZYNA, SOON)
    to = leads_to(step, start)
    if to is None:
        assert (done.outcome, done.item) == (Outcome.REFUSED, before)
        assert queue.history(1) == told
        return
    assert (done.outcome, done.step, the_item(queue).state) == (Outcome.DONE, step, to)
    new = queue.history(1)[len(told) :]
    if to is not start:
        assert [event.values["from"] for event in new if event.kind == to.name.lower()] == [start.value]
    assert new, "it is in the history"
    undone = queue.undo(KATARZYNA, SOON + MINUTE)
    assert (undone.outcome, undone.step) == (Outcome.DONE, step)
    assert the_item(queue) == before
    assert [line.promise.state for line in queue.promises_of(1)].count(PromiseState.OPEN) == (
        1 if start in (OPEN, SNOOZED) else 0
    )


def test_every_step_is_in_the_table() -> None:
    assert set(STEPS) == set(Step)


def test_one_press_does_it_once(queue: Store) -> None:
    assert queue.act(act(Step.DONE), KATARZYNA, SOON, once="17").outcome is Outcome.DONE
    again = queue.act(act(Step.DONE), KATARZYNA, SOON, once="17")
    assert again.outcome is Outcome.AGAIN
    assert again.item is not None
    assert again.item.state is DONE
    assert queue.undo(KATARZYNA, SOON, once="18").outcome is Outcome.DONE
    assert queue.undo(KATARZYNA, SOON, once="18").outcome is Outcome.AGAIN


def test_an_item_that_is_not_there(queue: Store) -> None:
    assert queue.act(replace(act(Step.DONE), item_id=7), KATARZYNA, SOON).outcome is Outcome.UNKNOWN
    assert queue.undo(KATARZYNA, SOON).outcome is Outcome.UNKNOWN


def test_a_snooze_ends_ahead(queue: Store) -> None:
    for until in (None, SOON):
        with pytest.raises(UsageError, match="item 1 cannot be snoozed until a moment that has passed"):
            queue.act(act(Step.SNOOZE, until=until), KATARZYNA, SOON)


def test_a_snoozed_item_is_back_at_its_time(queue: Store) -> None:
    queue.act(act(Step.SNOOZE, until=(SOON + HOUR).astimezone(WARSAW)), KATARZYNA, SOON)
    assert queue.undo(KATARZYNA, SOON).outcome is Outcome.DONE, "whatever zone it was said in"
    queue.act(act(Step.SNOOZE, until=SOON + HOUR), KATARZYNA, SOON)
    assert queue.next_wake_at() == SOON + HOUR
    assert queue.waiting_items(SOON + HOUR - MINUTE) == []
    [back] = queue.waiting_items(SOON + HOUR)
    assert (back.state, back.snoozed_until, back.touched_at) == (OPEN, None, SOON)
    assert queue.history(1)[-1].values == {"by": "its time has come", "from": "snoozed"}
    assert queue.wake(SOON + 2 * HOUR) == []


@pytest.mark.parametrize(
    ("step", "at", "state", "by"),
    [
        pytest.param(Step.DONE, PROMISED_AT, PromiseState.KEPT, KeptBy.HAND, id="done at the very moment"),
        pytest.param(Step.DONE, PROMISED_AT + MINUTE, PromiseState.BROKEN, KeptBy.HAND, id="done too late"),
        pytest.param(Step.ANSWER, SOON, PromiseState.KEPT, KeptBy.HAND, id="answered somewhere else"),
        pytest.param(Step.ASK, SOON, PromiseState.KEPT, KeptBy.HAND, id="asked somewhere else"),
        pytest.param(Step.DISMISS, SOON, PromiseState.WITHDRAWN, KeptBy.NOT_WANTED, id="no client"),
        pytest.param(Step.SNOOZE, SOON, PromiseState.OPEN, "", id="snoozed: the client still waits"),
        pytest.param(Step.NOTE, SOON, PromiseState.OPEN, "", id="a note answers nobody"),
        pytest.param(Step.EXEMPTION, SOON, PromiseState.OPEN, "", id="an exception answers nobody"),
    ],
)
def test_what_becomes_of_the_promise(queue: Store, step: Step, at: datetime, state: PromiseState, by: str) -> None:
    queue.use_calendars(week)
    queue.act(full(step, at), KATARZYNA, at)
    line = the_promise(queue)
    assert (line.promise.state, line.kept_by) == (state, by)
    assert (the_item(queue).promise_at is not None) == (state is PromiseState.OPEN)


def test_an_answer_is_measured_by_the_clock_and_in_working_time(queue: Store) -> None:
    queue.use_calendars(week)
    queue.act(act(Step.DONE), KATARZYNA, FRIDAY + 20 * HOUR)
    line = the_promise(queue)
    # 12:30 in UTC is 13:30 in Warsaw, where the working day ends at 16:00.
    assert (line.closed_at, line.clock_seconds, line.working_seconds) == (FRIDAY + 20 * HOUR, 20 * 3600, 9000)


def test_done_of_what_was_taken_back_withdraws_the_promise(queue: Store) -> None:
    def dropped(message: IncomingMessage, history: History) -> Plan:
        low = draft(
            message, urgency=Urgency.LOW, promise_at=None, promise_sentence="", because=(Reason("task_dropped"),)
        )
        plan = by_four(message, history)
        return replace(plan, item=low, way=Way.JOINS, said=Said.TAKEN_BACK, promise=None, entries=())

    queue.record([mail(2, refs=("1@firma.pl",))], cursor(2), dropped, client_of=of_firma)
    item = the_item(queue)
    assert (item.state, item.urgency, item.because[0].code) == (OPEN, Urgency.LOW, TAKEN_BACK)
    assert the_promise(queue).promise.state is PromiseState.OPEN, "it awaits her consent"
    queue.act(act(Step.DONE), KATARZYNA, SOON)
    assert the_promise(queue).promise.state is PromiseState.WITHDRAWN


def test_a_reply_keeps_the_promise_once_it_was_sent(queue: Store) -> None:
    queue.use_calendars(week)
    done = queue.act(act(Step.ANSWER, entries=(reply(), reply())), KATARZYNA, FRIDAY)
    assert the_item(queue).state is ANSWERED
    assert the_promise(queue).promise.state is PromiseState.OPEN
    first, second = done.entries
    queue.advance([(first, SOON, "250")], [])
    assert the_promise(queue).promise.state is PromiseState.OPEN, "the second half is on its way"
    queue.advance([(second, SOON + MINUTE, "250")], [])
    line = the_promise(queue)
    assert (line.promise.state, line.kept_by, line.closed_at) == (PromiseState.KEPT, KeptBy.DESK, SOON + MINUTE)


def test_a_message_that_comes_while_the_reply_waits_is_not_answered_by_it(queue: Store) -> None:
    done = queue.act(act(Step.ANSWER, entries=(reply(),)), KATARZYNA, FRIDAY)

    def later(message: IncomingMessage, history: History) -> Plan:
        way = Way.REOPENS if history.active_item is None else Way.JOINS
        made = replace(PROMISE, received_at=message.received_at)
        return replace(by_four(message, history), way=way, promise=made)

    news = mail(2, refs=("1@firma.pl",), received_at=FRIDAY + timedelta(seconds=5))
    queue.record([news], cursor(2), later, client_of=of_firma)
    assert the_item(queue).state is OPEN
    queue.advance([(done.entries[0], SOON, "250")], [])
    states = [line.promise.state for line in queue.promises_of(1)]
    assert states == [PromiseState.KEPT, PromiseState.OPEN]
    assert the_item(queue).promise_at is not None


@pytest.mark.parametrize("step", [Step.ANSWER, Step.ASK])
def test_a_reply_that_cannot_be_delivered_opens_the_item(queue: Store, step: Step) -> None:
    done = queue.act(act(step, entries=(reply(),)), KATARZYNA, FRIDAY)
    queue.give_up(done.entries[0], SOON, "550 no such user")
    assert the_item(queue).state is OPEN
    assert the_promise(queue).promise.state is PromiseState.OPEN
    assert queue.undo(KATARZYNA, SOON).outcome is Outcome.TOO_LATE


def test_an_acknowledgement_that_waits_is_not_sent_after_her_answer(store: Store) -> None:
    store.record([mail(1)], cursor(), by_four, client_of=of_firma)
    store.act(act(Step.ANSWER), KATARZYNA, SOON)
    line = the_promise(store)
    assert (line.promise.state, line.kept_by, line.clock_seconds) == (PromiseState.WITHDRAWN, KeptBy.UNTOLD, 600)
    assert store.claim(["mail"], SOON, 9, MINUTE, "w") == []
    assert store.undo(KATARZYNA, SOON).outcome is Outcome.DONE
    assert the_promise(store).promise.state is PromiseState.OPEN
    assert [each.kind for each in store.claim(["mail"], SOON, 9, MINUTE, "w")] == [EntryKind.ACK]


@pytest.mark.parametrize(("at", "old"), [(SOON, PromiseState.CORRECTED), (PROMISED_AT + MINUTE, PromiseState.BROKEN)])
def test_late_gives_a_new_promise(queue: Store, at: datetime, old: PromiseState) -> None:
    done = queue.act(full(Step.LATE, at), KATARZYNA, at)
    first, second = queue.promises_of(1)
    assert (first.promise.state, second.promise.state) == (old, PromiseState.OPEN)
    assert (the_item(queue).promise_at, the_item(queue).promise_sentence) == (at + 9 * HOUR, "Jutro.")
    [sent] = [each for each in queue.entries_of(1) if each.kind is EntryKind.CORRECTION]
    assert done.entries == (sent.id,)


def test_what_has_left_the_house_is_not_taken_back(queue: Store) -> None:
    done = queue.act(act(Step.ANSWER, entries=(reply(),)), KATARZYNA, FRIDAY)
    queue.claim(["mail"], SOON, 9, MINUTE, "w")
    queue.advance([], [(done.entries[0], SOON)])
    undone = queue.undo(KATARZYNA, SOON)
    assert (undone.outcome, undone.step, the_item(queue).state) == (Outcome.TOO_LATE, Step.ANSWER, ANSWERED)


def test_a_reply_is_taken_back_while_it_waits(queue: Store) -> None:
    done = queue.act(act(Step.ANSWER, entries=(reply(),)), KATARZYNA, FRIDAY)
    assert queue.undo(KATARZYNA, FRIDAY + timedelta(seconds=19)).entries == done.entries
    assert the_item(queue).state is OPEN
    assert queue.claim(["mail"], SOON, 9, MINUTE, "w") == []
    assert [each.state for each in queue.entries_of(1)] == [EntryState.SENT, EntryState.DROPPED]


def test_an_act_is_not_taken_back_once_the_client_wrote(queue: Store) -> None:
    queue.act(act(Step.SNOOZE, until=SOON + HOUR), KATARZYNA, SOON)
    queue.record([mail(2, refs=("1@firma.pl",))], cursor(2), acknowledged, client_of=of_firma)
    undone = queue.undo(KATARZYNA, SOON)
    assert (undone.outcome, the_item(queue).state) == (Outcome.CHANGED, OPEN)


def test_each_takes_back_her_own(queue: Store) -> None:
    queue.act(act(Step.NOTE, text="zadzwonić"), KATARZYNA, SOON)
    queue.act(act(Step.RATE, urgency=Urgency.URGENT), "Marta", SOON + MINUTE)
    assert queue.undo(KATARZYNA, SOON + 2 * MINUTE).outcome is Outcome.CHANGED
    assert queue.undo("Marta", SOON + 2 * MINUTE).step is Step.RATE
    assert queue.undo(KATARZYNA, SOON + 2 * MINUTE).step is Step.NOTE
    assert the_item(queue).urgency is Urgency.NORMAL


@pytest.mark.parametrize(
    ("answered_at", "state", "kept"),
    [
        pytest.param(FRIDAY + MINUTE, ANSWERED, PromiseState.KEPT, id="after the message"),
        pytest.param(FRIDAY + 5 * HOUR, ANSWERED, PromiseState.BROKEN, id="too late"),
        pytest.param(FRIDAY - MINUTE, OPEN, PromiseState.OPEN, id="before the message"),
    ],
)
def test_she_answered_past_the_bot(queue: Store, answered_at: datetime, state: ItemState, kept: PromiseState) -> None:
    at = FRIDAY + 6 * HOUR
    with queue._write() as connection:
        assert acts.answered(connection, 1, answered_at, at, KeptBy.SENT)
    assert the_item(queue).state is state
    line = the_promise(queue)
    assert line.promise.state is kept
    assert line.closed_at == (answered_at if kept is not PromiseState.OPEN else None)


def test_the_ledger_is_listed(queue: Store) -> None:
    other = mail(2, "x@y.example")
    queue.record([other], cursor(2), by_four, at=FRIDAY + HOUR)
    assert [line.promise.item_id for line in queue.ledger()] == [1, 2]
    assert [line.promise.item_id for line in queue.ledger(since=FRIDAY + MINUTE)] == [2]
    assert queue.ledger(client="Nobody") == []


def test_items_are_found(queue: Store) -> None:
    second = mail(2, subject="Faktura", text="Czy mogę prosić o FAKTURĘ za łódź?")
    queue.record([second], cursor(2), by_four, client_of=of_firma)
    assert [item.id for item in queue.search("lodz fakture")] == [2]
    assert [item.id for item in queue.search("firma")] == [2, 1]
    assert [item.id for item in queue.search("jan", limit=1)] == [2]
    assert [item.id for item in queue.search("jan", limit=1, counts=lambda item: item.id == 1)] == [1]
    assert queue.search("  ") == queue.search("nothing of the kind") == []
    queue.act(act(Step.DONE), KATARZYNA, SOON)
    assert [item.id for item in queue.items_of("Firma")] == [2]
    assert [item.id for item in queue.closed_since(FRIDAY)] == [1]
    assert queue.closed_since(SOON + MINUTE) == []


def test_a_promise_is_warned_of_once(queue: Store) -> None:
    [given] = queue.unwarned_promises()
    assert queue.warn(given, [entry("7", kind=EntryKind.ALERT)], SOON)
    assert not queue.warn(given, [entry("7", kind=EntryKind.ALERT)], SOON)
    assert queue.unwarned_promises() == []
    assert the_promise(queue).warned_at == SOON
