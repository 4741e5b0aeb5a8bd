"""What she wrote past the bot: which items it answers, and what a client's later message finds of it.

A row of `answers` is one thread that a message of hers belongs to, so that the client's reply to it joins that thread;
or, with `awaits`, a message of a client that she answered before it was read here: when it comes, it is answered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, or_, select, update

from triage_bot.core.answering import Candidate, ClientOf, Match, MatchedBy, answers_to, awaited
from triage_bot.core.items import ACTIVE, Item, ItemState
from triage_bot.core.kept import CalendarOf, KeptBy
from triage_bot.core.messages import IncomingMessage, Medium, OwnMessage
from triage_bot.store import acts, ledger
from triage_bot.store import items as queue
from triage_bot.store.drafts import Elsewhere, EntryState
from triage_bot.store.rows import Values, item_of
from triage_bot.store.tables import answers, has_message_id, is_ack, items, messages, outbox, promises, threads
from triage_bot.store.thread_refs import THREADS_BY_REF
from triage_bot.store.types import Moment, cleaned

REFS = 50
"""References of one mail of hers that are looked up, the nearest ones."""
MARKED = "/answered"
"""Behind the key of a client's message: the row of its mark."""
_CHUNK = 500
_BY = {Medium.EMAIL: KeptBy.SENT, Medium.CHAT: KeptBy.CHAT}


def record(connection: Connection, elsewhere: Elsewhere, at: datetime, calendar_of: CalendarOf | None) -> None:
    recording = _Recording(connection, elsewhere, at, calendar_of)
    for own in elsewhere.own:
        recording.take(own)
    for channel, key in elsewhere.marked:
        recording.take_mark(channel, key)


def awaited_marks(connection: Connection, channel: str, prefix: str) -> list[str]:
    rows = connection.execute(_AWAITED_MARKS, {"of_channel": channel})
    return [row.key for row in rows if row.key.startswith(prefix)]


@dataclass(frozen=True, slots=True)
class _Recording:
    connection: Connection
    elsewhere: Elsewhere
    at: datetime
    calendar_of: CalendarOf | None

    def take(self, own: OwnMessage) -> None:
        if _is_known(self.connection, own):
            return
        client_of = partial(self.elsewhere.client_of, own.channel)
        known: Collection[str] = ()
        if own.medium is Medium.CHAT:
            candidates = _of_chat(self.connection, own)
        else:
            candidates, known = _of_mail(self.connection, own, client_of)
        rows = []
        for match in answers_to(own, candidates, client_of):
            item_id = self._answer(match, _BY[own.medium])
            rows.append(_row(own, match.recipient, match.matched_by, match.thread.thread_id, item_id))
        thread_id = rows[0]["thread_id"] if rows else None
        unread, people = awaited(own, known, client_of)
        rows += [
            {**_row(own, person, MatchedBy.NOTHING, thread_id, None), "awaits": cleaned(ref)}
            for ref in unread
            for person in people
        ]
        for number, row in enumerate(rows):
            row["key"] = f"{own.key}#{number}" if number else own.key
        if rows:
            self.connection.execute(insert(answers), rows)

    def take_mark(self, channel: str, key: str) -> None:
        """A client's message that her mail program marks as answered. Of when, nobody knows more than that it was
        before now."""
        row = self.connection.execute(_MESSAGE, {"of_channel": channel, "of_key": key}).one_or_none()
        item = queue.by_id(self.connection, row.item_id) if row is not None and row.item_id is not None else None
        place = {"channel": channel, "key": f"{key}{MARKED}"}
        if item is None or item.state not in ACTIVE or _has_row(self.connection, **place):
            return
        thread = Candidate(item.thread_id, item.client, frozenset(), item)
        self._answer(Match(thread, item.contact, MatchedBy.MARK, self.at), KeptBy.MARK)
        nothing = {"message_id": "", "awaits": ""}
        values = {"thread_id": item.thread_id, "item_id": item.id, "recipient": item.contact, "sent_at": self.at}
        self.connection.execute(insert(answers), {**place, **values, **nothing, "matched_by": MatchedBy.MARK.value})

    def _answer(self, match: Match, by: KeptBy) -> int | None:
        item = match.thread.item
        if item is None:
            return self._move_back(match, by)
        if answer(self.connection, item, match.answered_at, self.at, by, self.calendar_of):
            _tell(self.connection, item.id, self.at, match)
            self.elsewhere.noted(item.id, f"answered elsewhere ({match.matched_by})")
        return item.id

    def _move_back(self, match: Match, by: KeptBy) -> int | None:
        """A mark was seen before the mail that it belongs to: it is the mail that says when she answered."""
        of_thread = {"of_thread": match.thread.thread_id, "sent_at": match.answered_at}
        row = self.connection.execute(_MARKED, of_thread).first()
        item = queue.by_id(self.connection, row.item_id) if row is not None else None
        if row is None or item is None or item.last_message_at > match.answered_at:
            return None
        closed = self.connection.execute(_CLOSED_WITH, {"of_item": item.id, "at": row.sent_at}).all()
        ledger.reopen_promises(
            self.connection, item.id, [{"id": each.id, "state": "open", "now": each.state} for each in closed]
        )
        ledger.close_promises(self.connection, item.id, match.answered_at, by, self.calendar_of)
        self.connection.execute(_MOVE_ITEM, {"of_item": item.id, "answered_at": match.answered_at})
        self.connection.execute(_MOVE_MARK, {"of_answer": row.id, "sent_at": match.answered_at})
        _tell(self.connection, item.id, self.at, match)
        return item.id


