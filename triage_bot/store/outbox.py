"""What happens to the entries of the outbox, and what of it becomes history of their items.

    waiting --claim--> waiting, leased --advance--> handing_over --advance--> sent
       ^                    |                            |---> in_doubt (the answer never came)
       |<------retry--------+<---------retry-------------|---> failed   (given up)
       |---> dropped

A lease is a name in `leased_by` and a `next_at` that lies ahead: when it runs out, the entry may be claimed again.
"""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from triage_bot.core.causes import Cause
from triage_bot.core.items import Event
from triage_bot.store.drafts import Entry, EntryDraft, EntryKind, EntryState
from triage_bot.store.prepared import Changes, Insertion
from triage_bot.store.rows import Values, entry_of, entry_row, event_row, letter_row
from triage_bot.store.tables import constant, events, is_trouble, is_unfinished, is_waiting, items, letters, outbox
from triage_bot.store.types import Moment, cleaned, from_microseconds, to_microseconds

REPEATABLE = frozenset({EntryKind.ALERT, EntryKind.DIGEST, EntryKind.DESK})
"""Told to the assistant herself: rather twice than not at all."""

_DELIVERED: dict[str, str] = {
    EntryKind.ACK: "acknowledged",
    EntryKind.ALERT: "alerted",
    EntryKind.REPLY: "replied",
    EntryKind.CORRECTION: "correction sent",
    EntryKind.NOTICE: "told",
}


def claim(
    connection: Connection, couriers: Collection[str], now: datetime, limit: int, lease: timedelta, worker: str
) -> list[Entry]:
    found = connection.execute(_CLAIMABLE, {"couriers": list(couriers), "now": now, "most": limit})
    ids = list(found.scalars())
    if not ids:
        return []
    values = {"leased_by": worker, "next_at": now + lease}
    leased = list(connection.execute(_LEASE, {"entries": ids, **values}).scalars())
    entries = {row.id: entry_of(row) for row in connection.execute(_BY_IDS, {"entries": leased})}
    return [entries[entry_id] for entry_id in ids if entry_id in entries]


def awaiting(connection: Connection, courier: str, recipients: Collection[str]) -> set[str]:
    """Those of the recipients to whom something is on its way or waits, be it for tomorrow."""
    values = [(courier, recipient) for recipient in recipients]
    return {recipient for (recipient,) in _AWAITING.run(connection, values)}


def next_due_at(connection: Connection, couriers: Collection[str]) -> datetime | None:
    return connection.execute(_NEXT_DUE, {"couriers": list(couriers)}).scalar_one_or_none()


def is_quiet(connection: Connection, now: datetime) -> bool:
    return connection.execute(_STIRRING, {"now": now}).first() is None


def handed_over_since(connection: Connection, courier: str, since: datetime) -> list[datetime]:
    """Reads the whole table: asked once at the start, and only where a quota is set."""
    return list(connection.execute(_HANDED_OVER_SINCE, {"of_courier": courier, "since": since}).scalars())


def mark_sent(
    connection: Connection, sent: Sequence[tuple[int, datetime, str]]
) -> list[tuple[int, datetime, datetime]]:
    """Also once more for an entry that is marked already: then nothing changes. Returns her replies among them: the
    item, when it was written and when it was sent."""
    moments = {entry_id: (at, cleaned(receipt)) for entry_id, at, receipt in sent}
    values = [(entry_id, to_microseconds(at), receipt) for entry_id, (at, receipt) in moments.items()]
    rows = {row[0]: row for row in _SENT.run(connection, values)}
    told, replies = [], []
    for entry_id, (at, receipt) in moments.items():
        if entry_id not in rows:
            continue
        _, item_id, kind, recipient, created_at = rows[entry_id]
        if item_id is not None and kind in _DELIVERED:
            detail = {"entry": str(entry_id), "to": recipient, "receipt": receipt}
            told.append(event_row(item_id, Event(at, _DELIVERED[kind], detail)))
            if kind == EntryKind.REPLY:
                replies.append((item_id, from_microseconds(created_at), at))
    if told:
        _DELIVERIES.run(connection, told)
    return replies


