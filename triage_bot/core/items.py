"""Items, what may become of them, and what a message does to the open item of its thread."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from triage_bot.core.messages import Medium
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency

TAGGED = "tagged"
SUGGESTED = "suggested"
"""Codes of the reasons that carry a tag, or an answer that the assistant could give."""
"""Code of the reason that carries a tag. Tags stay with an item whatever else is said of it later."""


class ItemState(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    WAITING = "waiting for client"
    ANSWERED = "answered"
    DONE = "done"
    DISMISSED = "dismissed"


ACTIVE = frozenset({ItemState.OPEN, ItemState.SNOOZED, ItemState.WAITING})

TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        ItemState.OPEN: frozenset(ItemState) - {ItemState.OPEN},
        ItemState.SNOOZED: frozenset(ItemState) - {ItemState.SNOOZED},
        ItemState.WAITING: frozenset(ItemState) - {ItemState.WAITING},
        ItemState.ANSWERED: frozenset({ItemState.OPEN, ItemState.DONE}),
        ItemState.DONE: frozenset({ItemState.OPEN}),
        ItemState.DISMISSED: frozenset({ItemState.OPEN}),
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that awaits the assistant. `deadline` is an ISO date or moment as read from the text, "" for none;
    `silence` is the name of the suppression if the client was not acknowledged."""

    id: int
    thread_id: int
    client: str
    channel: str
    medium: Medium
    contact: str  # addr-spec or chat id
    contact_name: str
    subject: str
    excerpt: str  # the beginning of the newest new text
    state: ItemState
    urgency: Urgency
    kind: str
    opened_at: datetime
    last_message_at: datetime
    messages: int
    check_at: datetime | None
    promise_at: datetime | None
    promise_sentence: str  # what the client was told, "" if nothing
    deadline: str
    because: tuple[Reason, ...]
    silence: str
    alerted_at: datetime | None = None
    digested_at: datetime | None = None
    snoozed_until: datetime | None = None
    touched_at: datetime | None = None  # when she last did something about it
    answered_at: datetime | None = None
    reminders: int = 0  # follow-ups since her last answer

    @property
    def suggestions(self) -> tuple[tuple[str, str], ...]:
        """Names and answers of the questions of the configuration that were recognised."""
        found = (reason.values for reason in self.because if reason.code == SUGGESTED)
        return tuple(dict.fromkeys((values["name"], values["answer"]) for values in found))

    @property
    def tags(self) -> tuple[str, ...]:
        """What the user's rules assigned."""
        return tuple(dict.fromkeys(reason.values["tag"] for reason in self.because if reason.code == TAGGED))


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an item's history."""

    at: datetime
    kind: str  # "received", "decided", "acknowledged", "alerted", "digested", "done" ...
    values: Mapping[str, str]


_RANK = (Urgency.URGENT, Urgency.NORMAL, Urgency.LOW, Urgency.NONE)


def joined(item: Item, news: Item) -> Item:
    """`item` after a new message of its thread, which alone would have become `news`.

    Nothing that still waits is hidden by what came after it: a "thanks!" lowers no urgency, and of two promises the
    earlier one stands. A snoozed item, or one that waited for the client, is open again.
    """
    first = news if _RANK.index(news.urgency) <= _RANK.index(item.urgency) else item
    told = _promise_that_stands(item, news)
    return replace(
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
        messages=item.messages + news.messages,
        check_at=told.check_at or item.check_at or news.check_at,
        promise_at=told.promise_at or item.promise_at or news.promise_at,
        promise_sentence=told.promise_sentence,
        deadline=news.deadline or item.deadline,
        silence=news.silence if item.silence else "",
        alerted_at=news.alerted_at or item.alerted_at,
        digested_at=item.digested_at,
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