def answer(
    connection: Connection,
    item: Item,
    answered_at: datetime,
    at: datetime,
    by: KeptBy,
    calendar_of: CalendarOf | None,
) -> bool:
    """Note that an item that awaits her was answered past the bot. An acknowledgement that waits is not sent any more,
    and does not count as the thread's."""
    unsaid = acts.unsaid(connection, item.id)
    if not acts.answered(connection, item.id, answered_at, at, by, calendar_of):
        return False
    if unsaid and not acts.unsaid(connection, item.id):
        newest_at = connection.execute(_ACKNOWLEDGED_AT, {"of_thread": item.thread_id}).scalar_one()
        connection.execute(_ACKNOWLEDGED, {"of_thread": item.thread_id, "acknowledged_at": newest_at})
    return True


class LateAnswers:
    """Her answers to messages that come only now."""

    def __init__(self, connection: Connection, message_ids: Collection[str]) -> None:
        self._connection = connection
        self._rows: dict[str, list[Any]] = defaultdict(list)
        self._noted: list[tuple[str, int, datetime]] = []
        for chunk in _chunks([cleaned(each) for each in message_ids if each]):
            for row in connection.execute(_AWAITING, {"ids": chunk}):
                self._rows[row.awaits].append(row)

    def answered_at(self, message_id: str, contact: str, client: str) -> datetime | None:
        """When she answered the message of this contact, None if she did not. Anybody can give a mail the Message-ID
        of another: only who got the answer was answered."""
        if not self._rows:
            return None
        rows = self._rows.get(cleaned(message_id), ())
        return min(
            (row.sent_at for row in rows if row.recipient == contact or (client and row.client == client)), default=None
        )

    def note(self, message: IncomingMessage, item: Item, answered_at: datetime) -> None:
        self._noted.append((cleaned(message.message_id), item.id, answered_at))

    def settle(self, at: datetime, calendar_of: CalendarOf | None) -> None:
        """The items of such messages are answered. They lie in the database by now."""
        for message_id, item_id, answered_at in self._noted:
            item = queue.by_id(self._connection, item_id)
            if item is None:
                continue
            if item.state in ACTIVE and answer(self._connection, item, answered_at, at, KeptBy.SENT, calendar_of):
                match = Match(
                    Candidate(item.thread_id, item.client, frozenset(), item),
                    item.contact,
                    MatchedBy.REFERENCES,
                    answered_at,
                )
                _tell(self._connection, item_id, at, match)
            place = {"thread_id": item.thread_id, "item_id": item_id}
            self._connection.execute(_FOUND, {"of_ref": message_id, **place})