def mark_handing_over(connection: Connection, entries: Sequence[tuple[int, datetime]], worker: str) -> list[int]:
    """The entries that must not be handed over: no longer leased, or not to `worker` ("" asks for any lease)."""
    values = [(entry_id, to_microseconds(at), worker) for entry_id, at in entries]
    begun = {row[0] for row in _HANDING_OVER.run(connection, values)}
    return [entry_id for entry_id, _ in entries if entry_id not in begun]


def retry(connection: Connection, entry_id: int, due_at: datetime, error: str, at: datetime) -> None:
    values = {"of_entry": entry_id, "state": EntryState.WAITING.value, "next_at": due_at, "error": error}
    row = connection.execute(_RETRY, {**values, "leased_by": ""}).one_or_none()
    if row is None:
        return
    _tell(connection, row, "delayed", at, error)
    # Those behind it to the same recipient wait for it, also when a courier has them in hand already.
    connection.execute(
        _RELEASE_LATER, {"to_courier": row.courier, "to_recipient": row.recipient, "after": row.due_at, "than": row.id}
    )


def close(connection: Connection, entry_id: int, state: EntryState, at: datetime, why: str) -> bool:
    """Given up, in doubt or dropped; False if the entry has ended otherwise. Only what waits can be dropped."""
    statement = _DROP if state is EntryState.DROPPED else _CLOSE
    values = {"of_entry": entry_id, "state": state.value, "closed_at": at, "error": why, "leased_by": ""}
    row = connection.execute(statement, values).one_or_none()
    if row is not None:
        _tell(connection, row, _TOLD[state], at, why)
    return row is not None


def reply_of(connection: Connection, entry_id: int) -> tuple[int, datetime] | None:
    """The item that an entry answers, and when that was written; None if it is no reply of hers."""
    row = connection.execute(_REPLY, {"of_entry": entry_id}).one_or_none()
    return (row.item_id, row.created_at) if row is not None else None


def rewrite(connection: Connection, entry_id: int, draft: EntryDraft, at: datetime) -> bool:
    """An entry in a courier's hand waits again, and says something else."""
    row = entry_row(draft, None, "", at)
    values = {name: row[name] for name in ("message", "due_at", "next_at", "drop_at")}
    found = connection.execute(_REWRITE, {"of_entry": entry_id, "leased_by": "", **values}).one_or_none()
    if found is not None:
        reword(connection, [letter_row(entry_id, draft.message)])
        _tell(connection, found, "said anew", at, "it had waited too long to be true")
    return found is not None


def reword(connection: Connection, letters_: Sequence[Values]) -> None:
    """Entries say something else; those of versions before 0003 have no letter yet."""
    connection.execute(_FORGET, {"entries": [row["id"] for row in letters_]})
    connection.execute(_INSERT_LETTER, letters_)


def release(connection: Connection, entry_ids: Collection[int]) -> None:
    connection.execute(_RELEASE, {"entries": list(entry_ids)})


def interrupted(connection: Connection, couriers: Collection[str] | None = None) -> list[Entry]:
    """What the last run was handing over by these couriers (None: by any), and must not be sent again."""
    entries = _entries(connection, _of(_HANDED_OVER, couriers))
    return sorted((entry for entry in entries if entry.kind not in REPEATABLE), key=lambda entry: entry.id)


def free(connection: Connection, couriers: Collection[str]) -> None:
    """What anybody has in hand of these couriers' entries, and has not begun to hand over, waits again."""
    connection.execute(_RELEASE_ALL.where(outbox.c.courier.in_(couriers)))


def recover(connection: Connection, now: datetime, couriers: Collection[str] | None = None) -> list[Entry]:
    connection.execute(_RELEASE_ALL if couriers is None else _RELEASE_ALL.where(outbox.c.courier.in_(couriers)))
    doubtful: list[Entry] = []
    for entry in sorted(_entries(connection, _of(_HANDED_OVER, couriers)), key=lambda entry: entry.id):
        if entry.kind in REPEATABLE:
            retry(connection, entry.id, now, Cause.CUT_SHORT, now)
        else:
            close(connection, entry.id, EntryState.IN_DOUBT, now, Cause.CUT_SHORT)
            doubtful.append(replace(entry, state=EntryState.IN_DOUBT, closed_at=now, error=Cause.CUT_SHORT))
    return doubtful


