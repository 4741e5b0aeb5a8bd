"""The database of one installation, as the use cases see it.

Every method is one transaction: all of it is on the disk when the method returns, or nothing of it is there. The
methods block; the worker calls them on the one thread of `store.writer.Writer`. Failures of the database arrive as
`StoreError`, with a text that says what to do.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, select

from triage_bot.core.history import History, Undeliverable
from triage_bot.core.items import Event, Item, ItemState
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.messages import Cursor, IncomingMessage, OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.errors import DatabaseUnusable, EntryTaken
from triage_bot.store import arrivals, contacts, digests, items, ledger, outbox, schema
from triage_bot.store.drafts import Correction, Entry, EntryDraft, EntryState, Plan, Recorded, StoredMessage
from triage_bot.store.rows import cursor_of
from triage_bot.store.run_lock import RunLock
from triage_bot.store.sqlite import engine_of, opening, path_of, reading, translated, writing
from triage_bot.store.tables import cursors


def nobody(message: IncomingMessage) -> str:
    return ""


class Store:
    def __init__(self, engine: Engine, path: Path, lock: RunLock | None) -> None:
        self._engine = engine
        self._path = path
        self._lock = lock
        self._version = (0, 0)

    @classmethod
    def open(cls, url: str, *, exclusive: bool, create: bool = True) -> Self:
        """Open the database, make it if it is not there and `create`, bring its tables to this program's version.

        `exclusive` takes the lock of `run`: DatabaseInUse names the process that has it. Without, the database can be
        used while `run` is active; its tables are then migrated only if nobody runs.
        """
        path = path_of(url)
        with opening(path):
            if not create and not path.exists():
                raise DatabaseUnusable(f"{path} does not exist yet: `triage-bot run` makes it.")
            lock = RunLock.take(path) if exclusive else None
        try:
            engine = engine_of(path)
            try:
                with opening(path):
                    if not exclusive:
                        schema.migrate_unless_running(engine, path)
                    elif not schema.is_current(engine, path):
                        schema.migrate(engine, path)
            except BaseException:
                engine.dispose()
                raise
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(engine, path, lock)

    def close(self) -> None:
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(self._path), reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with translated(self._path), writing(self._engine) as connection:
            yield connection

    # Arrivals

    def cursor(self, source: str) -> Cursor | None:
        with self._read() as connection:
            row = connection.execute(select(cursors).where(cursors.c.source == source)).one_or_none()
        return cursor_of(row) if row is not None else None

    def record(
        self,
        messages: Sequence[IncomingMessage],
        cursor: Cursor,
        plan: Callable[[IncomingMessage, History], Plan | None],
        *,
        client_of: Callable[[IncomingMessage], str] = nobody,
        at: datetime | None = None,
    ) -> list[Recorded]:
        """Record what `plan` makes of each message, in order, and the cursor behind the last.

        A message whose channel and key are recorded is skipped; `plan` returns None for one to be recorded without an
        item. `client_of` names the client that a message is from, "" for a stranger: who may join which thread
        depends on it. `at` is the moment of recording, by default the cursor's; the limits count up to it.
        """
        with self._write() as connection:
            return arrivals.record(connection, messages, cursor, plan, client_of, at or cursor.moved_at)

    # The outbox

    def claim(self, couriers: Collection[str], now: datetime, limit: int, lease: timedelta, worker: str) -> list[Entry]:
        """Lease what is due to `worker`, oldest first. Of one recipient's entries none overtakes another."""
        with self._write() as connection:
            return outbox.claim(connection, couriers, now, limit, lease, worker)

    def advance(
        self,
        sent: Sequence[tuple[int, datetime, str]],
        handing_over: Sequence[tuple[int, datetime]],
        *,
        worker: str = "",
    ) -> None:
        """Mark entries (id, at, receipt) as sent and others (id, at) as being handed over, in one commit.

        Raises EntryTaken for those that must not be handed over now: dropped meanwhile, released because an earlier
        one to the same recipient has to wait, or leased to somebody else than `worker`. The rest is committed then.
        """
        with self._write() as connection:
            outbox.mark_sent(connection, sent)
            taken = outbox.mark_handing_over(connection, handing_over, worker)
        if taken:
            raise EntryTaken(taken)

    def retry(self, entry_id: int, due_at: datetime, error: str, *, at: datetime | None = None) -> None:
        """Try again from `due_at` on. Also for an entry in doubt or given up, once it is known not to have arrived."""
        with self._write() as connection:
            outbox.retry(connection, entry_id, due_at, error, at or due_at)

    def give_up(self, entry_id: int, at: datetime, error: str) -> None:
        with self._write() as connection:
            outbox.close(connection, entry_id, EntryState.FAILED, at, error)

    def in_doubt(self, entry_id: int, at: datetime, error: str) -> None:
        with self._write() as connection:
            outbox.close(connection, entry_id, EntryState.IN_DOUBT, at, error)

    def drop(self, entry_id: int, at: datetime, why: str) -> bool:
        """Withdraw an entry that has not begun to leave; False if it is too late for that."""
        with self._write() as connection:
            return outbox.close(connection, entry_id, EntryState.DROPPED, at, why)

    def renew(self, entry: Entry, draft: EntryDraft, promise: Promise | None, sentence: str, at: datetime) -> bool:
        """Let a claimed entry say something else, and promise something else; False if it is no longer there to be
        changed."""
        with self._write() as connection:
            if not outbox.rewrite(connection, entry.id, draft, at):
                return False
            ledger.renew(connection, entry, promise, sentence)
            return True

    def release(self, entry_ids: Collection[int]) -> None:
        """Give claimed entries back before their lease runs out."""
        with self._write() as connection:
            outbox.release(connection, entry_ids)

    def interrupted(self) -> list[Entry]:
        """For the start of `run`: the entries that `recover` will put in doubt. She is told of them before that: a
        kill in between tells her twice, the other way round she would never hear of it."""
        with self._read() as connection:
            return outbox.interrupted(connection)

    def recover(self, now: datetime) -> list[Entry]:
        """For the start of `run`: what the last run held is free again. Entries that it was handing over become in
        doubt and are returned; those to the assistant herself wait again instead, they may come twice."""
        with self._write() as connection:
            return outbox.recover(connection, now)

    def next_due_at(self, couriers: Collection[str]) -> datetime | None:
        """When the next entry may be claimed, also if that moment has passed."""
        with self._read() as connection:
            return outbox.next_due_at(connection, couriers)

    def handed_over_since(self, courier: str, since: datetime) -> list[datetime]:
        """When what may have left by this courier did so, the oldest first."""
        with self._read() as connection:
            return outbox.handed_over_since(connection, courier, since)

    def is_quiet(self, now: datetime) -> bool:
        """Whether nothing is leaving and nothing is due."""
        with self._read() as connection:
            return outbox.is_quiet(connection, now)

    def enqueue(self, entries: Sequence[EntryDraft], item_id: int | None = None) -> list[int]:
        with self._write() as connection:
            return outbox.add(connection, entries, item_id)

    def doubtful_entries(self) -> list[Entry]:
        with self._read() as connection:
            return outbox.in_trouble(connection, EntryState.IN_DOUBT)

    def failed_entries(self) -> list[Entry]:
        with self._read() as connection:
            return outbox.in_trouble(connection, EntryState.FAILED)

    def changed_elsewhere(self) -> bool:
        """Whether another program may have written since this was asked last. Reads one page, writes nothing."""
        with translated(self._path), self._engine.connect() as connection:
            # The number means something only to the connection that it was asked of.
            asked_of = id(connection.connection.dbapi_connection)
            version = (asked_of, int(connection.exec_driver_sql("PRAGMA data_version").scalar_one()))
        changed, self._version = self._version != version, version
        return changed

    # Contacts

    def undeliverable(self) -> list[Undeliverable]:
        """Addresses from which mail of ours came back, the longest first."""
        with self._read() as connection:
            return contacts.all_undeliverable(connection)

    def clear_undeliverable(self, address: str) -> bool:
        """Let mail go there again; False if nothing came back from there."""
        with self._write() as connection:
            return contacts.clear(connection, address)

    # Promises

    def given_promises(self) -> list[GivenPromise]:
        """The promises that clients still wait on."""
        with self._read() as connection:
            return ledger.given(connection)

    def promise_state(self, promise_id: int) -> PromiseState | None:
        with self._read() as connection:
            return ledger.state_of(connection, promise_id)

    def told_with(self, promise: GivenPromise) -> tuple[str, OutgoingMessage] | None:
        """The channel and the message by which the client was given a promise; None if there is none any more."""
        with self._read() as connection:
            return ledger.told_with(connection, promise)

    def tell_broken(
        self, told: Collection[int], relieved: Collection[int], entries: Sequence[EntryDraft], at: datetime
    ) -> None:
        """Note which broken promises the assistant is told of by `entries`, and which are whole again."""
        with self._write() as connection:
            ledger.tell_broken(connection, told, relieved, at)
            outbox.add(connection, entries, None, at)

    def correct(self, correction: Correction, at: datetime, by: str) -> bool:
        """Replace a promise and write to its client; False, and nothing done, if it is no longer open."""
        with self._write() as connection:
            return ledger.correct(connection, correction, at, by)

    # Digests

    def record_digest(
        self,
        window_at: datetime,
        part: int,
        late: bool,
        entries: Sequence[EntryDraft],
        item_ids: Sequence[int],
        at: datetime,
    ) -> bool:
        """False, and nothing recorded, if that digest was issued before."""
        with self._write() as connection:
            return digests.record(connection, window_at, part, late, entries, item_ids, at)

    def last_digest_at(self, until: datetime | None = None) -> datetime | None:
        """The newest check window that had a digest, of those up to `until`."""
        with self._read() as connection:
            return digests.last_at(connection, until)

    def first_start_at(self, now: datetime) -> datetime:
        """When this was asked for the very first time."""
        with self._write() as connection:
            return digests.remember_first_start(connection, now)

    # The queue

    def waiting_items(self) -> list[Item]:
        """What awaits the assistant now: the open items."""
        return self.items({ItemState.OPEN})

    def items(self, states: Collection[ItemState]) -> list[Item]:
        with self._read() as connection:
            return items.by_states(connection, states)

    def item(self, item_id: int) -> Item | None:
        with self._read() as connection:
            return items.by_id(connection, item_id)

    def history(self, item_id: int) -> list[Event]:
        with self._read() as connection:
            return items.history(connection, item_id)

    def messages_of(self, item_id: int) -> list[StoredMessage]:
        """The texts as they came, in the order of their recording."""
        with self._read() as connection:
            return items.messages_of(connection, item_id)

    def transition(self, item_id: int, to: ItemState, at: datetime, by: str) -> Item:
        """Raises UsageError, which says what is allowed instead."""
        with self._write() as connection:
            return items.transition(connection, item_id, to, at, by)

    def mark_alerted(self, item_id: int, at: datetime) -> None:
        with self._write() as connection:
            items.mark_alerted(connection, item_id, at)