# What is there


def _is_known(connection: Connection, own: OwnMessage) -> bool:
    """Recorded before, perhaps as another copy; or sent by the bot, also in her name."""
    if _has_row(connection, channel=own.channel, key=own.key):
        return True
    if own.medium is Medium.CHAT or not own.message_id:
        return False
    return connection.execute(_KNOWN, {"of_id": cleaned(own.message_id)}).first() is not None


def _has_row(connection: Connection, *, channel: str, key: str) -> bool:
    return connection.execute(_ROW, {"of_channel": channel, "of_key": key}).first() is not None


def _of_chat(connection: Connection, own: OwnMessage) -> list[Candidate]:
    chat = cleaned(own.refs[0]) if own.refs else ""
    row = connection.execute(_THREAD_OF_CHAT, {"of_channel": own.channel, "of_chat": chat}).one_or_none()
    return _candidates(connection, {row.id: row}, {}) if row is not None else []


def _of_mail(connection: Connection, own: OwnMessage, client_of: ClientOf) -> tuple[list[Candidate], set[str]]:
    """The threads that a mail may belong to, and which of its references are known."""
    refs = [cleaned(ref) for ref in own.refs[-REFS:] if ref]
    rows: dict[int, Any] = {}
    referred_at: dict[int, datetime] = {}
    known: set[str] = set()
    for row in connection.execute(THREADS_BY_REF, {"refs": refs}) if refs else ():
        rows[row.id] = row
        referred_at[row.id] = max(referred_at.get(row.id, row.at), row.at)
        known.add(row.message_id)
    people = {cleaned(each) for each in own.recipients}
    if known and len(people) == 1:
        return _candidates(connection, rows, referred_at), known  # nobody else is to be found by the subject
    whose = {"people": sorted(people), "clients": sorted({client_of(each) for each in people} - {""})}
    rows |= {row.id: row for row in connection.execute(_THREADS_OF_PEOPLE, whose)}
    return _candidates(connection, rows, referred_at), known


def _candidates(connection: Connection, rows: dict[int, Any], referred_at: dict[int, datetime]) -> list[Candidate]:
    newest: dict[int, Item] = {}
    contacts: dict[int, set[str]] = defaultdict(set)
    for chunk in _chunks(sorted(rows)):
        for row in connection.execute(_ITEMS, {"threads": chunk}):
            item = item_of(row)
            contacts[item.thread_id].add(item.contact)
            newest[item.thread_id] = item
        for row in connection.execute(_WRITERS, {"threads": chunk}):
            contacts[row.thread_id].add(row.contact)
    return [
        Candidate(
            row.id,
            row.client,
            frozenset({row.contact, *contacts[row.id]}) - {""},
            newest.get(row.id),
            referred_at.get(row.id),
        )
        for row in rows.values()
    ]


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]


# What is written


def _row(own: OwnMessage, recipient: str, matched_by: MatchedBy, thread_id: int | None, item_id: int | None) -> Values:
    return {
        "channel": own.channel,
        "key": own.key,
        "thread_id": thread_id,
        "item_id": item_id,
        "message_id": own.message_id,
        "recipient": recipient,
        "sent_at": own.sent_at,
        "matched_by": matched_by.value,
        "awaits": "",
    }


def _tell(connection: Connection, item_id: int, at: datetime, match: Match) -> None:
    detail = {"matched": match.matched_by.value, "to": match.recipient}
    if match.matched_by is not MatchedBy.MARK:
        detail["sent_at"] = match.answered_at.isoformat()
    queue.tell(connection, item_id, at, "answered elsewhere", **detail)


