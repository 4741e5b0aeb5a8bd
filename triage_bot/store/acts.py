"""What the assistant does about an item, in one transaction: its state, its history, its promises, what leaves because
of it, and what taking it back needs. The ways that are allowed are `core.items.STEPS`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from triage_bot.core.causes import Cause
from triage_bot.core.items import TRANSITIONS, Item, ItemState, Step, leads_to, stepped
from triage_bot.core.kept import CalendarOf, KeptBy
from triage_bot.errors import UsageError
from triage_bot.store import deeds, ledger, outbox, standing
from triage_bot.store import items as queue
from triage_bot.store.drafts import Act, Acted, EntryKind, EntryState, Outcome
from triage_bot.store.rows import Values, item_row
from triage_bot.store.tables import is_unfinished
from triage_bot.store.tables import outbox as entries

SETTLES = frozenset({Step.ANSWER, Step.ASK, Step.DONE, Step.DISMISS})
"""Whoever was answered by her, or needs no answer, needs no acknowledgement any more."""
_MOVES = SETTLES | {Step.SNOOZE, Step.WAKE, Step.REOPEN}
"""Steps whose line in the history is the state that they lead to; the others have one of their own."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What an act has changed besides the item."""

    acks: list[int]
    promises: list[Values]
    given: int | None = None


def act(
    connection: Connection, act: Act, assistant: str, at: datetime, once: str, calendar_of: CalendarOf | None
) -> Acted:
    item = queue.by_id(connection, act.item_id)
    if deeds.was_done(connection, once):
        return Acted(Outcome.AGAIN, item, act.step)
    if item is None:
        return Acted(Outcome.UNKNOWN, None, act.step)
    if leads_to(act.step, item.state) is None:
        return Acted(Outcome.REFUSED, item, act.step)
    if act.step is Step.SNOOZE and (act.until is None or act.until <= at):
        raise UsageError(f"item {item.id} cannot be snoozed until a moment that has passed: name one that lies ahead")
    changed = stepped(item, act.step, at, until=act.until, urgency=act.urgency)
    done = _settle(connection, item, act, at, calendar_of)
    _write_down(connection, item, changed, act, at)
    if act.step is Step.REOPEN and item.state is ItemState.DISMISSED:
        standing.speak_to_again(connection, item.channel, item.contact)
    drafts = [*act.entries, *([act.correction.entry] if act.correction else [])]
    sent = outbox.add(connection, drafts, item.id, at)
    before = {
        "item": remembered(item),
        "after": remembered(changed),
        "acks": done.acks,
        "promises": done.promises,
        "given": done.given,
    }
    deeds.note(connection, act.step, assistant, at, once, before, item_id=item.id, entries=sent)
    return Acted(Outcome.DONE, queue.by_id(connection, item.id), act.step, tuple(sent))


def remembered(item: Item) -> Values:
    """The fields that an act changes, as JSON values."""
    row = item_row(item)
    return {
        name: row[name].astimezone(UTC).isoformat() if isinstance(row[name], datetime) else row[name]
        for name in queue.CHANGEABLE
    }


def _write_down(connection: Connection, item: Item, changed: Item, act: Act, at: datetime) -> None:
    queue.save(connection, changed)
    detail = {
        "by": act.by,
        "until_at": act.until.isoformat() if act.until else "",
        "urgency": act.urgency.value if act.urgency else "",
        "text": act.text,
    }
    if act.step in _MOVES:
        queue.tell(connection, item.id, at, changed.state.name.lower(), **detail, from_=item.state.value)
        return
    if changed.state is not item.state:
        queue.tell(connection, item.id, at, changed.state.name.lower(), by=act.by, from_=item.state.value)
    queue.tell(connection, item.id, at, act.step.value, **detail)


def _settle(connection: Connection, item: Item, act: Act, at: datetime, calendar_of: CalendarOf | None) -> _Done:
    """What becomes of the acknowledgements that wait and of the promises."""
    acks = unsaid(connection, item.id) if act.step in SETTLES else {}
    for entry_id in acks:
        outbox.close(connection, entry_id, EntryState.DROPPED, at, Cause.SETTLED_BEFORE)
    by = _closes_by(item, act)
    closed = []
    if by is not None:
        untold = set(acks.values())
        closed = ledger.close_promises(connection, item.id, at, by, calendar_of, untold=untold)
    given = ledger.give(connection, item.id, act.correction, at) if act.correction else None
    return _Done(list(acks), closed, given)


def _closes_by(item: Item, act: Act) -> KeptBy | None:
    """By what the promises of an item are closed at once; None: they stay open, or until her reply has been sent."""
    if act.step is Step.DISMISS or (act.step is Step.DONE and item.is_taken_back):
        return KeptBy.NOT_WANTED
    if act.step is Step.DONE:
        return KeptBy.HAND
    if act.step in (Step.ANSWER, Step.ASK):
        return None if any(entry.kind is EntryKind.REPLY for entry in act.entries) else KeptBy.HAND
    return KeptBy.LATE if act.step is Step.LATE else None


