"""The assistant's queue and her digests."""

import pytest

from tests.store.builders import FRIDAY, HOUR, MINUTE, acknowledged, cursor, entry, mail
from triage_bot.core.items import TRANSITIONS, ItemState
from triage_bot.errors import UsageError
from triage_bot.store.drafts import EntryKind
from triage_bot.store.store import Store


@pytest.fixture
def queue(store: Store) -> Store:
    store.record([mail(1), mail(2)], cursor(), acknowledged)
    return store


def test_a_done_item_waits_no_longer_and_says_who_did_it(queue: Store) -> None:
    item = queue.transition(1, ItemState.DONE, FRIDAY, "queue")
    assert item.state is ItemState.DONE
    assert [each.id for each in queue.waiting_items()] == [2]
    assert [each.id for each in queue.items({ItemState.DONE, ItemState.DISMISSED})] == [1]
    [*_, event] = queue.history(1)
    assert (event.kind, event.values) == ("done", {"by": "queue", "from": "open"})


@pytest.mark.parametrize("start", list(ItemState), ids=lambda state: f"from {state.value}")
@pytest.mark.parametrize("to", list(ItemState), ids=lambda state: f"to {state.value}")
def test_transitions_are_those_of_the_core(store: Store, start: ItemState, to: ItemState) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    if start is not ItemState.OPEN:
        store.transition(1, start, FRIDAY, "queue")
    if to in TRANSITIONS[start]:
        assert store.transition(1, to, FRIDAY, "queue").state is to
    else:
        with pytest.raises(UsageError, match=f"item 1 is {start.value} and cannot become {to.value}; it can"):
            store.transition(1, to, FRIDAY, "queue")
        item = store.item(1)
        assert item is not None
        assert item.state is start


def test_an_item_that_is_not_there(store: Store) -> None:
    assert store.item(7) is None
    assert store.history(7) == []
    assert store.messages_of(7) == []
    with pytest.raises(UsageError, match="there is no item 7"):
        store.transition(7, ItemState.DONE, FRIDAY, "queue")


def test_an_alert_is_remembered(queue: Store) -> None:
    queue.mark_alerted(1, FRIDAY)
    item = queue.item(1)
    assert item is not None
    assert item.alerted_at == FRIDAY


def test_a_digest_is_recorded_once(queue: Store) -> None:
    assert queue.last_digest_at() is None
    parts = [entry("7", kind=EntryKind.DIGEST)]
    assert queue.record_digest(FRIDAY, 1, False, parts, [1, 99], FRIDAY + MINUTE)
    assert not queue.record_digest(FRIDAY, 1, True, parts, [1, 2], FRIDAY + HOUR)
    assert queue.record_digest(FRIDAY + HOUR, 1, False, [], [], FRIDAY + HOUR)
    assert queue.last_digest_at() == FRIDAY + HOUR
    assert [each.kind for each in queue.claim(["mail"], FRIDAY, 9, MINUTE, "w")].count(EntryKind.DIGEST) == 1
    first, second = queue.waiting_items()
    assert (first.digested_at, second.digested_at) == (FRIDAY + MINUTE, None)
    assert [event.kind for event in queue.history(1)].count("digested") == 1


def test_the_first_start_is_remembered(store: Store) -> None:
    assert store.first_start_at(FRIDAY) == FRIDAY
    assert store.first_start_at(FRIDAY + HOUR) == FRIDAY