def add(
    connection: Connection, drafts: Sequence[EntryDraft], item_id: int | None, at: datetime | None = None
) -> list[int]:
    if not drafts:
        return []
    contact = ""
    if item_id is not None:
        contact = connection.execute(select(items.c.contact).where(items.c.id == item_id)).scalar_one()
    rows = [entry_row(draft, item_id, contact, at or draft.due_at) for draft in drafts]
    messages = [draft.message for draft in drafts]
    returning = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)
    ids = list(connection.execute(returning, rows).scalars())
    connection.execute(_INSERT_LETTER, [letter_row(*each) for each in zip(ids, messages, strict=True)])
    return ids


def in_trouble(connection: Connection, state: EntryState) -> list[Entry]:
    return _entries(connection, _TROUBLE.where(outbox.c.state == state.value))


def _of(statement: Select[Any], couriers: Collection[str] | None) -> Select[Any]:
    return statement if couriers is None else statement.where(outbox.c.courier.in_(couriers))


def _entries(connection: Connection, statement: Select[tuple[object, ...]]) -> list[Entry]:
    return [entry_of(row) for row in connection.execute(statement)]


_TOLD = {EntryState.FAILED: "given up", EntryState.IN_DOUBT: "in doubt", EntryState.DROPPED: "dropped"}


def _tell(connection: Connection, row: Row[Any], kind: str, at: datetime, why: str) -> None:
    """The history of the entry's item, if it has one."""
    if row.item_id is not None:
        detail = {"entry": str(row.id), "what": row.kind, "to": row.recipient, "why": why}
        connection.execute(_INSERT_EVENT, event_row(row.item_id, Event(at, kind, detail)))


ENTRIES: Select[Any] = select(
    *(outbox.c[field.name] for field in fields(Entry)), letters.c.text, letters.c.html
).outerjoin_from(outbox, letters, letters.c.id == outbox.c.id)

_earlier = outbox.alias("earlier")
_is_earlier = (
    (_earlier.c.courier == outbox.c.courier)
    & (_earlier.c.recipient == outbox.c.recipient)
    & _earlier.c.state.in_([constant(EntryState.WAITING), constant(EntryState.HANDING_OVER)])
    & (tuple_(_earlier.c.due_at, _earlier.c.id) < tuple_(outbox.c.due_at, outbox.c.id))
)
_of_couriers = outbox.c.courier.in_(bindparam("couriers", expanding=True))

# One recipient gets her messages in their order: an entry waits while an earlier one is on its way, leased, or to be
# tried again later. (An earlier one that is due itself comes before it in the same claim.)
_CLAIMABLE = (
    select(outbox.c.id)
    .where(
        is_waiting,
        _of_couriers,
        outbox.c.next_at <= bindparam("now", type_=Moment),
        ~exists(
            select(literal(1)).where(
                _is_earlier,
                or_(_earlier.c.state == constant(EntryState.HANDING_OVER), _earlier.c.next_at > outbox.c.next_at),
            )
        ),
    )
    .order_by(outbox.c.next_at, outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)  # ignored by SQLite, which has one writer
)

# Those of them that stand behind one that is not among them, which itself waits for another, wait too.
_LEASE = (
    update(outbox)
    .where(
        outbox.c.id.in_(bindparam("entries", expanding=True)),
        ~exists(
            select(literal(1)).where(_is_earlier, _earlier.c.id.not_in(bindparam("entries", expanding=True)))
        ).correlate(outbox),
    )
    .returning(outbox.c.id)
)
_BY_IDS = ENTRIES.where(outbox.c.id.in_(bindparam("entries", expanding=True)))

# Entries behind another one to the same recipient have no time of their own.
_NEXT_DUE = (
    select(outbox.c.next_at)
    .where(is_waiting, _of_couriers, ~exists(select(literal(1)).where(_is_earlier)))
    .order_by(outbox.c.next_at)
    .limit(1)
)