def unsaid(connection: Connection, item_id: int) -> dict[int, datetime]:
    """The acknowledgements of an item that have not begun to leave, with the moments at which they were made."""
    return {row.id: row.created_at for row in connection.execute(_UNSAID, {"of_item": item_id})}


# What the program does by itself


def transition(
    connection: Connection, item_id: int, to: ItemState, at: datetime, by: str, calendar_of: CalendarOf | None = None
) -> Item:
    item = queue.by_id(connection, item_id)
    if item is None:
        raise UsageError(f"there is no item {item_id}")
    allowed = TRANSITIONS[item.state]
    if to not in allowed:
        ways = ", ".join(state.value for state in ItemState if state in allowed)
        raise UsageError(f"item {item_id} is {item.state.value} and cannot become {to.value}; it can become: {ways}")
    step = _STEP_TO[to] if to is not ItemState.OPEN or item.state is not ItemState.SNOOZED else Step.WAKE
    act = Act(step, item_id, by)
    changed = stepped(item, step, at)
    _settle(connection, item, act, at, calendar_of)
    _write_down(connection, item, changed, act, at)
    return _present(connection, item_id)


_STEP_TO = {
    ItemState.OPEN: Step.REOPEN,
    ItemState.SNOOZED: Step.SNOOZE,
    ItemState.WAITING: Step.ASK,
    ItemState.ANSWERED: Step.ANSWER,
    ItemState.DONE: Step.DONE,
    ItemState.DISMISSED: Step.DISMISS,
}


def wake(connection: Connection, now: datetime) -> list[int]:
    asleep = queue.to_wake(connection, now)
    for item in asleep:
        # That it comes back is the program's doing: she has not touched it.
        woken = stepped(item, Step.WAKE, item.touched_at or now)
        _write_down(connection, item, woken, Act(Step.WAKE, item.id, Cause.TIME_COME), now)
    return [item.id for item in asleep]


def answered(
    connection: Connection,
    item_id: int,
    answered_at: datetime,
    at: datetime,
    by: KeptBy,
    calendar_of: CalendarOf | None = None,
) -> bool:
    """Note that she answered an item past the bot at `answered_at`, which was noticed at `at`. What the client wrote
    later still waits: the item is answered only if there is nothing of the kind. False: there is no such item, or she
    has closed it herself."""
    item = queue.by_id(connection, item_id)
    if item is None or leads_to(Step.ANSWER, item.state) is None:
        return False
    if answered_at >= item.last_message_at:
        acks = unsaid(connection, item_id)
        for entry_id in acks:
            outbox.close(connection, entry_id, EntryState.DROPPED, at, Cause.SETTLED_BEFORE)
        act = Act(Step.ANSWER, item_id, by.value)
        _write_down(connection, item, stepped(item, Step.ANSWER, answered_at), act, at)
        ledger.close_promises(connection, item_id, answered_at, by, calendar_of, untold=set(acks.values()))
    elif ledger.close_promises(connection, item_id, answered_at, by, calendar_of):
        queue.tell(connection, item_id, at, "answered in part", by=by.value)
    return True


# What becomes of her replies


def delivered(
    connection: Connection, replies: Sequence[tuple[int, datetime, datetime]], calendar_of: CalendarOf | None
) -> None:
    """Replies (item, made at, sent at) have left. Once no part of an answer is on its way, the client has it."""
    for item_id, made_at, sent_at in replies:
        if connection.execute(_ON_ITS_WAY, {"of_item": item_id}).first() is None:
            ledger.close_promises(connection, item_id, sent_at, KeptBy.DESK, calendar_of, until=made_at)


def undelivered(connection: Connection, item_id: int, made_at: datetime, at: datetime) -> None:
    """A reply will not arrive: the item awaits her again, unless something happened to it since."""
    item = queue.by_id(connection, item_id)
    if item is None or item.touched_at != made_at or item.state not in (ItemState.ANSWERED, ItemState.WAITING):
        return
    reopened = stepped(item, Step.REOPEN, made_at)
    _write_down(connection, item, reopened, Act(Step.REOPEN, item_id, Cause.REPLY_LOST), at)


def _present(connection: Connection, item_id: int) -> Item:
    item = queue.by_id(connection, item_id)
    if item is None:
        raise UsageError(f"there is no item {item_id}")
    return item


_UNSAID = select(entries.c.id, entries.c.created_at).where(
    entries.c.item_id == bindparam("of_item"),
    entries.c.kind == EntryKind.ACK.value,
    entries.c.state == EntryState.WAITING.value,
    entries.c.leased_by == "",
)
_ON_ITS_WAY = select(entries.c.id).where(
    entries.c.item_id == bindparam("of_item"), entries.c.kind == EntryKind.REPLY.value, is_unfinished
)
