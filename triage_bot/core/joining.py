"""What a message does to the queue: which item it joins, and what becomes of that item.

One item a thread, or a chat. Of a thread's items the newest active one counts, else the newest closed one.

    the message says      no item   open    snoozed  waiting   closed lately  closed long ago
    a new task            begins    joins   joins    joins     begins         begins
    anything to answer    begins    joins   joins    joins     reopens        begins
    the same, put better  begins    joins   joins    joins     reopens        begins
    "any news?"           begins    joins   joins    joins     reopens        begins
    "not needed any more" begins    joins   joins    joins     reopens        begins
    thanks, small talk    begins    stays   stays    stays     stays          begins
    a machine's           begins    stays   stays    joins     begins         begins
    a mail that came back begins    joins   joins    joins     reopens        begins
    somebody left alone   apart     stays   stays    stays     stays          stays

begins   an item of its own
joins    it is one more message of the item, which is open then
reopens  the same, of an item that was closed no longer than REOPENED_WITHIN ago
stays    it is written down with the item, and nothing else becomes of it
apart    an item of its own, dismissed at once: the assistant said that this is no client, and still finds it

Three things more. "Any news?" is counted since her last answer, and from the third on the item is urgent (`REMINDERS`).
"Not needed any more" closes nothing: the item says so, is lowered, and waits for her to press Done. An edited message
is one to answer, never a new task and never one more: it corrects what was said before, and an item of that one message
is what the correction makes of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from triage_bot.core.items import ACTIVE, RATED, SUGGESTED, TAGGED, TAKEN_BACK, Item, ItemState
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Kind, Reading

REOPENED_WITHIN = timedelta(days=7)
REMINDERS = 3
"""So many times a client asks before it is urgent."""
REMINDED = "reminded"
"""Code of the reason that says how often the client asked."""


class Said(StrEnum):
    """What a message is to the queue."""

    TASK = "a new task"
    MESSAGE = "anything to answer"
    EDIT = "the same, put better"
    REMINDER = "any news?"
    TAKEN_BACK = "not needed any more"
    QUIET = "thanks, small talk"
    MACHINE = "a machine's"
    RETURNED = "a mail that came back"
    ALONE = "somebody left alone"


class Way(StrEnum):
    """What becomes of it."""

    BEGINS = "begins"
    JOINS = "joins"
    REOPENS = "reopens"
    STAYS = "stays"
    APART = "apart"


class Found(StrEnum):
    """The item that a message finds in its thread."""

    NOTHING = "no item"
    OPEN = "open"
    SNOOZED = "snoozed"
    WAITING = "waiting"
    LATELY = "closed lately"
    LONG_AGO = "closed long ago"


def _row(*ways: Way) -> Mapping[Found, Way]:
    return MappingProxyType(dict(zip(Found, ways, strict=True)))


_B, _J, _R, _S = Way.BEGINS, Way.JOINS, Way.REOPENS, Way.STAYS
TABLE: Mapping[Said, Mapping[Found, Way]] = MappingProxyType(
    {
        Said.TASK: _row(_B, _J, _J, _J, _B, _B),
        Said.MESSAGE: _row(_B, _J, _J, _J, _R, _B),
        Said.EDIT: _row(_B, _J, _J, _J, _R, _B),
        Said.REMINDER: _row(_B, _J, _J, _J, _R, _B),
        Said.TAKEN_BACK: _row(_B, _J, _J, _J, _R, _B),
        Said.QUIET: _row(_B, _S, _S, _S, _S, _B),
        Said.MACHINE: _row(_B, _S, _S, _J, _B, _B),
        Said.RETURNED: _row(_B, _J, _J, _J, _R, _B),
        Said.ALONE: _row(Way.APART, _S, _S, _S, _S, _S),
    }
)

_FOUND = {ItemState.OPEN: Found.OPEN, ItemState.SNOOZED: Found.SNOOZED, ItemState.WAITING: Found.WAITING}


def found(active: Item | None, closed: Item | None, now: datetime) -> Found:
    """`active` is the thread's newest item that awaits the assistant, `closed` the newest that does not."""
    if active is not None:
        return _FOUND[active.state]
    if closed is None:
        return Found.NOTHING
    return Found.LATELY if now - closed.settled_at <= REOPENED_WITHIN else Found.LONG_AGO


