"""What a message costs when many lie in the database already: it must not grow with them, nor must what the assistant
is shown.

The history is made of one message that came, was acknowledged and answered, copied row by row into the past.
"""

import argparse
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.imap_servers import folder_on_disk
from benchmarks.queueing import mail, plan
from benchmarks.report import Cell, Goal, Report
from triage_bot.core.history import History
from triage_bot.core.items import ItemState
from triage_bot.core.messages import Cursor, IncomingMessage, Medium, OutgoingMessage
from triage_bot.core.replies import acknowledgement_id
from triage_bot.store.drafts import EntryDraft, EntryKind, Plan
from triage_bot.store.store import Store
from triage_bot.store.types import to_microseconds

T = TypeVar("T")

SIZES = (0, 100_000, 1_000_000)
BATCH = 50
BATCHES = 30
OPENINGS = 5
GROWTH = 1.2
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
LEASE = timedelta(minutes=5)
TOO_SMALL_MS = 0.5
"""A question that is asked now and then and takes less than this has not grown, whatever it took with an empty
database: below, the clock says more about the machine."""

# How the copies of each table differ from the row they are made of; `n` counts from 1, `old` is that many moments ago.
CONTACT = "'c' || n || '@firma' || (n % 5000) || '.example'"
HASH = "lower(hex(randomblob(16)))"
FINGERPRINT = f"printf('%010x', (received - old) / 1000000) || {HASH}"
COPIES: Mapping[str, Mapping[str, str]] = {
    "threads": {"id": "n + 1", "contact": CONTACT, "acknowledged_at": "acknowledged_at - old"},
    "items": {
        "id": "n + 1",
        "thread_id": "n + 1",
        "contact": CONTACT,
        "opened_at": "opened_at - old",
        "last_message_at": "last_message_at - old",
        "check_at": "check_at - old",
        "promise_at": "promise_at - old",
    },
    "messages": {
        "id": "n + 1",
        "key": "'INBOX/0/' || n",
        "thread_id": "n + 1",
        "item_id": "n + 1",
        "contact": CONTACT,
        "message_id": f"{HASH} || '@firma.example'",
        "fingerprint": FINGERPRINT,
        "same_text": "printf('%05x', (received - old) / 86400000000) || lower(hex(randomblob(12)))",
        "received_at": "received_at - old",
        "recorded_at": "recorded_at - old",
    },
    "promises": {
        "id": "n + 1",
        "item_id": "n + 1",
        "made_at": "made_at - old",
        "check_at": "check_at - old",
        "promise_at": "promise_at - old",
    },
    "events": {"id": "n * (SELECT max(id) FROM first) + id", "item_id": "n + 1", "at": "at - old"},
    "outbox": {
        "id": "n + 1",
        "item_id": "n + 1",
        "contact": CONTACT,
        "recipient": CONTACT,
        "domain": "'firma' || (n % 5000) || '.example'",
        "message_id": f"'ack.' || {FINGERPRINT} || '@triage-bot.zaradna.example'",
        "created_at": "created_at - old",
        "due_at": "due_at - old",
        "next_at": "next_at - old",
        "handed_over_at": "handed_over_at - old",
        "closed_at": "closed_at - old",
    },
    "letters": {"id": "n + 1"},
}
CPU = ", CPU"
NOW_AND_THEN = "what is over, as the monitoring counts it now and then"
"""Grows, and is therefore asked seldom: `triage_bot.monitoring` says how seldom."""
APART = 90_000_000  # microseconds between two messages of the history


def run(options: argparse.Namespace) -> Report:
    sizes = sorted({*(size for size in SIZES if size < options.history), options.history})
    with folder_on_disk(options.folder) as folder:
        paths = {size: folder / f"{size}.db" for size in sizes}
        for size, path in paths.items():
            _make(path, size)
        found = _measured(paths)
    names = list(found[0])
    rows: list[tuple[Cell, ...]] = [
        (name, *(found[size][name] for size in sizes), _growth(found, name)) for name in names
    ]
    return Report(
        "history",
        ("ms", *(f"{size:,} before" for size in sizes), "growth"),
        rows,
        goals=[
            Goal(f"growth: {name}", _growth(found, name), GROWTH, at_most=True, unit=" times")
            for name in names
            if name != NOW_AND_THEN and (not name.startswith("a message") or name.endswith(CPU))
        ],
        notes=[f"SQLite, synchronous=FULL; the median of {BATCHES} rounds, batches of {BATCH} messages"],
        figures={str(size): found[size] for size in sizes},
    )


def _growth(found: Mapping[int, Mapping[str, float]], name: str) -> float:
    last, first = found[max(found)][name], found[min(found)][name]
    return 1.0 if last < TOO_SMALL_MS and not name.startswith("a message") else last / first


