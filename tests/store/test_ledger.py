"""The ledger of promises in the database."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.builders import FRIDAY, HOUR, acknowledged, chat, cursor, entry, mail, of_firma
from tests.store.test_query_plans import Statements
from triage_bot.core.history import History
from triage_bot.core.items import ItemState
from triage_bot.core.ledger import PromiseState
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.store.drafts import Correction, EntryKind, EntryState, Plan
from triage_bot.store.store import Store

LATER = FRIDAY + timedelta(days=7)
PROMISE = Promise(FRIDAY, FRIDAY + HOUR, FRIDAY + HOUR, False, (Reason("window_today", {"check_at": "x"}),))


def promised(message: IncomingMessage, history: History) -> Plan | None:
    plan = acknowledged(message, history)
    assert plan is not None
    item = replace(plan.item, promise_at=PROMISE.promise_at, check_at=PROMISE.check_at, promise_sentence="O 16:00")
    return replace(plan, item=item, promise=PROMISE, zone="Europe/Warsaw", locale="sr-Cyrl")


def correction(promise_id: int, promise: Promise | None = None) -> Correction:
    new = promise or replace(PROMISE, check_at=LATER, promise_at=LATER)
    return Correction(promise_id, entry("c", kind=EntryKind.CORRECTION), new, "Za tydzień", "Europe/Warsaw", "pl")


@pytest.fixture
def filled(store: Store) -> Store:
    store.record([mail(1), chat(1)], cursor(), promised, client_of=of_firma)
    return store


def test_a_promise_is_kept_with_all_that_it_was_computed_from(filled: Store) -> None:
    given = filled.given_promises()[0]
    assert (given.made_at, given.received_at, given.promise_at) == (FRIDAY, FRIDAY, FRIDAY + HOUR)
    assert (given.sentence, given.zone, given.locale) == ("O 16:00", "Europe/Warsaw", "sr-Cyrl")
    assert given.because == PROMISE.because
    assert (given.contact, given.subject, given.state) == ("Jan Kowalski", "Raport", PromiseState.OPEN)


def test_a_corrected_promise_is_replaced_once(filled: Store) -> None:
    old = filled.given_promises()[0]
    assert filled.correct(correction(old.id), FRIDAY, "a test")
    assert not filled.correct(correction(old.id), FRIDAY, "a test")
    assert filled.promise_state(old.id) is PromiseState.CORRECTED
    new = next(given for given in filled.given_promises() if given.item_id == old.item_id)
    assert (new.promise_at, new.sentence, new.locale) == (LATER, "Za tydzień", "pl")
    item = filled.item(old.item_id)
    assert item is not None
    assert (item.promise_at, item.check_at, item.promise_sentence) == (LATER, LATER, "Za tydzień")
    corrections = [each for each in filled.claim(["mail"], FRIDAY, 9, HOUR, "w") if each.kind is EntryKind.CORRECTION]
    assert [each.state for each in corrections] == [EntryState.WAITING]
    event = filled.history(old.item_id)[-1]
    assert event.kind == "promise corrected"
    assert event.values["to_at"] == LATER.isoformat()


def test_what_promised_is_found_also_after_a_correction(filled: Store) -> None:
    old = filled.given_promises()[0]
    sent = filled.told_with(old)
    assert sent is not None
    assert filled.correct(correction(old.id), FRIDAY + HOUR, "a test")
    new = next(given for given in filled.given_promises() if given.item_id == old.item_id)
    sent = filled.told_with(new)
    assert sent is not None
    assert sent[1] == correction(0).entry.message


def test_nothing_is_corrected_that_no_client_waits_for(filled: Store) -> None:
    old = filled.given_promises()[0]
    filled.transition(old.item_id, ItemState.DONE, FRIDAY, "a test")
    assert old.id not in [given.id for given in filled.given_promises()]
    assert not filled.correct(correction(old.id), FRIDAY, "a test")
    assert not filled.correct(correction(999), FRIDAY, "a test")
    assert filled.promise_state(999) is None


def test_an_item_without_a_promise_left_says_so(filled: Store) -> None:
    old = filled.given_promises()[0]
    assert filled.correct(replace(correction(old.id), promise=None, sentence=""), FRIDAY, "a test")
    item = filled.item(old.item_id)
    assert item is not None
    assert (item.promise_at, item.promise_sentence) == (None, "")


def test_what_she_was_told_is_remembered(filled: Store) -> None:
    first, second = filled.given_promises()
    filled.tell_broken([first.id, second.id], [], [entry("t", kind=EntryKind.ALERT)], FRIDAY)
    filled.tell_broken([], [second.id], [], FRIDAY)
    assert [given.state for given in filled.given_promises()] == [PromiseState.TOLD, PromiseState.OPEN]
    assert filled.history(first.item_id)[-1].kind == "promise at risk"
    assert filled.correct(correction(first.id), FRIDAY, "a test")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda store: store.given_promises(), id="given"),
        pytest.param(lambda store: store.told_with(store.given_promises()[0]), id="told with"),
        pytest.param(lambda store: store.correct(correction(1), FRIDAY, "x"), id="correct"),
        pytest.param(lambda store: store.tell_broken([1], [2], [], FRIDAY), id="tell"),
    ],
)
def test_no_big_table_is_read_through(filled: Store, act: Callable[[Store], object]) -> None:
    with Statements(filled) as statements:
        act(filled)
    assert statements.scans() == []


def test_another_program_is_noticed_once(store: Store, url: str) -> None:
    if store.database.is_shared:
        assert store.changed_elsewhere()
        return
    store.changed_elsewhere()
    store.record([mail(1)], cursor(), promised, client_of=of_firma)
    assert not store.changed_elsewhere(), "what we write ourselves is no news"
    other = Store.open(url, exclusive=False)
    try:
        other.enqueue([entry("1")])
    finally:
        other.close()
    assert store.changed_elsewhere()
    assert not store.changed_elsewhere()


@pytest.mark.parametrize("writes", ["elsewhere", "here"])
def test_an_untouched_database_is_known_without_asking_it(store: Store, url: str, writes: str) -> None:
    """Only once its log is older than the file system's clock can tell apart."""
    if store.database.is_shared:
        assert not store.is_untouched()
        return
    log = Path(f"{store.database.where}-wal")
    store.enqueue([entry("1")])
    assert not store.is_untouched()
    assert not store.is_untouched(), "it was written to a moment ago: another write would look the same"
    os.utime(log, (0, 0))
    assert not store.is_untouched()
    assert store.is_untouched()
    writer = store if writes == "here" else Store.open(url, exclusive=False)
    try:
        writer.enqueue([entry("2")])
    finally:
        if writer is not store:
            writer.close()
    assert not store.is_untouched()