_STIRRING = (
    select(literal(1))
    .select_from(outbox)
    .where(
        is_unfinished,
        or_(
            outbox.c.state == constant(EntryState.HANDING_OVER),
            outbox.c.leased_by != "",
            outbox.c.next_at <= bindparam("now", type_=Moment),
        ),
    )
    .limit(1)
)

_HANDED_OVER_SINCE = (
    select(outbox.c.handed_over_at)
    .where(outbox.c.courier == bindparam("of_courier"), outbox.c.handed_over_at > bindparam("since", type_=Moment))
    .order_by(outbox.c.handed_over_at)
)

_one = outbox.c.id == bindparam("of_entry")
_what = (outbox.c.id, outbox.c.item_id, outbox.c.kind, outbox.c.recipient)

# The hot path: for every message that leaves.
_SENT = Changes(
    "UPDATE outbox SET state = 'sent', leased_by = '', error = '', closed_at = given.column2, receipt = given.column3",
    ("BIGINT", "BIGINT", "TEXT"),
    "outbox.id = given.column1 AND outbox.state <> 'sent'",
    "RETURNING outbox.id, outbox.item_id, outbox.kind, outbox.recipient, outbox.created_at",
)
_HANDING_OVER = Changes(
    "UPDATE outbox SET state = 'handing_over', handed_over_at = given.column2",
    ("BIGINT", "BIGINT", "TEXT"),
    "outbox.id = given.column1 AND outbox.state = 'waiting' AND outbox.leased_by <> '' "
    "AND (given.column3 = '' OR outbox.leased_by = given.column3)",
    "RETURNING outbox.id",
)
_AWAITING = Changes(
    "SELECT given.column2",
    ("TEXT", "TEXT"),
    "EXISTS (SELECT 1 FROM outbox WHERE outbox.courier = given.column1 AND outbox.recipient = given.column2 "
    "AND outbox.state IN ('waiting', 'handing_over'))",
    "",
)
_DELIVERIES = Insertion(events)

_REPLY = select(outbox.c.item_id, outbox.c.created_at).where(
    _one, outbox.c.kind == EntryKind.REPLY.value, outbox.c.item_id.is_not(None)
)

_RETRY = (
    update(outbox)
    .where(_one, outbox.c.state.not_in([EntryState.SENT.value, EntryState.DROPPED.value]))
    .values(attempts=outbox.c.attempts + 1, handed_over_at=None, closed_at=None)
    .returning(*_what, outbox.c.courier, outbox.c.due_at)
)
_CLOSE = (
    update(outbox)
    .where(_one, outbox.c.state.not_in([EntryState.SENT.value, EntryState.DROPPED.value]))
    .returning(*_what)
)
_DROP = update(outbox).where(_one, is_waiting).returning(*_what)

_REWRITE = update(outbox).where(_one, is_waiting).returning(*_what)

_RELEASE = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("entries", expanding=True)), is_waiting, outbox.c.leased_by != "")
    .values(leased_by="", next_at=outbox.c.due_at)
)
_RELEASE_LATER = (
    update(outbox)
    .where(
        is_waiting,
        is_unfinished,
        outbox.c.leased_by != "",
        outbox.c.courier == bindparam("to_courier"),
        outbox.c.recipient == bindparam("to_recipient"),
        tuple_(outbox.c.due_at, outbox.c.id) > tuple_(bindparam("after", type_=Moment), bindparam("than")),
    )
    .values(leased_by="", next_at=outbox.c.due_at)
)
_RELEASE_ALL = update(outbox).where(is_waiting, outbox.c.leased_by != "").values(leased_by="", next_at=outbox.c.due_at)
# Sorted by the caller: asked to sort by id, SQLite reads the whole table in that order.
_HANDED_OVER = ENTRIES.where(is_unfinished, outbox.c.state == constant(EntryState.HANDING_OVER))
_TROUBLE = ENTRIES.where(is_trouble).order_by(outbox.c.id)
_INSERT_EVENT = insert(events)
_INSERT_LETTER = insert(letters)
_FORGET = delete(letters).where(letters.c.id.in_(bindparam("entries", expanding=True)))
