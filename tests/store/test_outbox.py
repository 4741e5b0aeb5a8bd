"""The life of outbox entries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.store.builders import FRIDAY, HOUR, JAN, MINUTE, acknowledged, cursor, entry, mail
from triage_bot.errors import EntryTaken
from triage_bot.store.drafts import Entry, EntryKind, EntryState
from triage_bot.store.store import Store
from triage_bot.store.tables import letters, outbox

LEASE = timedelta(minutes=5)


def claim(store: Store, now: object = FRIDAY, limit: int = 50, worker: str = "w") -> list[int]:
    return [each.id for each in store.claim(["mail"], now, limit, LEASE, worker)]  # type: ignore[arg-type]


def state_of(store: Store, entry_id: int) -> str:
    with store._read() as connection:
        return str(connection.exec_driver_sql(f"SELECT state FROM outbox WHERE id = {entry_id}").scalar_one())


def kinds(store: Store, item_id: int = 1) -> list[str]:
    return [event.kind for event in store.history(item_id)]


def test_an_entry_comes_out_as_it_went_in(store: Store) -> None:
    draft = entry(message_id="1@va.example", drop_at=FRIDAY + HOUR)
    [entry_id] = store.enqueue([draft])
    assert store.claim(["mail"], FRIDAY, 1, LEASE, "w") == [
        Entry(
            id=entry_id,
            kind=EntryKind.ACK,
            courier="mail",
            message=draft.message,
            state=EntryState.WAITING,
            due_at=FRIDAY,
            drop_at=FRIDAY + HOUR,
            item_id=None,
            attempts=0,
            created_at=FRIDAY,
        )
    ]


def test_an_entry_without_a_letter_says_what_it_said_until_it_is_renewed(store: Store) -> None:
    draft = replace(entry(), message=replace(entry().message, text="as it was", html="<p>as it was</p>"))
    [entry_id] = store.enqueue([draft])
    with store._write() as connection:
        there = {**connection.execute(select(outbox.c.message)).scalar_one(), "text": "of old", "html": "<p>of old</p>"}
        connection.execute(update(outbox).values(message=there))
        connection.execute(delete(letters))
    [old] = store.claim(["mail"], FRIDAY, 1, LEASE, "w")
    assert old.message == replace(draft.message, text="of old", html="<p>of old</p>")
    assert store.renew(old, draft, None, "", FRIDAY)
    [new] = store.claim(["mail"], FRIDAY, 1, LEASE, "w")
    assert (new.id, new.message) == (entry_id, draft.message)


def test_the_oldest_that_are_due_are_claimed_first(store: Store) -> None:
    store.enqueue([entry("a@x", FRIDAY + MINUTE), entry("b@x", FRIDAY), entry("c@x", FRIDAY + HOUR), entry("d@x")])
    assert claim(store, FRIDAY + MINUTE, limit=2) == [2, 4]
    assert claim(store, FRIDAY + MINUTE) == [1]


def test_other_couriers_entries_are_left_alone(store: Store) -> None:
    store.enqueue([entry(courier="telegram"), entry()])
    assert claim(store) == [2]
    assert store.next_due_at(["telegram"]) == FRIDAY
    assert store.claim([], FRIDAY, 9, LEASE, "w") == []


def test_a_lease_runs_out(store: Store) -> None:
    store.enqueue([entry()])
    assert claim(store) == [1]
    assert claim(store, FRIDAY + LEASE - MINUTE) == []
    assert store.next_due_at(["mail"]) == FRIDAY + LEASE
    assert claim(store, FRIDAY + LEASE) == [1]


def test_released_entries_may_be_claimed_at_once(store: Store) -> None:
    store.enqueue([entry(), entry("b@x")])
    store.release(claim(store))
    assert claim(store) == [1, 2]


def test_one_commit_marks_one_as_sent_and_the_next_as_leaving(store: Store) -> None:
    store.record([mail(1), mail(2)], cursor(), acknowledged)
    claim(store)
    store.advance([], [(1, FRIDAY)])
    store.advance([(1, FRIDAY, "250 queued as 7")], [(2, FRIDAY)])
    assert (state_of(store, 1), state_of(store, 2)) == ("sent", "handing_over")
    [*_, event] = store.history(1)
    assert (event.kind, event.at) == ("acknowledged", FRIDAY)
    assert event.values == {"entry": "1", "to": JAN, "receipt": "250 queued as 7"}


def test_to_be_told_twice_that_it_was_sent_changes_nothing(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    claim(store)
    store.advance([], [(1, FRIDAY)])
    for _ in range(2):
        store.advance([(1, FRIDAY, "250")], [])
    assert kinds(store).count("acknowledged") == 1


@pytest.mark.parametrize(
    "happened",
    [
        pytest.param(lambda store: store.drop(1, FRIDAY, "she has answered"), id="it was dropped"),
        pytest.param(lambda store: store.release([1]), id="it was given back"),
        pytest.param(lambda store: store.recover(FRIDAY), id="the bot was started again"),
    ],
)
def test_an_entry_that_is_no_longer_ours_is_not_handed_over(store: Store, happened: object) -> None:
    store.enqueue([entry("a@x"), entry("b@x")])
    claim(store)
    store.advance([], [(2, FRIDAY)])
    happened(store)  # type: ignore[operator]
    with pytest.raises(EntryTaken) as caught:
        store.advance([(2, FRIDAY, "250")], [(1, FRIDAY)])
    assert caught.value.entry_ids == (1,)
    assert state_of(store, 2) == "sent"
    assert state_of(store, 1) != "handing_over"


def test_a_worker_that_was_slow_finds_its_entry_taken(store: Store) -> None:
    store.enqueue([entry()])
    claim(store, worker="slow")
    claim(store, FRIDAY + LEASE, worker="other")
    with pytest.raises(EntryTaken):
        store.advance([], [(1, FRIDAY + LEASE)], worker="slow")
    store.advance([], [(1, FRIDAY + LEASE)], worker="other")
    assert state_of(store, 1) == "handing_over"


def test_a_retried_entry_waits_and_counts_its_attempts(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    claim(store)
    store.advance([], [(1, FRIDAY)])
    store.retry(1, FRIDAY + MINUTE, "451 try later")
    assert claim(store) == []
    [again] = store.claim(["mail"], FRIDAY + MINUTE, 1, LEASE, "w")
    assert (again.attempts, again.error, again.handed_over_at) == (1, "451 try later", None)
    assert "delayed" in kinds(store)


def test_none_overtakes_another_to_the_same_recipient(store: Store) -> None:
    store.enqueue([entry(), entry(), entry("b@x"), entry(courier="telegram")])
    assert claim(store) == [1, 2, 3]
    store.retry(1, FRIDAY + HOUR, "451")
    with pytest.raises(EntryTaken):
        store.advance([], [(2, FRIDAY)])
    assert claim(store) == []
    assert store.next_due_at(["mail"]) == FRIDAY + LEASE
    assert claim(store, FRIDAY + LEASE) == [3]
    assert claim(store, FRIDAY + HOUR) == [3, 1]
    store.advance([(1, FRIDAY + HOUR, "250")], [])
    assert claim(store, FRIDAY + HOUR) == [2]


def test_one_that_falls_due_later_does_not_overtake_those_behind_a_retried_one(store: Store) -> None:
    store.enqueue([entry(), entry(due_at=FRIDAY + MINUTE), entry(due_at=FRIDAY + HOUR), entry("b@x")])
    claim(store)
    store.retry(1, FRIDAY + 2 * MINUTE, "451")
    assert claim(store, FRIDAY + HOUR) == [1, 4]
    store.advance([(1, FRIDAY + HOUR, "250")], [])
    assert claim(store, FRIDAY + HOUR) == [2, 3]


def test_an_entry_for_tomorrow_holds_up_nothing_of_today(store: Store) -> None:
    store.enqueue([entry(due_at=FRIDAY + 24 * HOUR), entry()])
    assert claim(store) == [2]


def test_what_only_waits_behind_another_does_not_wake_the_outbox(store: Store) -> None:
    store.enqueue([entry(), entry(due_at=FRIDAY + MINUTE)])
    claim(store)
    store.retry(1, FRIDAY + HOUR, "451")
    assert store.next_due_at(["mail"]) == FRIDAY + HOUR


def test_an_entry_that_is_leaving_cannot_be_dropped(store: Store) -> None:
    store.enqueue([entry()])
    claim(store)
    store.advance([], [(1, FRIDAY)])
    assert not store.drop(1, FRIDAY, "she has answered")
    assert state_of(store, 1) == "handing_over"


@pytest.mark.parametrize(
    ("end", "listed", "event"),
    [
        (lambda store: store.give_up(1, FRIDAY, "550 no such user"), Store.failed_entries, "given up"),
        (lambda store: store.in_doubt(1, FRIDAY, "timeout after DATA"), Store.doubtful_entries, "in doubt"),
    ],
    ids=["given up", "in doubt"],
)
def test_what_did_not_arrive_is_listed_and_told(store: Store, end: object, listed: object, event: str) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    claim(store)
    store.advance([], [(1, FRIDAY)])
    end(store)  # type: ignore[operator]
    [entry_in_trouble] = listed(store)  # type: ignore[operator]
    assert (entry_in_trouble.id, entry_in_trouble.closed_at) == (1, FRIDAY)
    assert kinds(store)[-1] == event
    assert claim(store, FRIDAY + 100 * HOUR) == []


def test_a_doubt_can_be_resolved_either_way(store: Store) -> None:
    store.enqueue([entry("a@x"), entry("b@x")])
    for entry_id in claim(store):
        store.advance([], [(entry_id, FRIDAY)])
        store.in_doubt(entry_id, FRIDAY, "timeout")
    store.advance([(1, FRIDAY, "found in Sent")], [])
    store.retry(2, FRIDAY, "not in Sent")
    assert store.doubtful_entries() == []
    assert claim(store) == [2]


def test_after_a_crash_clients_are_not_written_twice_and_she_is(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    store.enqueue([entry("7", kind=EntryKind.DIGEST), entry("8", kind=EntryKind.ALERT), entry("c@x")])
    claim(store)
    store.advance([], [(1, FRIDAY), (2, FRIDAY), (3, FRIDAY)])
    later = FRIDAY + MINUTE
    [doubtful] = store.recover(later)
    assert (doubtful.id, doubtful.state, doubtful.closed_at) == (1, EntryState.IN_DOUBT, later)
    assert store.doubtful_entries() == [doubtful]
    assert kinds(store)[-1] == "in doubt"
    assert claim(store, later) == [4, 2, 3]
    assert store.recover(later) == []


def test_the_outbox_is_quiet_when_nothing_due_is_left(store: Store) -> None:
    assert store.is_quiet(FRIDAY)
    store.enqueue([entry(), entry("b@x", FRIDAY + HOUR)])
    assert not store.is_quiet(FRIDAY)
    claim(store)
    store.advance([], [(1, FRIDAY)])
    assert not store.is_quiet(FRIDAY)
    store.advance([(1, FRIDAY, "250")], [])
    assert store.is_quiet(FRIDAY)
    assert not store.is_quiet(FRIDAY + HOUR)


def test_entries_of_an_item_count_for_its_contact(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    store.enqueue([entry("reply-to@else.example")], item_id=1)
    with store._read() as connection:
        rows: Sequence[str] = connection.exec_driver_sql("SELECT contact FROM outbox").scalars().all()
    assert rows == [JAN, JAN]
