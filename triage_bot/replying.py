"""The assistant's own answer to a client, as it will go: to whom, from which address, in which thread.

What she wrote is text and nothing else. A mail gets her signature and what it answers, quoted; a chat gets her words
alone. The same for the desk on Telegram and for `triage-bot queue reply`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage_bot.acknowledging import Correspondence
from triage_bot.core.agreement import Client
from triage_bot.core.items import Item
from triage_bot.core.messages import BUSINESS_SPAN, Medium, OutgoingFile, OutgoingMessage
from triage_bot.core.replies import quoted, reference_chain, reply_id, reply_subject
from triage_bot.core.telegram_text import escape, plain, split
from triage_bot.errors import CannotReply
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import EntryDraft, EntryKind, StoredMessage
from triage_bot.wording import clock_time, date_words

MOST_IN_A_CHAT = 4096


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is ready to go. In a chat there is neither subject nor signature nor quote, and a long text
    takes several messages."""

    entries: tuple[EntryDraft, ...]
    to: str  # an address, or the name of whose chat it is
    subject: str
    text: str  # hers
    signature: str
    quote: str  # with the line that says whose words they are


def compose(
    by: Correspondence,
    item: Item,
    messages: Sequence[StoredMessage],
    text: str,
    now: datetime,
    *,
    due_at: datetime,
    files: Sequence[OutgoingFile] = (),
    kind: EntryKind = EntryKind.REPLY,
) -> Reply:
    """`messages` are those of the item, in their order; the newest is what is answered. Raises CannotReply if there is
    nobody to write to any more."""
    if item.medium is Medium.CHAT:
        return _to_a_chat(item, messages, text, due_at, files, kind)
    return _mail(by, item, messages, text, now, due_at, files, kind)


def reader_of(by: Correspondence, item: Item, messages: Sequence[StoredMessage]) -> tuple[Client, Locale]:
    """The client of an item, and the language that the newest message is answered in."""
    known = by.directory.clients.get(item.client)
    said = next((message.decision.get("locale") for message in reversed(messages) if message.decision), None)
    locale = Locale(said) if said else (known or by.directory.assistant).locale
    return known or by.directory.stranger(locale), locale


def _mail(
    by: Correspondence,
    item: Item,
    messages: Sequence[StoredMessage],
    text: str,
    now: datetime,
    due_at: datetime,
    files: Sequence[OutgoingFile],
    kind: EntryKind,
) -> Reply:
    identity = by.identities.get(item.channel)
    if identity is None:
        what = f"the mailbox {item.channel} is no longer configured: nothing can be sent from it"
        raise CannotReply("reply_no_mailbox", what)
    if not item.contact:
        raise CannotReply("reply_no_address", f"item {item.id} has no address to answer to")
    assistant = by.directory.assistant_of(item.client)
    answered = messages[-1] if messages else None
    own = identity.addressed_as(answered.written_to if answered else ())
    signature = assistant.signature or assistant.name
    quote = _quote(by, item, messages, now)
    message = OutgoingMessage(
        Medium.EMAIL,
        to=item.contact,
        text="\n\n".join(filter(None, (text.strip(), signature, quote))) + "\n",
        subject=reply_subject(answered.subject if answered else item.subject),
        from_addr=own,
        from_name=assistant.name,
        message_id=reply_id(item.id, now, text, own),
        in_reply_to=answered.message_id if answered else "",
        references=reference_chain(answered.refs, answered.message_id) if answered else (),
        automatic=False,
        date=due_at.isoformat(),
        files=tuple(files),
    )
    entry = EntryDraft(kind, item.channel, message, due_at)
    return Reply((entry,), item.contact, message.subject, text.strip(), signature, quote)


def _quote(by: Correspondence, item: Item, messages: Sequence[StoredMessage], now: datetime) -> str:
    if not messages or not messages[-1].text.strip():
        return ""
    answered = messages[-1]
    client, locale = reader_of(by, item, messages)
    written_at = answered.sent_at or answered.received_at
    on, today = written_at.astimezone(client.zone).date(), now.astimezone(client.zone).date()
    values = {
        "day": date_words(on, today=today, locale=locale),
        "time": clock_time(written_at, zone=client.zone, locale=locale),
        "name": " ".join((answered.contact_name or answered.contact).split()),
    }
    return f"{by.templates.desk(locale, 'quote_intro', values)}\n{quoted(answered.text)}"


def _to_a_chat(
    item: Item,
    messages: Sequence[StoredMessage],
    text: str,
    due_at: datetime,
    files: Sequence[OutgoingFile],
    kind: EntryKind,
) -> Reply:
    if not item.contact:
        raise CannotReply("reply_no_address", f"item {item.id} has no chat to answer in")
    last = messages[-1] if messages else None
    answered = last.message_id.rpartition("/")[2] if last else ""
    business = last.business if last else ""
    if last and business and last.received_at + BUSINESS_SPAN <= due_at:
        what = f"item {item.id}: Telegram lets nobody answer there a day after the client's last message"
        raise CannotReply("reply_too_late", what)
    parts = [plain(part) for part in split([escape(text.strip())], MOST_IN_A_CHAT)] or [""]
    entries = []
    for number, part in enumerate(parts):
        message = OutgoingMessage(
            Medium.CHAT,
            item.contact,
            part,
            automatic=False,
            business=business,
            reply_to=answered if number == 0 else "",
            files=tuple(files) if number == len(parts) - 1 else (),
        )
        entries.append(EntryDraft(kind, item.channel, message, due_at))
    return Reply(tuple(entries), item.contact_name or item.contact, "", text.strip(), "", "")
