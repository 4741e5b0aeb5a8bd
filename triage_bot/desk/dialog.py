"""Where the conversation in a desk chat stands: her drafts, what the bot asked, which message shows which item.

Kept in the database, so it outlives a restart and is the same on all her devices. After a day without a word the
drafts and the question are forgotten.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

FORGOTTEN_AFTER = timedelta(hours=24)
MOST_SEEN = 50
"""Updates of which we remember that they were dealt with; Telegram repeats only the newest ones."""
MOST_CARDS = 100
MOST_DRAFTS = 10
MOST_SENT = 3
MOST_PARTS = 20
"""Messages of hers that one draft is made of and that she may still edit one by one; earlier ones become one."""


class DraftKind(StrEnum):
    """What becomes of the item once the draft was sent; the values are stored."""

    REPLY = "reply"
    ANSWER = "answer"  # a suggested one: as a reply
    DETAILS = "details"  # the client is asked, and the item waits for her
    EXCEPTION = "exception"  # the item stays open, the exemption is on record


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that she sent along; it lies at `path`."""

    path: str
    filename: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Draft:
    kind: DraftKind
    item_id: int
    version: int = 1  # a button of an older preview carries an older one
    parts: tuple[tuple[int, str], ...] = ()  # the message that said it, 0 for one of ours, and its text
    files: tuple[DraftFile, ...] = ()
    rewriting: bool = False  # her next message takes the place of the text
    answers: str = ""  # key of the client's message that the preview answered, which decides to whom it goes

    @property
    def text(self) -> str:
        return "\n\n".join(text for _, text in self.parts if text.strip()).strip()

    def said(self, message_id: int, text: str, files: tuple[DraftFile, ...] = ()) -> "Draft":
        """With a further message of hers."""
        kept = () if self.rewriting and text else self.parts
        parts = (*kept, (message_id, text)) if text else kept
        # The files of an album come with one text; a text alone rewrites the words, not the files.
        return replace(
            self, version=self.version + 1, parts=_joined(parts), files=(*self.files, *files), rewriting=False
        )

    def offered(self, kind: DraftKind, text: str, version: int) -> "Draft":
        """With a text of ours below what she wrote, in the place of one that was offered before."""
        # In a reply all is hers; in a long draft hers and ours may have become one.
        all_hers = self.kind is DraftKind.REPLY or len(self.parts) >= MOST_PARTS
        hers = tuple(part for part in self.parts if part[0] or all_hers)
        return Draft(kind, self.item_id, version, _joined((*hers, (0, text))), self.files)

    def holds(self, message_id: int) -> bool:
        return any(number == message_id for number, _ in self.parts)

    def edited(self, message_id: int, text: str) -> "Draft | None":
        """With one of her messages changed; None if none of its parts is that message."""
        if not self.holds(message_id):
            return None
        parts = tuple((number, text if number == message_id else old) for number, old in self.parts)
        return replace(self, version=self.version + 1, parts=parts)


def _joined(parts: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    if len(parts) <= MOST_PARTS:
        return parts
    earlier, rest = parts[: 1 - MOST_PARTS], parts[1 - MOST_PARTS :]
    return ((0, "\n\n".join(text for _, text in earlier)), *rest)


@dataclass(frozen=True, slots=True)
class Card:
    """What a message of ours shows, and the list that it was opened from."""

    message_id: int
    item_id: int
    back: str = ""


@dataclass(frozen=True, slots=True)
class Dialog:
    drafts: tuple[Draft, ...] = ()  # at most one an item, the newest last
    at: int = 0  # the item whose draft her next message goes to, 0 for none
    snoozing: int = 0  # the item that she is asked a date for
    cards: tuple[Card, ...] = ()
    sent: tuple[Draft, ...] = ()  # what went or was discarded last, should she take it back
    seen: tuple[int, ...] = ()  # updates that were dealt with

    def draft_of(self, item_id: int) -> Draft | None:
        return next((draft for draft in self.drafts if draft.item_id == item_id), None)

    @property
    def current(self) -> Draft | None:
        return self.draft_of(self.at) if self.at else None

    def with_draft(self, draft: Draft) -> "Dialog":
        others = tuple(other for other in self.drafts if other.item_id != draft.item_id)
        return replace(self, drafts=(*others, draft)[-MOST_DRAFTS:], at=draft.item_id, snoozing=0)

    def without_draft(self, item_id: int) -> "Dialog":
        others = tuple(other for other in self.drafts if other.item_id != item_id)
        return replace(self, drafts=others, at=0 if self.at == item_id else self.at)

    def with_sent(self, draft: Draft) -> "Dialog":
        return replace(self.without_draft(draft.item_id), sent=(*self.sent, draft)[-MOST_SENT:])

    def with_taken_back(self, item_id: int) -> "Dialog":
        """What was sent about an item is a draft again, of which no preview stands in the chat."""
        draft = next((draft for draft in reversed(self.sent) if draft.item_id == item_id), None)
        if draft is None:
            return self
        others = tuple(other for other in self.sent if other is not draft)
        unseen = replace(draft, version=draft.version + 1, answers="")
        return replace(self.with_draft(unseen), sent=others)

    def card(self, message_id: int) -> Card | None:
        return next((card for card in reversed(self.cards) if card.message_id == message_id), None)

    def with_card(self, card: Card) -> "Dialog":
        others = tuple(other for other in self.cards if other.message_id != card.message_id)
        return replace(self, cards=(*others, card)[-MOST_CARDS:])

    def after(self, update_id: int) -> "Dialog":
        return replace(self, seen=(*self.seen, update_id)[-MOST_SEEN:])


NOTHING_SAID = Dialog()


def as_record(dialog: Dialog) -> Mapping[str, Any]:
    """Plain JSON values."""
    return asdict(dialog)


def from_record(changed_at: datetime, state: Mapping[str, Any], now: datetime) -> Dialog:
    """What was kept, as far as it still counts at `now`. What another version of the program wrote and this one cannot
    read is forgotten."""
    try:
        kept = Dialog(
            drafts=tuple(map(_draft, state.get("drafts", ()))),
            at=int(state.get("at", 0)),
            snoozing=int(state.get("snoozing", 0)),
            cards=tuple(Card(**card) for card in state.get("cards", ())),
            sent=tuple(map(_draft, state.get("sent", ()))),
            seen=tuple(map(int, state.get("seen", ()))),
        )
    except (KeyError, TypeError, ValueError):
        return NOTHING_SAID
    if now - changed_at > FORGOTTEN_AFTER:
        return replace(kept, drafts=(), at=0, snoozing=0, sent=())
    return kept


def _draft(row: Mapping[str, Any]) -> Draft:
    return Draft(
        kind=DraftKind(row["kind"]),
        item_id=int(row["item_id"]),
        version=int(row["version"]),
        parts=tuple((int(number), str(text)) for number, text in row["parts"]),
        files=tuple(DraftFile(**file) for file in row["files"]),
        rewriting=bool(row["rewriting"]),
        answers=str(row.get("answers", "")),
    )
