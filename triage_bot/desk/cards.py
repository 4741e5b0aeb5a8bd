"""One item in full: what the client wrote, why it is judged as it is, what happened to it."""

from collections.abc import Sequence
from datetime import datetime

from triage_bot.core.items import Event, Item
from triage_bot.core.messages import Medium
from triage_bot.core.telegram_text import escape
from triage_bot.desk.buttons import carried
from triage_bot.desk.parsing import number_of
from triage_bot.desk.people import facts_of
from triage_bot.desk.said_by import TOLD_SO, code_of
from triage_bot.desk.visit import Answer, Visit
from triage_bot.reading import new_text
from triage_bot.store.drafts import StoredMessage
from triage_bot.template_contexts import shorten
from triage_bot.template_desk import AboutContext, MessageContext, cut, sizes
from triage_bot.wording import Preposition, moment

SCREEN = 12_000
"""Characters of clients' texts that one press shows; a button shows the following ones."""
READ_AT_MOST = 200_000
MOST_ATTACHMENTS = 30
MOST_FORWARDS = 10
MOST_MESSAGES = 20
HISTORY = 8
WHOLE_HISTORY = 40
FACTS = 800
VALUE = 120

EVENTS = frozenset(
    {
        *("received", "edited", "deleted", "decided", "acknowledged", "alerted", "digested", "replied", "told"),
        *("delayed", "dropped", "given_up", "in_doubt", "open", "snoozed", "waiting", "answered", "answered_in_part"),
        *("answered_elsewhere",),
        *("done", "dismissed", "taken_back", "rate", "note", "exemption", "late", "bound"),
        *("promise_at_risk", "promise_due", "promise_corrected", "correction_sent"),
    }
)
"""Kinds of events that `desk_words.txt` has words for: `event_<kind>`."""
_TOLD = ("by", "text", "why", "urgency", "until", "until_at", "promise_at", "to_at", "sentence")
"""Values of events that are told, in this order."""


def opened(visit: Visit, item: Item, argument: str = "") -> Answer:
    """The whole item, in messages of its own."""
    messages = visit.store.messages_of(item.id)
    card = visit.card(item)
    blocks, more = _texts(visit, messages, int(argument or 0))
    rows = card.rows
    if more is not None:
        rows = (((visit.words("button_more"), carried("more", item.id, str(more))),), *rows)
    if argument:
        return Answer(tuple(blocks), rows, item_id=item.id)
    return Answer(
        (*card.blocks, *blocks, about(visit, item, HISTORY, facts=True)),
        rows,
        item_id=item.id,
        forwards=_originals(messages),
    )


def why(visit: Visit, rest: str) -> Answer:
    number = number_of(rest)
    if number is None:
        return visit.say("why_usage")
    item = visit.item(number)
    if item is None:
        return visit.say("item_unknown", id=str(number))
    card = visit.card(item)
    return Answer((*card.blocks, about(visit, item, WHOLE_HISTORY)), card.rows, item_id=item.id)


def about(visit: Visit, item: Item, most: int, *, facts: bool = False) -> str:
    """Why, the history, and what is known of the client."""
    events = visit.store.history(item.id)
    known, known_more, trouble = facts_of(visit, item.client, FACTS) if facts else ("", False, "")
    context = AboutContext(
        locale=visit.locale,
        zone=visit.assistant.zone,
        now=visit.now,
        id=item.id,
        because=item.because[:12],
        history=tuple((_when(visit, event.at), _event(visit, event)) for event in events[-most:]),
        earlier=max(0, len(events) - most),
        facts=known or (visit.words("facts_trouble", error=trouble) if trouble else ""),
        facts_more=known_more,
    )
    return visit.templates.page(context)


def _when(visit: Visit, at: datetime) -> str:
    return moment(at, now=visit.now, zone=visit.assistant.zone, locale=visit.locale, preposition=Preposition.NONE)


def _event(visit: Visit, event: Event) -> str:
    kind = event.kind.replace(" ", "_")
    said = visit.words(f"event_{kind}") if kind in EVENTS else event.kind
    told = [_value(visit, key, event.values[key]) for key in _TOLD if event.values.get(key)]
    return f"{said}: {', '.join(told)}" if told else said


def _value(visit: Visit, key: str, value: str) -> str:
    if key.endswith("_at") or key == "until":
        try:
            return _when(visit, datetime.fromisoformat(value))
        except (TypeError, ValueError):
            pass
    told = shorten(str(value), VALUE)
    if key not in TOLD_SO:
        return told
    code = code_of(str(value))
    return visit.words(code) if code else visit.words("said_quoted", text=told)


def _texts(visit: Visit, messages: Sequence[StoredMessage], start: int) -> tuple[list[str], int | None]:
    """What the clients wrote, from a place in it on, as far as one screen goes; and where the rest begins."""
    blocks: list[str] = []
    passed, room = 0, SCREEN
    for message in messages[-MOST_MESSAGES:]:
        text = _own_words(message)
        begins, passed = passed, passed + len(text) + 1
        if passed <= start:
            continue
        skipped = max(0, start - begins)
        shown, left = cut(text[skipped:], room)
        blocks.append(_message(visit, message, shown, left, goes_on=skipped > 0))
        room -= len(shown)
        if left:
            return blocks, begins + skipped + len(shown)
        if room <= 0 and message is not messages[-1]:
            return blocks, passed
    return blocks, None


def _own_words(message: StoredMessage) -> str:
    text = message.text[:READ_AT_MOST]
    if message.medium is Medium.CHAT:
        return text.strip()
    parts = new_text.split(text)
    return "\n\n".join(filter(None, (parts.new, parts.forwarded))) or text.strip()


def _message(visit: Visit, message: StoredMessage, text: str, left: int, *, goes_on: bool) -> str:
    files = [(each.filename or each.media_type, each.size) for each in message.attachments[:MOST_ATTACHMENTS]]
    context = MessageContext(
        locale=visit.locale,
        who=shorten(message.contact_name or message.contact, 80),
        when=_when(visit, message.received_at),
        text=text,
        attachments=() if goes_on else sizes(files, visit.locale),
        goes_on=goes_on,
        more=left,
        deleted=message.deleted_at is not None,
    )
    return visit.templates.page(context)


def _originals(messages: Sequence[StoredMessage]) -> tuple[tuple[str, str], ...]:
    """Voice, photos and files that lie in a chat with the bot, to be forwarded as they are."""
    found: dict[str, str] = {}
    for message in messages:
        if message.medium is Medium.CHAT and message.attachments and not message.business and message.message_id:
            album = [part.rpartition("/")[2] for part in message.album]
            chat = message.message_id.rpartition("/")[0]
            place = f"{chat}/{','.join(album)}" if album else message.message_id
            found[place] = escape(", ".join(each.filename or each.media_type for each in message.attachments)[:500])
    return tuple(found.items())[-MOST_FORWARDS:]
