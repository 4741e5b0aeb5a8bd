"""A batch of messages becomes rows: messages, items, promises, history and outbox entries, and the cursor behind them.

Decided in order, so that each message sees what those before it have changed; written at the end, table by table.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from triage_bot.core.causes import Cause
from triage_bot.core.history import History
from triage_bot.core.items import Event, Item, ItemState
from triage_bot.core.joining import Way, begun, joined
from triage_bot.core.kept import CalendarOf
from triage_bot.core.messages import Cursor, IncomingMessage, OutgoingMessage
from triage_bot.store import contacts
from triage_bot.store.answers import LateAnswers
from triage_bot.store.drafts import Claim, Entry, EntryKind, EntryState, Plan, Recorded
from triage_bot.store.ids import Ids
from triage_bot.store.outbox import awaiting, reword
from triage_bot.store.past import DAY, Past, Pending, Thread, Traits, same_text_on
from triage_bot.store.prepared import Insertion
from triage_bot.store.rows import (
    Values,
    entry_row,
    event_row,
    is_kept_as_it_is,
    item_row,
    letter_row,
    message_row,
    new_item,
    promise_row,
)
from triage_bot.store.tables import cursors, events, is_waiting, items, letters, messages, outbox, promises, threads

Planner = Callable[[IncomingMessage, History], Plan | None]
ClientOf = Callable[[IncomingMessage], str]


def record(
    connection: Connection,
    batch: Sequence[IncomingMessage],
    cursor: Cursor | None,
    plan: Planner,
    client_of: ClientOf,
    at: datetime,
    calendar_of: CalendarOf | None = None,
    same_text_within: timedelta = DAY,
    claim: Claim | None = None,
) -> list[Recorded]:
    recorded: list[Recorded] = []
    if batch:
        seen = _already_recorded(connection, batch)
        fresh = [(message, Traits.of(message)) for message in batch if (message.channel, message.key) not in seen]
        ids = {message.message_id for message, _ in fresh}
        past = Past(connection, fresh, at, same_text_within)
        arrivals = _Arrivals(connection, past, ids, at) if fresh else None
        traits_of = {(message.channel, message.key): traits for message, traits in fresh}
        for message in batch:
            place = (message.channel, message.key)
            if arrivals is None or place in seen:
                recorded.append(Recorded(message.channel, message.key, new=False, item_id=seen[place]))
                continue
            row = arrivals.decide(message, traits_of[place], plan, client_of(message))
            seen[place] = row.item_id
            recorded.append(row)
        if arrivals is not None:
            arrivals.write(claim)
            arrivals.settle(calendar_of)
    if cursor is not None:
        set_cursor(connection, cursor)
    return recorded


def set_cursor(connection: Connection, cursor: Cursor) -> None:
    values = {
        "of_source": cursor.source,
        "epoch": cursor.epoch,
        "position": cursor.position,
        "moved_at": cursor.moved_at,
    }
    if connection.execute(_MOVE_CURSOR, values).rowcount == 0:
        row = {"source": cursor.source, "started_at": cursor.started_at, **values}
        del row["of_source"]
        connection.execute(insert(cursors), row)


def _already_recorded(connection: Connection, batch: Sequence[IncomingMessage]) -> dict[tuple[str, str], int | None]:
    seen: dict[tuple[str, str], int | None] = {}
    in_order = sorted(batch, key=lambda message: message.channel)
    for channel, group in groupby(in_order, key=lambda message: message.channel):
        keys = sorted({message.key for message in group})
        for start in range(0, len(keys), 500):
            rows = connection.execute(_RECORDED, {"of_channel": channel, "keys": keys[start : start + 500]})
            seen.update(((channel, row.key), row.item_id) for row in rows)
    return seen


class _Arrivals:
    """The rows that the messages of one batch will become."""

    def __init__(self, connection: Connection, past: Past, message_ids: Collection[str], at: datetime) -> None:
        self._connection = connection
        self._past = past
        self._late = LateAnswers(connection, message_ids)
        self._at = at
        self._thread_ids = Ids(connection, threads)
        self._item_ids = Ids(connection, items)
        self._entry_ids = Ids(connection, outbox)
        self._new_threads: dict[int, Values] = {}
        self._acknowledged: dict[int, Thread] = {}
        self._rewritten: dict[int, Values] = {}
        self._new_items: dict[int, Item] = {}
        self._changed_items: dict[int, Item] = {}
        self._messages: list[Values] = []
        self._promises: list[Values] = []
        self._events: list[Values] = []
        self._entries: list[Values] = []
        self._letters: dict[int, OutgoingMessage] = {}
        self._reworded: dict[int, Values] = {}

    def decide(self, message: IncomingMessage, traits: Traits, plan: Planner, client: str) -> Recorded:
        thread = self._past.thread_of(traits, client)
        history = self._past.history(traits, thread)
        answered_at = self._late.answered_at(message.message_id, traits.contact, client)
        if answered_at is not None:
            history = replace(history, answered_at=answered_at)
        planned = plan(message, history)
        item, opened = None, False
        if planned is not None:
            thread = thread or self._begin_thread(message, traits, client)
            item, opened = self._item(planned, history, thread, message.received_at)
            self._write_down(planned, item, traits, thread)
            if answered_at is not None:
                self._late.note(message, item, max(answered_at, message.received_at))
        self._messages.append(
            message_row(
                message,
                thread.id if thread else None,
                item.id if item else None,
                self._at,
                planned.decision if planned else {},
                traits.fingerprint,
                same_text_on(traits.same_text, message.received_at),
            )
        )
        self._past.add_message(message, traits, thread)
        return Recorded(message.channel, message.key, new=True, item_id=item.id if item else None, opened=opened)

    def _begin_thread(self, message: IncomingMessage, traits: Traits, client: str) -> Thread:
        thread = Thread(next(self._thread_ids), client, traits.contact)
        self._new_threads[thread.id] = {
            "id": thread.id,
            "channel": message.channel,
            "client": client,
            "contact": traits.contact,
            "chat": traits.chat[1] if traits.chat else None,
            "opened_at": message.received_at,
            "acknowledged_at": None,
        }
        return thread

    def _item(self, planned: Plan, history: History, thread: Thread, received_at: datetime) -> tuple[Item, bool]:
        old = _joined_by(planned, history)
        news = new_item(planned.item, old.id if old else next(self._item_ids), thread.id, received_at)
        if old is None:
            self._new_items[news.id] = item = begun(news, planned.way, planned.said)
        else:
            item = joined(old, news, planned.way, planned.said)
            changed = self._new_items if item.id in self._new_items else self._changed_items
            changed[item.id] = item
        before = old.state if old else ItemState.OPEN
        if item.state is not before:
            why = Cause.NOT_A_CLIENT if planned.way is Way.APART else Cause.NEW_MESSAGE
            moved = Event(self._at, item.state.name.lower(), {"by": why, "from": before.value})
            self._events.append(event_row(item.id, moved))
        self._past.add_item(item)
        return item, old is None

    def _write_down(self, planned: Plan, item: Item, traits: Traits, thread: Thread) -> None:
        self._events.extend(event_row(item.id, event) for event in planned.events)
        if planned.promise is not None:
            sentence = planned.item.promise_sentence
            self._promises.append(
                promise_row(item.id, planned.promise, sentence, planned.zone, self._at, planned.locale)
            )
        if planned.undeliverable is not None:
            contacts.mark(self._connection, planned.undeliverable, self._at)
            self._past.add_undeliverable(planned.undeliverable.address)
        if planned.absence and traits.contact:
            contacts.tell_of_absence(self._connection, traits.contact, planned.absence, self._at)
            self._past.add_absence(traits.contact, planned.absence)
        for draft in (*planned.entries, *(planned.alert(item) if planned.alert else ())):
            row = entry_row(draft, item.id, traits.contact, self._at)
            self._past.add_message_id(draft.message.message_id, thread)
            pending = self._past.pending(thread) if draft.kind is EntryKind.ACK and planned.one_for_all else None
            if pending is not None:
                self._rewrite(pending, row, draft.message)
                self._past.add_pending(thread, pending.row)
                continue
            row["id"] = next(self._entry_ids)
            self._entries.append(row)
            self._letters[row["id"]] = draft.message
            if draft.kind is EntryKind.GREETING:
                self._past.add_greeting(draft.message.to)
            if draft.kind is EntryKind.ACK:
                self._past.add_pending(thread, row)
                self._past.add_acknowledgement(traits.contact, thread)
                self._acknowledged[thread.id] = thread

    def _rewrite(self, pending: Pending, row: Values, message: OutgoingMessage) -> None:
        """What waits says something else now. It stays the same entry, as the limits count it."""
        said = {name: row[name] for name in ("message", "message_id", "due_at", "next_at", "drop_at")}
        pending.row.update(said)
        entry_id = pending.row["id"]
        if entry_id in self._letters:
            self._letters[entry_id] = message
        else:
            self._rewritten[entry_id] = {"of_entry": entry_id, **said}
            self._reworded[entry_id] = letter_row(entry_id, message)

    def write(self, claim: Claim | None) -> None:
        self._thread_ids.settle()
        self._item_ids.settle()
        self._entry_ids.settle()
        for thread in self._acknowledged.values():
            if thread.id in self._new_threads:
                self._new_threads[thread.id]["acknowledged_at"] = thread.acknowledged_at
        old = [each for each in self._acknowledged.values() if each.id not in self._new_threads]
        self._insert(_INSERT_THREAD, self._new_threads.values())
        self._many(_ACKNOWLEDGED, [{"of_thread": each.id, "acknowledged_at": each.acknowledged_at} for each in old])
        self._insert(_INSERT_ITEM, [item_row(item) for item in self._new_items.values()])
        self._many(_UPDATE_ITEM, [_as_update(item_row(item)) for item in self._changed_items.values()])
        self._insert(_INSERT_MESSAGE, self._messages)
        self._insert(_INSERT_PROMISE, self._promises)
        self._insert(_INSERT_EVENT, self._events)
        if claim is not None:
            self._claim(claim)
        self._insert(_INSERT_ENTRY, self._entries)
        self._insert(_INSERT_LETTER, [letter_row(*each) for each in self._letters.items()])
        self._many(_REWRITE, self._rewritten.values())
        if self._reworded:
            reword(self._connection, list(self._reworded.values()))

    def _claim(self, claim: Claim) -> None:
        """As `outbox.claim` would, for whoever has nothing before her that was recorded earlier."""
        due = [row for row in self._entries if row["courier"] == claim.courier and row["due_at"] <= claim.now]
        behind = awaiting(self._connection, claim.courier, {row["recipient"] for row in due})
        behind |= {row["recipient"] for row in due if not is_kept_as_it_is(self._letters[row["id"]])}
        free = sorted(
            (row for row in due if row["recipient"] not in behind), key=lambda row: (row["due_at"], row["id"])
        )
        for row in free[: claim.most]:
            row["leased_by"], row["next_at"] = claim.worker, claim.until
            claim.given.append(
                Entry(
                    id=row["id"],
                    kind=EntryKind(row["kind"]),
                    courier=row["courier"],
                    message=self._letters[row["id"]],
                    state=EntryState.WAITING,
                    due_at=row["due_at"],
                    drop_at=row["drop_at"],
                    item_id=row["item_id"],
                    attempts=0,
                    created_at=row["created_at"],
                )
            )

    def settle(self, calendar_of: CalendarOf | None) -> None:
        self._late.settle(self._at, calendar_of)

    def _insert(self, insertion: Insertion, rows: Collection[Values]) -> None:
        if rows:
            insertion.run(self._connection, list(rows))

    def _many(self, statement: Update, rows: Collection[Values]) -> None:
        if rows:
            self._connection.execute(statement, list(rows))


def _joined_by(planned: Plan, history: History) -> Item | None:
    """The item that a message belongs to, None for one that begins its own."""
    if planned.way in (Way.BEGINS, Way.APART):
        return None
    return history.active_item or history.closed_item


def _as_update(row: Values) -> Values:
    row["of_item"] = row.pop("id")
    return row


_RECORDED = select(messages.c.key, messages.c.item_id).where(
    messages.c.channel == bindparam("of_channel"), messages.c.key.in_(bindparam("keys", expanding=True))
)
# What is set is named by the keys of the rows.
_MOVE_CURSOR = update(cursors).where(cursors.c.source == bindparam("of_source"))
_ACKNOWLEDGED = update(threads).where(threads.c.id == bindparam("of_thread"))
_UPDATE_ITEM = update(items).where(items.c.id == bindparam("of_item"))
_INSERT_THREAD = Insertion(threads)
_INSERT_ITEM = Insertion(items)
_INSERT_MESSAGE = Insertion(messages)
_INSERT_PROMISE = Insertion(promises)
_INSERT_EVENT = Insertion(events)
_INSERT_ENTRY = Insertion(outbox)
_INSERT_LETTER = Insertion(letters)
_REWRITE = update(outbox).where(outbox.c.id == bindparam("of_entry"), is_waiting, outbox.c.leased_by == "")
