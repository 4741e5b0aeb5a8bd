"""What is asked for every message, and for every digest, is found by an index: the history may grow."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.store.builders import FRIDAY, MINUTE, acknowledged, chat, cursor, entry, mail, of_firma
from triage_bot.core.items import ItemState
from triage_bot.core.messages import Medium, OwnMessage
from triage_bot.store import outbox
from triage_bot.store.drafts import Elsewhere, EntryKind
from triage_bot.store.prepared import Changes
from triage_bot.store.store import Store

ONLY = "sqlite"

BIG = re.compile(
    r"SCAN (?:TABLE )?(?:messages|outbox|items|events|promises|threads|answers|earlier)\b(?!.*USING .*INDEX)"
)


class Statements:
    """Every statement that reaches the driver, with one set of its parameters."""

    def __init__(self, store: Store) -> None:
        self.seen: list[tuple[str, Any]] = []
        self._store = store

    def __enter__(self) -> "Statements":
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *error: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            self.seen.append((statement, parameters[0] if many else parameters))

    def scans(self, big: re.Pattern[str] = BIG) -> list[str]:
        found: list[str] = []
        with self._store._read() as connection:
            for statement, parameters in self.seen:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                found += [f"{row[-1]}: {statement}" for row in rows if big.search(row[-1])]
        return found


def recorded(store: Store) -> None:
    batch = [mail(3, refs=("1@firma.pl", "ack-INBOX/1/2@va.example")), mail(4, "x@y.example"), chat(2)]
    store.record(batch, cursor(3), acknowledged, client_of=of_firma)


def answered_elsewhere(store: Store) -> None:
    refs = ("1@firma.pl", "unread@firma.pl")
    hers = OwnMessage("mail", Medium.EMAIL, "Sent/1/1", FRIDAY, ("jan@firma.pl",), "hers@va.example", refs)
    in_chat = OwnMessage("telegram", Medium.CHAT, "77/9", FRIDAY, ("77",), "77/9", ("77",))
    told = Elsewhere(
        own=(hers, in_chat, replace(hers, key="Sent/1/2", message_id="2@va.example")),
        marked=(("mail", "INBOX/1/2"),),
        deleted=(("telegram", "77/1"), ("telegram", "77/404")),
        client_of=lambda channel, address: "Firma",
    )
    store.record([], cursor(1, source="mail/Sent"), acknowledged, elsewhere=told)


def handed_over(store: Store) -> None:
    ids = [each.id for each in store.claim(["mail", "telegram"], FRIDAY, 50, MINUTE, "w")]
    store.advance([], [(ids[0], FRIDAY)])
    store.retry(ids[1], FRIDAY, "451")
    store.give_up(ids[0], FRIDAY, "550")
    store.drop(ids[1], FRIDAY, "late")
    store.release(ids)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(recorded, id="record"),
        pytest.param(answered_elsewhere, id="what she answered elsewhere"),
        pytest.param(lambda store: store.awaited_marks("mail", "INBOX/1/"), id="marks that may come"),
        pytest.param(handed_over, id="hand over"),
        pytest.param(lambda store: store.next_due_at(["mail"]), id="next due"),
        pytest.param(lambda store: store.is_quiet(FRIDAY), id="is quiet"),
        pytest.param(lambda store: store.recover(FRIDAY), id="recover"),
        pytest.param(lambda store: (store.doubtful_entries(), store.failed_entries()), id="troubles"),
        pytest.param(lambda store: store.waiting_items(), id="waiting items"),
        pytest.param(lambda store: (store.item(1), store.history(1), store.messages_of(1)), id="queue show"),
        pytest.param(lambda store: store.transition(1, ItemState.DONE, FRIDAY, "queue"), id="queue done"),
        pytest.param(
            lambda store: store.record_digest(FRIDAY, 1, False, [entry("7", kind=EntryKind.DIGEST)], [1, 2], FRIDAY),
            id="digest",
        ),
    ],
)
def test_no_big_table_is_read_through(store: Store, act: Callable[[Store], object]) -> None:
    store.record([mail(1), mail(2), chat(1)], cursor(), acknowledged, client_of=of_firma)
    with Statements(store) as statements:
        act(store)
    assert statements.seen
    assert statements.scans() == []


def test_what_the_monitoring_asks_each_time_reads_nothing_of_what_is_over(store: Store) -> None:
    of_what_waits = "ix_outbox_(?:unfinished|trouble)"
    with Statements(store) as statements:
        store.state()
        store.overdue_since(FRIDAY)
    assert len(statements.seen) > 5
    assert statements.scans(re.compile(f"SCAN (?!outbox USING (?:COVERING )?INDEX {of_what_waits})")) == []


@pytest.mark.parametrize("changes", [outbox._SENT, outbox._HANDING_OVER])
@pytest.mark.parametrize("count", [1, 2, 8, 32])
def test_what_leaves_is_found_by_its_id(store: Store, changes: Changes, count: int) -> None:
    with store._read() as connection:
        statement = f"EXPLAIN QUERY PLAN {changes._write('?', count)}"
        *_, row = connection.exec_driver_sql(statement, (1, 1, "") * count).all()
    assert row[-1] == "SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)"
