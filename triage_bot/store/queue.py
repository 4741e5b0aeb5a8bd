"""The queue and the ledger of promises, as the use cases see them. A side of `store.store.Store`: every method is one
transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from triage_bot.core.items import ACTIVE, Event, Item, ItemState
from triage_bot.core.kept import CalendarOf, LedgerLine
from triage_bot.core.ledger import GivenPromise, PromiseState
from triage_bot.core.messages import OutgoingMessage
from triage_bot.core.standing import Deed
from triage_bot.store import acts, deeds, finding, items, ledger, outbox, undoing
from triage_bot.store.database import Database
from triage_bot.store.drafts import Act, Acted, Correction, Entry, EntryDraft, StoredMessage
from triage_bot.store.transactions import Transactions


class Queue(Transactions):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._calendar_of: CalendarOf | None = None

    def use_calendars(self, calendar_of: CalendarOf) -> None:
        """By which calendars it is measured from now on whether promises are kept, and how long answers take. Without
        them a promise counts to its very moment, and no working time is known."""
        self._calendar_of = calendar_of

    # Promises

    def given_promises(self) -> list[GivenPromise]:
        """The promises that clients still wait on."""
        with self._read() as connection:
            return ledger.given(connection)

    def unwarned_promises(self) -> list[GivenPromise]:
        """Those of them that the assistant was not warned of."""
        with self._read() as connection:
            return ledger.unwarned(connection)

    def ledger(self, client: str | None = None, since: datetime | None = None) -> list[LedgerLine]:
        """Every promise, the oldest first: of one client, made since a moment."""
        with self._read() as connection:
            return ledger.lines(connection, client, since)

    def promises_of(self, item_id: int) -> list[LedgerLine]:
        with self._read() as connection:
            return ledger.lines_of(connection, item_id)

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

    def warn(self, promise: GivenPromise, entries: Sequence[EntryDraft], at: datetime) -> bool:
        """Note that the assistant is warned of a promise by `entries`; False, and nothing recorded, if she was before
        or the client waits on it no more."""
        with self._write() as connection:
            if not ledger.mark_warned(connection, promise, at):
                return False
            outbox.add(connection, entries, promise.item_id, at)
            return True

    def correct(self, correction: Correction, at: datetime, by: str) -> bool:
        """Replace a promise and write to its client; False, and nothing done, if it is no longer open."""
        with self._write() as connection:
            return ledger.correct(connection, correction, at, by)

    # What she does

    def act(self, act: Act, assistant: str, at: datetime, once: str = "") -> Acted:
        """Do one thing about one item: its state, its history, what leaves because of it and what undoing needs, all or
        nothing. An act of the same `once` is done once. Raises UsageError for a snooze that ends in the past."""
        with self._write() as connection:
            return acts.act(connection, act, assistant, at, once, self._calendar_of)

    def undo(
        self,
        assistant: str,
        at: datetime,
        once: str = "",
        item_id: int | None = None,
        *,
        of: str = "",
        drafts: bool = True,
        fact: undoing.TakeBackFact = undoing.is_gone,
    ) -> Acted:
        """Take back the last thing that this assistant did and did not take back; with `item_id` the last one about an
        item, and only if it was that item, else she has gone on since (CHANGED). The same holds of `of`, the `once`
        under which it was done. Without `drafts` discarding one is passed over: who asks has none. `fact` takes a note
        about a client out of her files; where it raises, nothing is taken back."""
        with self._write() as connection:
            return undoing.undo(connection, assistant, at, once, item_id, of=of, drafts=drafts, fact=fact)

    def item_of_last_act(self, assistant: str) -> int | None:
        """The item that she did something about last, and did not take it back."""
        with self._read() as connection:
            last = deeds.last(connection, assistant, about_an_item=True, drafts=False)
        return last.item_id if last is not None else None

    def note_deed(
        self,
        deed: Deed,
        assistant: str,
        at: datetime,
        values: Mapping[str, str],
        once: str = "",
        item_id: int | None = None,
    ) -> None:
        """She did something that leaves no trace in the database; the same `once` counts once."""
        with self._write() as connection:
            if not deeds.was_done(connection, once):
                deeds.note(connection, deed, assistant, at, once, dict(values), item_id=item_id)

    def transition(self, item_id: int, to: ItemState, at: datetime, by: str) -> Item:
        """What the program does by itself: nothing to take back. Raises UsageError, which says what is allowed
        instead."""
        with self._write() as connection:
            return acts.transition(connection, item_id, to, at, by, self._calendar_of)

    def wake(self, now: datetime) -> list[int]:
        """Open what was snoozed until now or earlier; returns which items that were."""
        with self._write() as connection:
            return acts.wake(connection, now)

    # What is there

    def waiting_items(self, now: datetime | None = None) -> list[Item]:
        """What awaits the assistant: the open items. With `now`, what was snoozed until then is among them."""
        if now is not None and (next_at := self.next_wake_at()) is not None and next_at <= now:
            self.wake(now)
        return self.items({ItemState.OPEN})

    def next_wake_at(self) -> datetime | None:
        """When the first snoozed item comes back."""
        with self._read() as connection:
            return items.next_wake_at(connection)

    def items(self, states: Collection[ItemState]) -> list[Item]:
        with self._read() as connection:
            return items.by_states(connection, states)

    def item(self, item_id: int) -> Item | None:
        with self._read() as connection:
            return items.by_id(connection, item_id)

    def items_of(self, client: str, states: Collection[ItemState] = ACTIVE) -> list[Item]:
        with self._read() as connection:
            return finding.items_of(connection, client, states)

    def closed_since(self, since: datetime, client: str | None = None) -> list[Item]:
        """What was closed since a moment, the newest first."""
        with self._read() as connection:
            return finding.closed_since(connection, since, client)

    def search(self, text: str, limit: int = 50, counts: Callable[[Item], bool] = lambda item: True) -> list[Item]:
        """The items that hold every word of `text` in their client, contact, subject or messages, the newest first;
        only those that count. Case and diacritics do not matter. Reads all messages."""
        with self._read() as connection:
            return finding.search(connection, text, limit, counts)

    def history(self, item_id: int) -> list[Event]:
        with self._read() as connection:
            return items.history(connection, item_id)

    def messages_of(self, item_id: int) -> list[StoredMessage]:
        """The texts as they came, in the order of their recording."""
        with self._read() as connection:
            return items.messages_of(connection, item_id)

    def entries_of(self, item_id: int) -> list[Entry]:
        """What was sent, or is to be sent, because of an item: to the client and to the assistant."""
        with self._read() as connection:
            return items.entries_of(connection, item_id)

    def mark_alerted(self, item_id: int, at: datetime) -> None:
        with self._write() as connection:
            items.mark_alerted(connection, item_id, at)