_ROW = select(answers.c.id).where(answers.c.channel == bindparam("of_channel"), answers.c.key == bindparam("of_key"))
_KNOWN = (
    select(answers.c.id)
    .where(answers.c.message_id == bindparam("of_id"))
    .union_all(select(outbox.c.id).where(outbox.c.message_id == bindparam("of_id"), has_message_id))
    .limit(1)
)
_MESSAGE = select(messages.c.item_id).where(
    messages.c.channel == bindparam("of_channel"), messages.c.key == bindparam("of_key")
)
_THREAD = (threads.c.id, threads.c.client, threads.c.contact)
_THREAD_OF_CHAT = select(*_THREAD).where(
    threads.c.channel == bindparam("of_channel"), threads.c.chat == bindparam("of_chat")
)
_is_active = items.c.state.in_(sorted(state.value for state in ACTIVE))
_THREADS_OF_PEOPLE = (
    select(*_THREAD)
    .join_from(items, threads)
    .where(
        _is_active,
        items.c.medium == Medium.EMAIL.value,
        or_(
            items.c.contact.in_(bindparam("people", expanding=True)),
            items.c.client.in_(bindparam("clients", expanding=True)),
        ),
    )
    .distinct()
)
_of_threads = items.c.thread_id.in_(bindparam("threads", expanding=True))
_ITEMS = select(items).where(_of_threads, _is_active).order_by(items.c.id)
_WRITERS = (
    select(items.c.thread_id, messages.c.contact)
    .join_from(messages, items, messages.c.item_id == items.c.id)
    .where(_of_threads, _is_active)
    .distinct()
)
# Only the newest message of an item: what came after an answer still waits. By way of the few items that are active: an
# index by channel would lead through the whole history.
_AWAITED_MARKS = (
    select(messages.c.key)
    .join_from(items, messages, messages.c.item_id == items.c.id)
    .where(
        _is_active,
        messages.c.channel + "" == bindparam("of_channel"),
        messages.c.received_at == items.c.last_message_at,
        or_(items.c.answered_at.is_(None), items.c.answered_at < messages.c.received_at),
        ~exists().where(answers.c.channel == messages.c.channel, answers.c.key == messages.c.key + MARKED),
    )
)
_MARKED = (
    select(answers.c.id, answers.c.item_id, answers.c.sent_at)
    .join_from(items, messages, messages.c.item_id == items.c.id)
    .join(answers, (answers.c.channel == messages.c.channel) & (answers.c.key == messages.c.key + MARKED))
    .where(
        items.c.thread_id == bindparam("of_thread"),
        answers.c.sent_at > bindparam("sent_at", type_=Moment),
        items.c.state == ItemState.ANSWERED.value,
        items.c.answered_at == answers.c.sent_at,
    )
    .order_by(answers.c.id.desc())
)
_CLOSED_WITH = select(promises.c.id, promises.c.state).where(
    promises.c.item_id == bindparam("of_item"),
    promises.c.closed_at == bindparam("at", type_=Moment),
    promises.c.kept_by == KeptBy.MARK.value,
)
_MOVE_ITEM = update(items).where(items.c.id == bindparam("of_item"))
_MOVE_MARK = update(answers).where(answers.c.id == bindparam("of_answer"))
_AWAITING = (
    select(answers.c.awaits, answers.c.recipient, answers.c.sent_at, threads.c.client)
    .select_from(answers.outerjoin(threads, answers.c.thread_id == threads.c.id))
    .where(answers.c.awaits.in_(bindparam("ids", expanding=True)))
)
_FOUND = update(answers).where(answers.c.awaits == bindparam("of_ref"), answers.c.thread_id.is_(None))
_ACKNOWLEDGED_AT = (
    select(func.max(outbox.c.created_at, type_=Moment))
    .join_from(outbox, items, outbox.c.item_id == items.c.id)
    .where(items.c.thread_id == bindparam("of_thread"), is_ack, outbox.c.state != EntryState.DROPPED.value)
)
_ACKNOWLEDGED = update(threads).where(threads.c.id == bindparam("of_thread"))
