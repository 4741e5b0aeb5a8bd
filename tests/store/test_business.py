"""What a batch brings besides messages."""

from datetime import UTC, datetime, timedelta

import pytest

from triage_bot.core.history import Undeliverable
from triage_bot.core.messages import BusinessConnection, Cursor, Medium, OutgoingMessage
from triage_bot.store.drafts import Beside, EntryDraft, EntryKind, Moved
from triage_bot.store.store import Store

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(store: Store, beside: Beside, at: datetime = NOW) -> None:
    cursor = Cursor("telegram", 0, 1, NOW, at)
    store.record([], cursor, lambda message, history: None, at=at, beside=beside)


def connection(**changes: bool) -> BusinessConnection:
    return BusinessConnection("c1", 7, 7, **({"can_reply": True, "enabled": True} | changes), changed_at=NOW)


def entry(to: str, kind: EntryKind = EntryKind.GREETING, business: str = "") -> EntryDraft:
    return EntryDraft(kind, "telegram", OutgoingMessage(Medium.CHAT, to, "hello", business=business), NOW)


def waiting(store: Store) -> list[str]:
    claimed = store.claim(["telegram"], NOW + timedelta(days=1), 50, HOUR, "test")
    return [each.message.to for each in claimed]


def test_a_connection_is_as_it_was_told_last(store: Store) -> None:
    record(store, Beside(connections=(connection(),)))
    record(store, Beside(connections=(connection(can_reply=False),)))
    assert store.business_connections() == [connection(can_reply=False)]


@pytest.mark.parametrize("change", [{"enabled": False}, {"can_reply": False}], ids=str)
def test_what_the_bot_would_say_by_a_connection_that_ends_is_withdrawn_and_her_own_words_are_not(
    store: Store, change: dict[str, bool]
) -> None:
    record(store, Beside(connections=(connection(),)))
    kinds = EntryKind.ACK, EntryKind.REPLY
    store.enqueue([*(entry("1", kind, "c1") for kind in kinds), entry("2", EntryKind.ACK, "c2"), entry("3")])
    record(store, Beside(connections=(connection(**change),)))
    assert waiting(store) == ["1", "2", "3"], "her reply is tried, refused and told to her"


def test_somebody_is_greeted_once_an_hour(store: Store) -> None:
    for minutes in (0, 59, 60, 61):
        record(store, Beside(greetings=(entry("1"), entry("1"))), NOW + timedelta(minutes=minutes))
    record(store, Beside(greetings=(entry("2"),)), NOW + timedelta(minutes=61))
    assert waiting(store) == ["1", "1", "2"]


def test_who_blocked_the_bot_gets_nothing_and_is_told_of_once(store: Store) -> None:
    store.enqueue([entry("1", EntryKind.ACK), entry("2", EntryKind.ACK)])
    lost = Undeliverable("1", NOW, permanent=True)
    for _ in range(2):
        record(store, Beside(blocked=((lost, (entry("7", EntryKind.ALERT),)),)))
    assert store.undeliverable() == [lost]
    record(store, Beside(unblocked=("1",)))
    assert store.undeliverable() == []
    assert waiting(store) == ["2", "7"]


def test_a_chat_that_moves_is_its_clients_there_too(store: Store) -> None:
    moved = Beside(moves=(Moved("telegram", "-5", "-1005", "Nowak"), Moved("telegram", "-6", "-1006", "")))
    for _ in range(2):
        record(store, moved)
    assert store.standing().bindings == {("telegram", "-1005"): "Nowak"}
