"""The database of one installation, as the use cases see it.

Every method is one transaction: all of it is on the disk when the method returns, or nothing of it is there. The
methods block; the worker calls them on the one thread of `store.writer.Writer`. Failures of the database arrive as
`StoreError`, with a text that says what to do.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import select

from triage_bot.core.history import History, Undeliverable
from triage_bot.core.messages import BusinessConnection, Cursor, IncomingMessage
from triage_bot.core.promise import Promise
from triage_bot.errors import EntryTaken
from triage_bot.store import (
    acts,
    answers,
    arrivals,
    business,
    contacts,
    deletions,
    dialogs,
    digests,
    ledger,
    outbox,
    state,
)
from triage_bot.store.alerts import KeepsAlerts
from triage_bot.store.database import Database
from triage_bot.store.drafts import (
    NOTHING_BESIDE,
    NOTHING_ELSEWHERE,
    Beside,
    Claim,
    Elsewhere,
    Entry,
    EntryDraft,
    EntryState,
    Plan,
    Recorded,
)
from triage_bot.store.opening import open_database
from triage_bot.store.queue import Queue
from triage_bot.store.rows import cursor_of
from triage_bot.store.standing import KeepsStanding
from triage_bot.store.state import Ended, State
from triage_bot.store.tables import cursors


def nobody(message: IncomingMessage) -> str:
    return ""


class Store(Queue, KeepsStanding, KeepsAlerts):
    @classmethod
    def open(cls, url: str, *, exclusive: bool, create: bool = True, worker: str = "") -> Self:
        """Open the database, make it if it is not there and `create`, bring its tables to this program's version.

        `exclusive` takes the lock of `run` on SQLite: DatabaseInUse names the process that has it. Without, the
        database can be used while `run` is active; its tables are then migrated only if nobody runs. PostgreSQL takes
        as many as there are; `worker` is by what name the others know this one, "" for a command.
        """
        return cls(open_database(url, exclusive=exclusive, create=create, worker=worker))

    @property
    def database(self) -> Database:
        return self._database

    def close(self) -> None:
        self._database.close()

    # Arrivals

    def cursor(self, source: str) -> Cursor | None:
        with self._read() as connection:
            row = connection.execute(select(cursors).where(cursors.c.source == source)).one_or_none()
        return cursor_of(row) if row is not None else None

    def record(
        self,
        messages: Sequence[IncomingMessage],
        cursor: Cursor | None,
        plan: Callable[[IncomingMessage, History], Plan | None],
        *,
        client_of: Callable[[IncomingMessage], str] = nobody,
        at: datetime | None = None,
        same_text_within: timedelta = timedelta(days=1),
        beside: Beside = NOTHING_BESIDE,
        elsewhere: Elsewhere = NOTHING_ELSEWHERE,
        claim: Claim | None = None,
    ) -> list[Recorded]:
        """Record what `plan` makes of each message, in order, and the cursor behind the last; None leaves it where it
        is, as more of the same batch will come.

        A message whose channel and key are recorded is skipped; `plan` returns None for one to be recorded without an
        item. `client_of` names the client that a message is from, "" for a stranger: who may join which thread
        depends on it. `at` is the moment of recording, by default the cursor's; the limits count up to it. Of texts it
        is known whether the contact sent the very same one within `same_text_within`, and the rest of those days.
        `claim` is for whoever delivers here what the messages cause.
        """
        moment = at or (cursor.moved_at if cursor is not None else None)
        if moment is None:
            raise ValueError("without a cursor, the moment of recording must be given")
        couriers: set[str] = set()

        def noted(message: IncomingMessage, history: History) -> Plan | None:
            made = plan(message, history)
            couriers.update(entry.courier for entry in (made.entries if made else ()))
            return made

        with self._write() as connection:
            calendar_of = self._calendar_of
            # First: who opens a chat is greeted before what she wrote there is acknowledged.
            business.greet(connection, beside, moment)
            recorded = arrivals.record(
                connection, messages, cursor, noted, client_of, moment, calendar_of, same_text_within, claim
            )
            business.record(connection, beside, moment)
            answers.record(connection, elsewhere, moment, calendar_of)
            deletions.record(connection, elsewhere, moment, calendar_of)
            if beside == NOTHING_BESIDE and not (elsewhere.own or elsewhere.marked or elsewhere.deleted):
                self._database.rings(connection, couriers)
        return recorded

    def awaited_marks(self, channel: str, prefix: str) -> list[str]:
        """The keys, of those that begin with `prefix`, of messages that an answer of hers would be marked on: the
        newest ones of items that await her."""
        with self._read() as connection:
            return answers.awaited_marks(connection, channel, prefix)

    def business_connections(self) -> list[BusinessConnection]:
        """Those of which the bot was told, also the ones that have ended."""
        with self._read() as connection:
            return business.connections(connection)

    # The outbox

    def claim(self, couriers: Collection[str], now: datetime, limit: int, lease: timedelta, worker: str) -> list[Entry]:
        """Lease what is due to `worker`, oldest first. Of one recipient's entries none overtakes another."""
        with self._database.handing(turn=f"claim {' '.join(sorted(couriers))}") as connection:
            if not self._database.is_ours(connection):
                return []
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
        What was sent was sent, also when another worker has taken over meanwhile and cannot know it.
        """
        with self._database.handing() as connection:
            if replies := outbox.mark_sent(connection, sent):
                self._database.alone(connection)
                acts.delivered(connection, replies, self._calendar_of)
            if handing_over and not self._database.is_ours(connection):
                taken = [entry_id for entry_id, _ in handing_over]
            else:
                taken = outbox.mark_handing_over(connection, handing_over, worker)
        if taken:
            raise EntryTaken(taken)

    def retry(self, entry_id: int, due_at: datetime, error: str, *, at: datetime | None = None) -> None:
        """Try again from `due_at` on. Also for an entry in doubt or given up, once it is known not to have arrived."""
        with self._write() as connection:
            outbox.retry(connection, entry_id, due_at, error, at or due_at)

    def give_up(self, entry_id: int, at: datetime, error: str) -> None:
        with self._write() as connection:
            closed = outbox.close(connection, entry_id, EntryState.FAILED, at, error)
            if closed and (reply := outbox.reply_of(connection, entry_id)) is not None:
                acts.undelivered(connection, *reply, at)

    def in_doubt(self, entry_id: int, at: datetime, error: str) -> None:
        with self._write() as connection:
            outbox.close(connection, entry_id, EntryState.IN_DOUBT, at, error)

    def drop(self, entry_id: int, at: datetime, why: str) -> bool:
        """Withdraw an entry that has not begun to leave; False if it is too late for that."""
        with self._write() as connection:
            closed = outbox.close(connection, entry_id, EntryState.DROPPED, at, why)
            if closed and (reply := outbox.reply_of(connection, entry_id)) is not None:
                acts.undelivered(connection, *reply, at)
        return closed

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
        with self._database.handing() as connection:
            if self._database.is_ours(connection):
                outbox.release(connection, entry_ids)

    def interrupted(self, couriers: Collection[str] | None = None) -> list[Entry]:
        """For the start of `run`, and where a worker takes over these couriers: the entries that `recover` will put in
        doubt. She is told of them before that: a kill in between tells her twice, the other way round she would never
        hear of it."""
        with self._read() as connection:
            return outbox.interrupted(connection, couriers)

    def recover(self, now: datetime, couriers: Collection[str] | None = None) -> list[Entry]:
        """For the start of `run`, and where a worker takes over these couriers: what whoever had them before held is
        free again. Entries that were being handed over become in doubt and are returned; those to the assistant
        herself wait again instead, they may come twice."""
        with self._write() as connection:
            return outbox.recover(connection, now, couriers)

    def next_due_at(self, couriers: Collection[str]) -> datetime | None:
        """When the next entry may be claimed, also if that moment has passed."""
        with self._read() as connection:
            return outbox.next_due_at(connection, couriers)

    def handed_over_since(self, courier: str, since: datetime) -> list[datetime]:
        """When what may have left by this courier did so, the oldest first."""
        with self._read() as connection:
            return outbox.handed_over_since(connection, courier, since)

    def state(self) -> State:
        """What waits, in a few numbers."""
        with self._read() as connection:
            return state.read(connection)

    def ended(self) -> Ended:
        """What is over, in a few numbers. Counts it all."""
        with self._read() as connection:
            return state.count_ended(connection)

    def overdue_since(self, now: datetime) -> datetime | None:
        """When the longest overdue entry was to leave, None if none is due."""
        with self._read() as connection:
            return state.overdue_since(connection, now)

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
        """Whether another program may have written since this was asked last. Cheap, writes nothing."""
        return self._database.changed_elsewhere()

    def is_untouched(self) -> bool:
        """Whether certainly nobody has written since this was asked last. Does not block."""
        return self._database.is_untouched()

    # Contacts

    def undeliverable(self) -> list[Undeliverable]:
        """Addresses from which mail of ours came back, the longest first."""
        with self._read() as connection:
            return contacts.all_undeliverable(connection)

    def clear_undeliverable(self, address: str) -> bool:
        """Let mail go there again; False if nothing came back from there."""
        with self._write() as connection:
            return contacts.clear(connection, address)

    # Digests

    def record_digest(
        self,
        window_at: datetime,
        part: int,
        late: bool,
        entries: Sequence[EntryDraft],
        item_ids: Sequence[int],
        at: datetime,
        *,
        assistant: str = "",
        nothing_to_do: Collection[int] = (),
    ) -> bool:
        """False, and nothing recorded, if that digest was issued before. Items of `nothing_to_do` are done by being
        listed. `assistant` is "" for the first one, as before there were others."""
        with self._write() as connection:
            issue = digests.Issue(window_at, part, late, assistant)
            return digests.record(connection, issue, entries, item_ids, at, nothing_to_do)

    def last_digest_at(self, until: datetime | None = None, assistant: str = "") -> datetime | None:
        """The newest check window that had a digest for her, of those up to `until`."""
        with self._read() as connection:
            return digests.last_at(connection, until, assistant)

    def first_start_at(self, now: datetime) -> datetime:
        """When this was asked for the very first time."""
        with self._write() as connection:
            return digests.remember_first_start(connection, now)

    # The desk

    def dialog(self, chat_id: int) -> tuple[datetime, Mapping[str, Any]] | None:
        """When the conversation with a desk chat was changed last, and where it stands."""
        with self._read() as connection:
            return dialogs.load(connection, chat_id)

    def dialogs(self) -> list[tuple[datetime, Mapping[str, Any]]]:
        """Where the conversations of all desk chats stand, and since when."""
        with self._read() as connection:
            return dialogs.everything(connection)

    def files_to_send(self) -> set[str]:
        """The files that entries are still to take along."""
        with self._read() as connection:
            return dialogs.files_to_send(connection)

    def say(
        self,
        chat_id: int,
        state: Mapping[str, Any],
        entries: Sequence[tuple[EntryDraft, int | None]],
        at: datetime,
    ) -> None:
        """Where the conversation with a desk chat stands now, and what is said in it, each with the item that it is
        about."""
        with self._write() as connection:
            dialogs.save(connection, chat_id, state, at)
            for entry, item_id in entries:
                outbox.add(connection, [entry], item_id, at)

    def item_of_message(self, chat_id: int, message_id: int) -> int | None:
        """The item that a message of ours in a desk chat is about."""
        with self._read() as connection:
            return dialogs.item_of(connection, chat_id, message_id)
