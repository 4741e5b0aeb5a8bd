"""Which items something answers that she wrote past the bot.

A mail, by its references: the newest message that it refers to says which thread it belongs to, and somebody of that
thread, or of its client, must be among the recipients (a mail that she hands on to a colleague refers to the client's
too). A mail without known references, by recipient and subject within the span of the thread. A message in a chat
belongs to that chat. Of several items of one thread the newest active one is answered.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage_bot.core.items import ACTIVE, Item
from triage_bot.core.messages import Medium, OwnMessage

LONGEST_SPAN = timedelta(days=30)
"""After a client's last message no mail is taken for its answer by the subject alone."""
MOST_RECIPIENTS = 20
"""Of a mail to more of them the others are not looked at: it is an announcement, and no answer."""
MOST_AWAITED = 3

# Of replies and of what is handed on, in the languages of our users and in those of their mail programs.
_MARKS = re.compile(
    r"\s*(?:(?:re|odp|odg|одг|aw|antw|sv|vs|rif|r|fwd?|pd|prosl|прос[лљ]|wg|tr|i|enc)"
    r"(?:\[\d{1,3}\]|\^\d{1,3})?\s?[:：]\s*)+",
    re.IGNORECASE,
)
_LONGEST_SUBJECT = 1000

ClientOf = Callable[[str], str]
"""The client whose contact an address is, "" for nobody's."""


class MatchedBy(StrEnum):
    """By what a message of hers was recognised as an answer."""

    REFERENCES = "references"
    SUBJECT = "recipient and subject"
    CHAT = "chat"
    MARK = "mark"  # \Answered, in the client's own message
    NOTHING = "nothing"  # it refers to what was not read yet


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thread that a message of hers may belong to. `item` is its newest active one, None if nothing waits in it;
    `referred_at` is when the newest message came to which hers refers, None if to none of this thread."""

    thread_id: int
    client: str
    contacts: frozenset[str]  # who wrote in it
    item: Item | None = None
    referred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Match:
    thread: Candidate
    recipient: str
    matched_by: MatchedBy
    answered_at: datetime


def answers_to(own: OwnMessage, candidates: Sequence[Candidate], client_of: ClientOf) -> list[Match]:
    """The threads that a message of hers belongs to, at most one for each client and stranger among its recipients."""
    if own.medium is Medium.CHAT:
        waiting = [each for each in candidates if each.item is not None]
        return [Match(each, _first(own.recipients), MatchedBy.CHAT, own.sent_at) for each in waiting[:1]]
    if own.sender and client_of(own.sender):
        return []  # somebody's mail that lies in the wrong folder
    recipients = own.recipients[:MOST_RECIPIENTS]
    referred = [each for each in candidates if each.referred_at is not None]
    matches = _by_references(own, recipients, referred, client_of)
    if referred and not matches:
        return []  # about a client, to somebody else
    return matches + _by_subject(own, recipients, candidates, matches, client_of)


def awaited(own: OwnMessage, known: Iterable[str], client_of: ClientOf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Message-IDs that a mail of hers refers to and that are not known yet, the nearest ones; and the clients'
    addresses among its recipients. What she answers may lie in a folder that is read later than her answer."""
    if own.medium is not Medium.EMAIL or (own.sender and client_of(own.sender)):
        return (), ()
    there = set(known)
    unknown = tuple(dict.fromkeys(ref for ref in own.refs if ref and ref not in there))[-MOST_AWAITED:]
    people = tuple(each for each in own.recipients[:MOST_RECIPIENTS] if client_of(each))
    return unknown, people


def bare_subject(subject: str) -> str:
    """What is left of a subject without the marks of replies and forwards, case and blanks."""
    text = unicodedata.normalize("NFKC", subject[:_LONGEST_SUBJECT])
    if marks := _MARKS.match(text):
        text = text[marks.end() :]
    return " ".join(text.casefold().split())


def _by_references(
    own: OwnMessage, recipients: Sequence[str], referred: Sequence[Candidate], client_of: ClientOf
) -> list[Match]:
    newest: dict[str, tuple[Candidate, str]] = {}
    for each in referred:
        recipient = _concerned(each, recipients, client_of)
        if not recipient:
            continue
        whose = each.client or recipient
        before = newest.get(whose)
        if before is None or _referred(each) > _referred(before[0]):
            newest[whose] = (each, recipient)
    # Nobody answers what has not come yet: if her clock says so, it is slow.
    return [
        Match(each, recipient, MatchedBy.REFERENCES, max(own.sent_at, each.referred_at or own.sent_at))
        for each, recipient in newest.values()
    ]


def _by_subject(
    own: OwnMessage,
    recipients: Sequence[str],
    candidates: Sequence[Candidate],
    matches: Sequence[Match],
    client_of: ClientOf,
) -> list[Match]:
    subject = bare_subject(own.subject)
    taken = {match.thread.thread_id for match in matches}
    done = {match.thread.client or match.recipient for match in matches}
    found: list[Match] = []
    waiting = sorted((each for each in candidates if _may_be_meant(each, own, subject)), key=_newest_first)
    for each in waiting:
        recipient = _concerned(each, recipients, client_of)
        whose = each.client or recipient
        if recipient and whose not in done and each.thread_id not in taken:
            found.append(Match(each, recipient, MatchedBy.SUBJECT, own.sent_at))
            done.add(whose)
    return found


def _may_be_meant(thread: Candidate, own: OwnMessage, subject: str) -> bool:
    item = thread.item
    if item is None or item.state not in ACTIVE or not subject or bare_subject(item.subject) != subject:
        return False
    return item.opened_at <= own.sent_at <= item.last_message_at + LONGEST_SPAN


def _concerned(thread: Candidate, recipients: Sequence[str], client_of: ClientOf) -> str:
    """The recipient who belongs to a thread, "" if none does."""
    for recipient in recipients:
        client = client_of(recipient)
        if client:
            if client == thread.client:
                return recipient
        elif recipient in thread.contacts:
            return recipient
    return ""


def _referred(thread: Candidate) -> tuple[float, int]:
    return (thread.referred_at.timestamp() if thread.referred_at else 0.0, thread.thread_id)


def _newest_first(thread: Candidate) -> tuple[float, int]:
    assert thread.item is not None
    return (-thread.item.opened_at.timestamp(), -thread.item.id)


def _first(values: Sequence[str]) -> str:
    return values[0] if values else ""
