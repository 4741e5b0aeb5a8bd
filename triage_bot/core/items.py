"""Items, and what may become of them. What a message does to the item of its thread is said in `core.joining`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from triage_bot.core.messages import Medium
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.values import dataclass

TAGGED = "tagged"
SUGGESTED = "suggested"
"""Codes of the reasons that carry a tag, or an answer that the assistant could give. They stay with an item whatever
else is said of it later."""
TAKEN_BACK = "taken_back"
"""Code of the reason that says that the client wants it no more. She closes it, or not."""
RATED = "rated"
"""Code of the reason that says that the assistant set the urgency herself."""


class ItemState(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    WAITING = "waiting for client"
    ANSWERED = "answered"
    DONE = "done"
    DISMISSED = "dismissed"


ACTIVE = frozenset({ItemState.OPEN, ItemState.SNOOZED, ItemState.WAITING})

CLOSED = frozenset(ItemState) - ACTIVE


class Step(StrEnum):
    """What the assistant, or the program for her, does about an item."""

    DONE = "done"
    SNOOZE = "snooze"
    WAKE = "wake"
    ANSWER = "answer"
    ASK = "ask"  # she asks back, and the client has to answer
    DISMISS = "dismiss"  # no client, or nothing to do
    REOPEN = "reopen"
    RATE = "rate"
    NOTE = "note"
    EXEMPTION = "exemption"  # she makes an exception to the agreement, and says so
    LATE = "late"  # the client is told of a new moment


_STAYS: Mapping[ItemState, ItemState] = {state: state for state in ItemState}


def _leads(to: ItemState, *states: ItemState) -> Mapping[ItemState, ItemState]:
    return dict.fromkeys(states, to)


STEPS: Mapping[Step, Mapping[ItemState, ItemState]] = MappingProxyType(
    {
        Step.DONE: _leads(ItemState.DONE, *ACTIVE, ItemState.ANSWERED),
        Step.SNOOZE: _leads(ItemState.SNOOZED, *ACTIVE),
        Step.WAKE: _leads(ItemState.OPEN, ItemState.SNOOZED),
        Step.ANSWER: _leads(ItemState.ANSWERED, *ACTIVE, ItemState.ANSWERED),
        Step.ASK: _leads(ItemState.WAITING, *ACTIVE, ItemState.ANSWERED),
        Step.DISMISS: _leads(ItemState.DISMISSED, *ACTIVE),
        Step.REOPEN: _leads(ItemState.OPEN, ItemState.WAITING, *CLOSED),
        Step.RATE: {state: state for state in ACTIVE},
        Step.NOTE: _STAYS,
        Step.EXEMPTION: {
            ItemState.OPEN: ItemState.OPEN,
            ItemState.SNOOZED: ItemState.OPEN,
            ItemState.WAITING: ItemState.WAITING,
        },
        Step.LATE: {ItemState.OPEN: ItemState.OPEN, ItemState.SNOOZED: ItemState.SNOOZED},
    }
)
"""The state that each step leads to from each state in which it is allowed."""

TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = MappingProxyType(
    {
        state: frozenset(ways[state] for ways in STEPS.values() if state in ways and ways[state] is not state)
        for state in ItemState
    }
)
"""The states that some step leads to from each."""


def leads_to(step: Step, state: ItemState) -> ItemState | None:
    """None: not allowed from there."""
    return STEPS[step].get(state)


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
    def is_taken_back(self) -> bool:
        return any(reason.code == TAKEN_BACK for reason in self.because)

    @property
    def settled_at(self) -> datetime:
        """When anything happened to it last: what the span runs from in which a message opens it again."""
        moments = (self.last_message_at, self.answered_at, self.touched_at)
        return max(moment for moment in moments if moment is not None)

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


def stepped(
    item: Item, step: Step, at: datetime, *, until: datetime | None = None, urgency: Urgency | None = None
) -> Item:
    """`item` after a step that is allowed, taken at `at`. `until` is when a snoozed one comes back, `urgency` what it
    is rated."""
    to = STEPS[step][item.state]
    settles = step in (Step.ANSWER, Step.ASK, Step.DONE, Step.DISMISS)
    changed = replace(
        item,
        state=to,
        touched_at=at,
        snoozed_until=until if step is Step.SNOOZE else item.snoozed_until if to is ItemState.SNOOZED else None,
        answered_at=at if step in (Step.ANSWER, Step.ASK) else item.answered_at,
        reminders=0 if settles else item.reminders,
    )
    if step is Step.RATE and urgency is not None:
        kept = tuple(reason for reason in item.because if reason.code != RATED)
        return replace(changed, urgency=urgency, because=(Reason(RATED, {"urgency": urgency.value}), *kept))
    return changed