def _make(path: Path, size: int) -> None:
    store = Store.open(f"sqlite:///{path}", exclusive=True)
    try:
        _record(store, [_mail(0)])
        _send(store)
        store.transition(1, ItemState.DONE, NOW, "a benchmark")
    finally:
        store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        for table, differ in COPIES.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            copied = ", ".join(differ.get(name, name) for name in columns)
            connection.execute(f"CREATE TEMP TABLE first AS SELECT * FROM {table}")
            connection.execute(
                f"WITH RECURSIVE numbers(n) AS "
                f"(SELECT 1 WHERE {size} UNION ALL SELECT n + 1 FROM numbers WHERE n < {size}), "
                f"copies AS (SELECT n, n * {APART} + 172800000000 AS old, {to_microseconds(NOW)} AS received "
                f"FROM numbers) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM copies CROSS JOIN first"
            )
            connection.execute("DROP TABLE first")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()  # what was written so far shall not be paid for by what is measured


def _measured(paths: Mapping[int, Path]) -> dict[int, dict[str, float]]:
    """In turns: whatever else the machine does meanwhile slows all of them."""
    opened, stores = {}, {}
    with ExitStack() as closing:
        for size, path in paths.items():
            opened[size] = median(_timed(partial(_open_and_close, path))[0] for _ in range(OPENINGS))
            stores[size] = Store.open(f"sqlite:///{path}", exclusive=True)
            closing.callback(stores[size].close)
        costs = _costs_of_messages(stores)
        asked = _costs_of_questions(stores)
    return {size: costs[size] | asked[size] | {"the program opens and closes it": opened[size]} for size in paths}


def _open_and_close(path: Path) -> None:
    Store.open(f"sqlite:///{path}", exclusive=True).close()


def _costs_of_messages(stores: Mapping[int, Store]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, list[tuple[float, float]]]] = {size: {"recorded": [], "sent": []} for size in stores}
    for number in range(BATCHES):
        mails = [_mail(1 + number * BATCH + each) for each in range(BATCH)]
        for size, store in stores.items():
            found[size]["recorded"].append(_costs(partial(_record, store, mails)))
            found[size]["sent"].append(_costs(partial(_send, store)))
    return {
        size: {
            f"a message {what}{how}": median(cost[index] for cost in costs)
            for what, costs in of_size.items()
            for index, how in enumerate((CPU, ""))
        }
        for size, of_size in found.items()
    }


def _costs_of_questions(stores: Mapping[int, Store]) -> dict[int, dict[str, float]]:
    later = NOW + timedelta(days=3)
    questions: dict[str, Callable[[Store], object]] = {
        "what waits, as a digest asks": lambda store: store.waiting_items(later),
        "promises that were given": lambda store: store.given_promises(),
        "when the next entry is due": lambda store: store.next_due_at(["mail"]),
        "which marks are awaited": lambda store: store.awaited_marks("mail", "INBOX/1/"),
        "the last digest": lambda store: store.last_digest_at(later),
        "the first start": lambda store: store.first_start_at(later),
        "what the monitoring asks": lambda store: (store.state(), store.overdue_since(later)),
        NOW_AND_THEN: lambda store: store.ended(),
        "a start after a kill": lambda store: store.recover(later),
    }
    found: dict[int, dict[str, float]] = {size: {} for size in stores}
    for name, question in questions.items():
        took: dict[int, list[float]] = {size: [] for size in stores}
        for _ in range(BATCHES):
            for size, store in stores.items():
                took[size].append(_timed(partial(question, store))[0])
        for size in stores:
            found[size][name] = median(took[size])
    return found


def _costs(action: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds a message of the processor, and by the clock with what the disk takes."""
    before = time.process_time()
    took, _ = _timed(action)
    return (time.process_time() - before) * 1000 / BATCH, took / BATCH


def _timed(action: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = action()
    return (time.perf_counter() - began) * 1000, result


def _record(store: Store, mails: list[IncomingMessage]) -> None:
    last = int(mails[-1].key.rpartition("/")[2])
    store.record(mails, Cursor("mail/INBOX", 1, last, NOW, NOW), _with_acknowledgement, at=NOW)


def _mail(number: int) -> IncomingMessage:
    """Its Message-ID is like any other's: it says nothing of when it was made."""
    return replace(mail(number), message_id=f"{sha256(b'%d' % number).hexdigest()[:32]}@firma.example")


def _with_acknowledgement(message: IncomingMessage, history: History) -> Plan:
    outgoing = OutgoingMessage(
        Medium.EMAIL,
        message.header_from.addr,
        "Dziękuję za wiadomość. Przeczytam ją o 16:00. " * 10,
        subject=f"Re: {message.subject}",
        from_addr="kontakt@zaradna.example",
        message_id=acknowledgement_id(message, "kontakt@zaradna.example"),
        in_reply_to=message.message_id,
    )
    return replace(plan(message, history), entries=(EntryDraft(EntryKind.ACK, "mail", outgoing, NOW),))


def _send(store: Store) -> None:
    entries = store.claim(["mail"], NOW, BATCH, LEASE, "a benchmark")
    store.advance([], [(entry.id, NOW) for entry in entries])
    store.advance([(entry.id, NOW, "250 ok") for entry in entries], [])
