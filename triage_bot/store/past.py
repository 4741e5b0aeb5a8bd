"""What the database knows that bears on a batch of messages, and what the batch itself adds to it.

A few queries for a whole batch; their cost depends on the batch, never on the size of the history.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from triage_bot.core.history import History, PendingAck, Returned
from triage_bot.core.items import ACTIVE, Item
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.store import contacts
from triage_bot.store import past_queries as queries
from triage_bot.store.rows import Values, domain_of, item_of, same_text_of
from triage_bot.store.thread_refs import THREADS_BY_REF
from triage_bot.store.types import cleaned, to_microseconds
from triage_bot.values import dataclass

T = TypeVar("T")

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

REFS = 24
"""References of one message that are looked up: the nearest ones. A header may name thousands."""

_CHUNK = 500
_MICROSECOND = timedelta(microseconds=1)
_DAY = DAY // _MICROSECOND
_DIGITS = 5


@dataclass(slots=True)
class Thread:
    """`client` and `contact` are those of the message that began it."""

    id: int
    client: str
    contact: str
    acknowledged_at: datetime | None = None

    def admits(self, client: str, contact: str) -> bool:
        """Whether a message may join that quotes one of this thread's.

        Anybody can quote a Message-ID. So only the client's own contacts may, or the same address; and the address
        alone does not do once the thread is a client's and the sender is not taken for that client.
        """
        if client:
            return client == self.client or contact == self.contact
        return not self.client and contact == self.contact


@dataclass(frozen=True, slots=True)
class Traits:
    """What is computed once of a message."""

    contact: str
    fingerprint: str
    same_text: str
    refs: tuple[str, ...]
    chat: tuple[str, str] | None
    returned: str = ""  # Message-ID of the mail that a bounce is about
    business: bool = False  # it came past the bot's own chats: whoever blocked the bot may be answered there

    @classmethod
    def of(cls, message: IncomingMessage) -> "Traits":
        contact = cleaned(message.contact)
        # The chat that is answered: one person may write to the bot and, another chat, to her own account.
        thread = cleaned(message.refs[0]) if message.refs else contact
        chat = (message.channel, thread) if message.medium is Medium.CHAT and contact else None
        refs = () if chat else message.refs
        if len(refs) > REFS:
            refs = (refs[0], *refs[1 - REFS :])
        returned = cleaned(message.report.message_id) if message.report else ""
        refs = tuple(map(cleaned, refs))
        return cls(contact, message.fingerprint, same_text_of(message), refs, chat, returned, bool(message.business))


@dataclass(frozen=True, slots=True)
class Pending:
    """An acknowledgement that waits for its time: the row that will be inserted, or that of its `id`."""

    ack: PendingAck
    row: Values


def same_text_on(same_text: str, received_at: datetime) -> str:
    """How the table has it: behind the day on which it came. What is new, and what is asked for, lies side by side in
    the index then, however long the history is."""
    return _on_day(max(to_microseconds(received_at), 0) // _DAY, same_text) if same_text else ""


def _on_day(day: int, same_text: str) -> str:
    return f"{day:0{_DIGITS}x}{same_text}"


class Past:
    def __init__(
        self,
        connection: Connection,
        batch: Sequence[tuple[IncomingMessage, Traits]],
        at: datetime,
        same_text_within: timedelta,
    ) -> None:
        """`batch` holds the messages that are new."""
        self._at = at
        all_traits = [traits for _, traits in batch]
        self._fingerprints = _known_fingerprints(connection, all_traits)
        self._same_texts = _same_texts(connection, all_traits, at, same_text_within)
        self._by_ref: dict[str, list[Thread]] = {}
        self._by_chat: dict[tuple[str, str], Thread] = {}
        known: dict[int, Thread] = {}
        _load_threads(connection, all_traits, known, self._by_ref)
        _load_chats(connection, all_traits, known, self._by_chat)
        self._active = _active_items(connection, known)
        self._closed = _closed_items(connection, known)
        self._acks = _Acknowledgements(connection, all_traits, at)
        self._pending = _pending(connection, known, at)
        self._absences: dict[str, str] = {}
        self._undeliverable: set[str] = set()
        for chunk in _chunks({traits.contact for traits in all_traits if traits.contact}):
            self._undeliverable |= contacts.among(connection, chunk)
            self._absences.update(contacts.told_of_absence(connection, chunk))
        self._greeted: dict[str, datetime] = {}
        for chunk in _chunks({traits.contact for traits in all_traits if traits.contact and traits.chat}):
            self._greeted.update(
                (row.recipient, row.newest_at) for row in connection.execute(queries.GREETED, {"chats": chunk})
            )
        self._returned: dict[str, Returned] = {}
        for chunk in _chunks({traits.returned for traits in all_traits if traits.returned}):
            self._returned.update(contacts.returned(connection, chunk))

    def thread_of(self, traits: Traits, client: str) -> Thread | None:
        if traits.chat is not None:
            return self._by_chat.get(traits.chat)
        if not traits.contact:
            return None
        for ref in traits.refs:
            candidates = [each for each in self._by_ref.get(ref, ()) if each.admits(client, traits.contact)]
            if candidates:
                return max(candidates, key=lambda each: each.id)
        return None

    def history(self, traits: Traits, thread: Thread | None) -> History:
        hour, day = self._acks.contacts.get(traits.contact, (0, 0))
        return History(
            known=traits.fingerprint in self._fingerprints,
            active_item=self._active.get(thread.id) if thread else None,
            closed_item=self._closed.get(thread.id) if thread else None,
            thread_acknowledged_at=thread.acknowledged_at if thread else None,
            contact_last_hour=hour,
            contact_last_day=day,
            domain_last_hour=self._acks.domains[domain_of(traits.contact)],
            all_last_hour=self._acks.all,
            same_text_at=self._same_texts.get(traits.same_text),
            pending_ack=self._pending[thread.id].ack if thread and thread.id in self._pending else None,
            contact_acknowledged=traits.contact in self._acks.ever,
            absence_told=self._absences.get(traits.contact, ""),
            undeliverable=traits.contact in self._undeliverable and not traits.business,
            greeted_at=self._greeted.get(traits.contact),
            returned=self._returned.get(traits.returned) if traits.returned else None,
        )

    def add_message(self, message: IncomingMessage, traits: Traits, thread: Thread | None) -> None:
        self._fingerprints.add(traits.fingerprint)
        if traits.same_text:
            before = self._same_texts.get(traits.same_text, message.received_at)
            self._same_texts[traits.same_text] = max(before, message.received_at)
        if thread is None:
            return
        if traits.chat is not None:
            self._by_chat[traits.chat] = thread
        self.add_message_id(message.message_id, thread)

    def add_message_id(self, message_id: str, thread: Thread) -> None:
        if message_id:
            self._by_ref.setdefault(cleaned(message_id), []).append(thread)

    def add_item(self, item: Item) -> None:
        side = self._active if item.state in ACTIVE else self._closed
        for other in (self._active, self._closed):
            known = other.get(item.thread_id)
            if known is not None and known.id == item.id:
                del other[item.thread_id]
        side[item.thread_id] = item

    def pending(self, thread: Thread) -> Pending | None:
        return self._pending.get(thread.id)

    def add_pending(self, thread: Thread, row: Values) -> None:
        self._pending[thread.id] = Pending(PendingAck(row["due_at"], row["recipient"]), row)

    def add_absence(self, contact: str, until_on: str) -> None:
        self._absences[contact] = until_on

    def add_greeting(self, chat: str) -> None:
        self._greeted[chat] = self._at

    def add_undeliverable(self, address: str) -> None:
        self._undeliverable.add(address)

    def add_acknowledgement(self, contact: str, thread: Thread) -> None:
        thread.acknowledged_at = self._at
        self._acks.add(contact)


class _Acknowledgements:
    """How many were recorded in the last hour and day."""

    def __init__(self, connection: Connection, all_traits: Sequence[Traits], at: datetime) -> None:
        since = {"hour": at - HOUR, "day": at - DAY}
        contacts = {traits.contact for traits in all_traits if traits.contact}
        domains = {domain for domain in map(domain_of, contacts) if domain}
        self.contacts: dict[str, tuple[int, int]] = {}
        for chunk in _chunks(contacts):
            for row in connection.execute(queries.ACKS_OF_CONTACTS, {**since, "contacts": chunk}):
                self.contacts[row.contact] = (row.in_hour, row.in_day)
        # Who was within the day was ever.
        rest = [(contact,) for contact in contacts - self.contacts.keys()]
        self.ever = {*self.contacts, *(row[0] for row in queries.ACKED_EVER.run(connection, rest))}
        self.domains: Counter[str] = Counter()
        for chunk in _chunks(domains):
            for row in connection.execute(queries.ACKS_OF_DOMAINS, {**since, "domains": chunk}):
                self.domains[row.domain] = row.in_hour
        self.all = connection.execute(queries.ALL_ACKS, since).scalar_one()

    def add(self, contact: str) -> None:
        hour, day = self.contacts.get(contact, (0, 0))
        if contact:
            self.contacts[contact] = (hour + 1, day + 1)
            self.ever.add(contact)
        if domain := domain_of(contact):
            self.domains[domain] += 1
        self.all += 1


def _known_fingerprints(connection: Connection, all_traits: Sequence[Traits]) -> set[str]:
    found: set[str] = set()
    for chunk in _chunks({traits.fingerprint for traits in all_traits}):
        found.update(connection.execute(queries.FINGERPRINTS, {"fingerprints": chunk}).scalars())
    return found


def _same_texts(
    connection: Connection, all_traits: Sequence[Traits], at: datetime, within: timedelta
) -> dict[str, datetime]:
    since = max(to_microseconds(at) - within // _MICROSECOND, 0)
    days = range(since // _DAY, to_microseconds(at) // _DAY + 2)  # the clock of who received it may be ahead
    texts = {traits.same_text for traits in all_traits if traits.same_text}
    found: dict[str, datetime] = {}
    for chunk in _chunks(_on_day(day, text) for day in days for text in texts):
        for row in connection.execute(queries.SAME_TEXTS, {"texts": chunk}):
            text = row.same_text[_DIGITS:]
            found[text] = max(found.get(text, row.newest_at), row.newest_at)
    return found


def _load_threads(
    connection: Connection, all_traits: Sequence[Traits], known: dict[int, Thread], by_ref: dict[str, list[Thread]]
) -> None:
    for chunk in _chunks({ref for traits in all_traits for ref in traits.refs if ref}):
        for row in connection.execute(THREADS_BY_REF, {"refs": chunk}):
            thread = known.setdefault(row.id, Thread(row.id, row.client, row.contact, row.acknowledged_at))
            by_ref.setdefault(row.message_id, []).append(thread)


def _load_chats(
    connection: Connection,
    all_traits: Sequence[Traits],
    known: dict[int, Thread],
    by_chat: dict[tuple[str, str], Thread],
) -> None:
    chats = {traits.chat for traits in all_traits if traits.chat is not None}
    for channel in {channel for channel, _ in chats}:
        for chunk in _chunks(chat for of_channel, chat in chats if of_channel == channel):
            for row in connection.execute(queries.THREADS_BY_CHAT, {"channel": channel, "chats": chunk}):
                thread = known.setdefault(row.id, Thread(row.id, row.client, row.contact, row.acknowledged_at))
                by_chat[channel, row.chat] = thread


def _active_items(connection: Connection, thread_ids: Iterable[int]) -> dict[int, Item]:
    """The newest active item of each thread."""
    found: dict[int, Item] = {}
    for chunk in _chunks(thread_ids):
        for row in connection.execute(queries.ACTIVE_ITEMS, {"threads": chunk}):
            item = item_of(row)
            found[item.thread_id] = item
    return found


def _closed_items(connection: Connection, thread_ids: Iterable[int]) -> dict[int, Item]:
    """The newest item of each thread that waits no more."""
    found: dict[int, Item] = {}
    for chunk in _chunks(thread_ids):
        for row in connection.execute(queries.CLOSED_ITEMS, {"threads": chunk}):
            item = item_of(row)
            found[item.thread_id] = item
    return found


def _pending(connection: Connection, threads_: Mapping[int, Thread], at: datetime) -> dict[int, Pending]:
    """The acknowledgements of these threads that have not fallen due."""
    recent = [each.id for each in threads_.values() if each.acknowledged_at and at - each.acknowledged_at < HOUR]
    found: dict[int, Pending] = {}
    for chunk in _chunks(recent):
        rows = connection.execute(queries.PENDING, {"threads": chunk, "now": at}).all()
        for row in sorted(rows, key=lambda row: row.id):
            ack = PendingAck(row.due_at, row.recipient)
            found[row.thread_id] = Pending(ack, {"id": row.id, "due_at": row.due_at, "recipient": row.recipient})
    return found


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    whole = list(values)
    for start in range(0, len(whole), _CHUNK):
        yield whole[start : start + _CHUNK]