def said(reading: Reading, urgency: Urgency, *, edited: bool, machine: bool, returned: bool, alone: bool) -> Said:
    """`machine`: no person wrote it; `returned`: it tells that mail of ours came back; `alone`: the assistant said that
    the sender is no client."""
    if alone:
        return Said.ALONE
    if returned:
        return Said.RETURNED
    if machine:
        return Said.MACHINE
    if edited:
        return Said.EDIT
    if urgency is not Urgency.URGENT:
        if not reading.needs_ack and (reading.kind in (Kind.THANKS, Kind.SMALLTALK) or urgency is Urgency.NONE):
            return Said.QUIET
        if reading.kind is Kind.CANCELLATION and reading.dropped:
            return Said.TAKEN_BACK
    return {Kind.TASK: Said.TASK, Kind.FOLLOWUP: Said.REMINDER}.get(reading.kind, Said.MESSAGE)


def reminders_with(active: Item | None, closed: Item | None, what: Said, way: Way) -> int:
    """How often the client has asked since the assistant's last answer, this message counted."""
    one = int(what is Said.REMINDER)
    if way is Way.JOINS and active is not None:
        return one if active.state is ItemState.WAITING else active.reminders + one
    return one if way is Way.REOPENS and closed is not None else 0


_RANK = (Urgency.URGENT, Urgency.NORMAL, Urgency.LOW, Urgency.NONE)


def joined(item: Item, news: Item, way: Way = Way.JOINS, what: Said = Said.MESSAGE) -> Item:
    """`item` after a new message of its thread, which alone would have become `news`.

    Nothing that still waits is hidden by what came after it: a "thanks!" lowers no urgency, and of two promises the
    earlier one stands. Of an item that was closed nothing waits: it is what the news make it.
    """
    if way is Way.STAYS:
        return replace(
            item,
            messages=item.messages + news.messages,
            last_message_at=max(item.last_message_at, news.last_message_at),
        )
    fresh = item.state not in ACTIVE
    corrected = fresh or _is_corrected(item, what)
    first = news if corrected or _RANK.index(news.urgency) <= _RANK.index(item.urgency) else item
    told = news if fresh else _promise_that_stands(item, news)
    changed = replace(
        news,
        id=item.id,
        thread_id=item.thread_id,
        subject=item.subject or news.subject,
        state=ItemState.OPEN,
        urgency=first.urgency,
        kind=first.kind,
        because=_with_tags(first, item if first is news else news),
        opened_at=item.opened_at,
        last_message_at=max(item.last_message_at, news.last_message_at),
        messages=item.messages + (0 if what is Said.EDIT else news.messages),
        check_at=told.check_at or (None if fresh else item.check_at) or news.check_at,
        promise_at=told.promise_at or (None if fresh else item.promise_at) or news.promise_at,
        promise_sentence=told.promise_sentence,
        deadline=news.deadline or ("" if corrected else item.deadline),
        silence=news.silence if item.silence or fresh else "",
        alerted_at=news.alerted_at or (None if fresh else item.alerted_at),
        digested_at=None if fresh else item.digested_at,
        touched_at=item.touched_at,
        answered_at=item.answered_at,
        reminders=reminders_with(None if fresh else item, item if fresh else None, what, way),
    )
    return _taken_back(changed, news) if what is Said.TAKEN_BACK else changed


def _is_corrected(item: Item, what: Said) -> bool:
    """Whether the news say anew all that the item was about; how urgent it is, she may have said herself."""
    return what is Said.EDIT and item.messages == 1 and all(reason.code != RATED for reason in item.because)


def begun(news: Item, way: Way, what: Said) -> Item:
    """The item of a message that joins none."""
    if way is Way.APART:
        return replace(news, state=ItemState.DISMISSED)
    return replace(news, reminders=1) if what is Said.REMINDER else news


def _taken_back(item: Item, news: Item) -> Item:
    """What is taken back hurries nobody, whatever was said of it before."""
    kept = (reason for reason in item.because if reason.code in (TAGGED, SUGGESTED) and reason not in news.because)
    return replace(
        item, urgency=news.urgency, kind=news.kind, deadline="", because=(Reason(TAKEN_BACK), *news.because, *kept)
    )


def _with_tags(first: Item, other: Item) -> tuple[Reason, ...]:
    tagged = (reason for reason in other.because if reason.code in (TAGGED, SUGGESTED) and reason not in first.because)
    return (*first.because, *tagged)


def _promise_that_stands(item: Item, news: Item) -> Item:
    if not item.promise_sentence:
        return news
    if news.promise_sentence and news.promise_at and item.promise_at and news.promise_at < item.promise_at:
        return news
    return item
