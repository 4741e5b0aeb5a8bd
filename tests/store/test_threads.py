"""Which messages belong together, and what a message does to the item of its thread."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import (
    FRIDAY,
    HOUR,
    Seen,
    acknowledged,
    chat,
    cursor,
    draft,
    mail,
    of_firma,
    silent,
)
from triage_bot.core.items import Item, ItemState
from triage_bot.core.joining import joined
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.store.rows import new_item
from triage_bot.store.store import Store

BATCHES = pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])


def items_of(store: Store, messages: list[IncomingMessage], together: bool) -> list[int | None]:
    if together:
        return [row.item_id for row in store.record(messages, cursor(), acknowledged, client_of=of_firma)]
    return [store.record([each], cursor(), acknowledged, client_of=of_firma)[0].item_id for each in messages]


@BATCHES
@pytest.mark.parametrize(
    ("second", "joins"),
    [
        pytest.param(mail(2, refs=("1@firma.pl",)), True, id="a reply to her own mail"),
        pytest.param(mail(2, refs=("x@y", "z@y", "1@firma.pl")), True, id="any of the references will do"),
        pytest.param(mail(2, "anna@firma.pl", refs=("1@firma.pl",)), True, id="another contact of the same client"),
        pytest.param(mail(2, refs=("ack-INBOX/1/1@va.example",)), True, id="a reply to our acknowledgement"),
        pytest.param(mail(2), False, id="the same subject joins nothing"),
        pytest.param(mail(2, "stranger@else.example", refs=("1@firma.pl",)), False, id="a stranger who quotes"),
        pytest.param(mail(2, "", refs=("1@firma.pl",)), False, id="a sender that could not be read"),
        pytest.param(mail(2, refs=("1@FIRMA.pl",)), False, id="a Message-ID in another case is another"),
        pytest.param(mail(2, message_id="1@firma.pl"), False, id="the same Message-ID without a reference"),
    ],
)
def test_threads(store: Store, second: IncomingMessage, joins: bool, together: bool) -> None:
    assert items_of(store, [mail(1), second], together) == ([1, 1] if joins else [1, 2])


@BATCHES
def test_strangers_share_a_thread_only_with_themselves(store: Store, together: bool) -> None:
    first = mail(1, "a@else.example")
    same = mail(2, "a@else.example", refs=("1@firma.pl",))
    other = mail(3, "b@else.example", refs=("1@firma.pl",))
    assert items_of(store, [first, same, other], together) == [1, 1, 2]


def test_an_address_alone_does_not_open_a_clients_thread(store: Store) -> None:
    """Intake takes a mail whose authentication failed for a stranger's, whatever address it bears."""
    store.record([mail(1)], cursor(), acknowledged, client_of=of_firma)
    forged = mail(2, refs=("1@firma.pl",))
    assert store.record([forged], cursor(), acknowledged, client_of=lambda message: "")[0].item_id == 2


def test_a_contact_that_became_a_client_keeps_her_thread(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    reply = mail(2, refs=("1@firma.pl",))
    assert store.record([reply], cursor(), acknowledged, client_of=of_firma)[0].item_id == 1


@BATCHES
def test_a_chat_is_one_thread(store: Store, together: bool) -> None:
    assert items_of(store, [chat(1), chat(2), chat(3, chat_id=78), chat(4)], together) == [1, 1, 2, 1]


def test_the_nearest_reference_decides(store: Store) -> None:
    store.record([mail(1), mail(2)], cursor(), acknowledged, client_of=of_firma)
    reply = mail(3, refs=("2@firma.pl", "1@firma.pl"))
    assert store.record([reply], cursor(), acknowledged, client_of=of_firma)[0].item_id == 2


def test_a_reply_after_the_item_is_done_opens_a_new_one_in_the_thread(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged, client_of=of_firma)
    store.transition(1, ItemState.DONE, FRIDAY, "queue")
    plan = Seen()
    [row] = store.record([mail(2, refs=("1@firma.pl",))], cursor(), plan, client_of=of_firma)
    assert (row.item_id, row.opened) == (2, True)
    first, second = store.item(1), store.item(2)
    assert first is not None
    assert second is not None
    assert first.thread_id == second.thread_id
    assert plan.histories[0].active_item is None
    assert plan.histories[0].thread_acknowledged_at == FRIDAY


@pytest.mark.parametrize("state", [ItemState.SNOOZED, ItemState.WAITING])
def test_a_new_message_opens_what_was_put_aside(store: Store, state: ItemState) -> None:
    store.record([mail(1)], cursor(), acknowledged, client_of=of_firma)
    store.transition(1, state, FRIDAY, "queue")
    store.record([mail(2, refs=("1@firma.pl",))], cursor(), acknowledged, client_of=of_firma)
    item = store.item(1)
    assert item is not None
    assert (item.state, item.messages) == (ItemState.OPEN, 2)
    assert "open" in [event.kind for event in store.history(1)]


def test_a_duplicate_without_an_item_begins_no_thread(store: Store) -> None:
    [row] = store.record([mail(1)], cursor(), lambda message, history: None)
    assert (row.new, row.item_id) == (True, None)
    assert store.waiting_items() == []


def test_messages_of_a_joined_item_are_all_kept(store: Store) -> None:
    store.record([mail(1), mail(2, refs=("1@firma.pl",))], cursor(), acknowledged, client_of=of_firma)
    assert [message.key for message in store.messages_of(1)] == ["INBOX/1/1", "INBOX/1/2"]


# What joining does to an item

URGENT = Reason("harm")


def item(**changes: object) -> Item:
    return new_item(draft(mail(1), **changes), 1, 1, FRIDAY)


def test_thanks_after_an_emergency_hide_nothing() -> None:
    emergency = item(urgency=Urgency.URGENT, kind="task", because=(URGENT,), deadline="2026-11-20")
    thanks = item(urgency=Urgency.NONE, kind="thanks", because=(), promise_sentence="", promise_at=None)
    both = joined(emergency, thanks)
    assert (both.urgency, both.kind, both.because, both.deadline) == (Urgency.URGENT, "task", (URGENT,), "2026-11-20")
    assert (both.promise_sentence, both.promise_at) == (emergency.promise_sentence, emergency.promise_at)


def test_of_two_promises_the_earlier_stands() -> None:
    later = item(promise_at=FRIDAY + 90 * HOUR, promise_sentence="W poniedziałek.")
    assert joined(item(), later).promise_at == FRIDAY + 4 * HOUR
    assert joined(later, item()).promise_sentence == "Przeczytam dziś o 16:00."


def test_silence_is_forgotten_once_the_client_was_told() -> None:
    quiet = item(silence="AUTO_SUBMITTED", promise_sentence="", promise_at=None)
    assert joined(quiet, item()).silence == ""
    assert joined(item(), quiet).silence == ""
    assert joined(quiet, quiet).silence == "AUTO_SUBMITTED"


@given(first=st.sampled_from(list(Urgency)), second=st.sampled_from(list(Urgency)))
def test_joining_never_lowers_the_urgency(first: Urgency, second: Urgency) -> None:
    rank = list(Urgency).index
    assert rank(joined(item(urgency=first), item(urgency=second)).urgency) == min(rank(first), rank(second))


def test_a_silent_message_joins_without_an_entry(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged, client_of=of_firma)
    before = store.item(1)
    store.record([mail(2, refs=("1@firma.pl",))], cursor(), silent, client_of=of_firma)
    after = store.item(1)
    assert before is not None
    assert after is not None
    assert after == replace(before, messages=2, excerpt=mail(2).text)
