"""What is written because of a message: the acknowledgement to the client, the alert to the assistant.

Templates put it into words; here it gets its addressee, its thread and its time.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from triage_bot.core.agreement import Assistant, Client
from triage_bot.core.directory import Directory
from triage_bot.core.history import Returned, Undeliverable
from triage_bot.core.items import Item
from triage_bot.core.limits import Limits
from triage_bot.core.messages import BUSINESS_SPAN, IncomingMessage, Medium, OutgoingMessage
from triage_bot.core.replies import acknowledgement_id, references, reply_subject
from triage_bot.core.triage import Decision
from triage_bot.core.urgency import Urgency
from triage_bot.desk.buttons import Choice, card_buttons
from triage_bot.errors import where
from triage_bot.store.drafts import EntryDraft, EntryKind, ItemDraft
from triage_bot.store.rows import new_item
from triage_bot.template_contexts import TroubleContext, acknowledgement_context, item_context
from triage_bot.templates import Templates

log = logging.getLogger(__name__)

TELEGRAM_HTML = "telegram"

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of buttons, each a label and what it carries."""


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """A mail account's own addresses; the first is the main one."""

    addresses: tuple[str, ...]

    def written_to(self, message: IncomingMessage) -> str:
        """The address of hers that the client wrote to, the main one if none is named (a blind copy)."""
        return self.addressed_as([address.addr for address in (*message.to, *message.cc)])

    def addressed_as(self, named: Collection[str]) -> str:
        """The address of hers among those that a message names."""
        return next((own for own in self.addresses if own in named), self.addresses[0])


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Everything that is needed to write to a client or to an assistant. `desk` is the Telegram channel on which they
    are reached, "" if there is none."""

    directory: Directory
    limits: Limits
    templates: Templates
    identities: Mapping[str, MailIdentity]  # by channel
    desk: str = ""

    def client_of(self, decision: Decision) -> Client:
        known = self.directory.clients.get(decision.client)
        return known or self.directory.stranger(decision.locale)

    def reaches(self, assistant: Assistant) -> bool:
        """Whether she has a chat to which something can be sent."""
        return bool(self.desk) and assistant.telegram_id is not None

    def to_assistant(
        self,
        kind: EntryKind,
        texts: Sequence[str],
        due_at: datetime,
        *,
        assistant: Assistant,
        loud: bool = False,
        buttons: Buttons = (),
    ) -> tuple[EntryDraft, ...]:
        """Telegram messages to her, in their order; none where she has no chat. They come without a sound outside her
        hours, unless `loud`. The buttons stand under the last one."""
        if not self.reaches(assistant):
            return ()
        message = OutgoingMessage(
            Medium.CHAT,
            str(assistant.telegram_id),
            "",
            html=TELEGRAM_HTML,
            silent=not loud and not self.directory.is_working(assistant, due_at),
        )
        last = len(texts) - 1
        return tuple(
            EntryDraft(kind, self.desk, replace(message, text=text, buttons=buttons if number == last else ()), due_at)
            for number, text in enumerate(texts)
        )


def acknowledgement(
    by: Correspondence, message: IncomingMessage, decision: Decision, now: datetime
) -> tuple[EntryDraft, str]:
    """The outbox entry that acknowledges `message`, and the sentence in it that makes the promise."""
    client = by.client_of(decision)
    if client.greeting and not client.is_named(message):
        # "Panie Janie" is one person; somebody else of the same domain is greeted without a name.
        client = replace(client, greeting="")
    hers = by.directory.assistant_of(decision.client)
    context = acknowledgement_context(decision, client, hers, now)
    rendered = by.templates.acknowledgement(context, message.medium, decision.template)
    if message.medium is Medium.CHAT:
        # In a group it shows which message it is about.
        answered = message.message_id if message.sender_id else ""
        outgoing = OutgoingMessage(
            Medium.CHAT, str(message.chat_id), rendered.text, business=message.business, reply_to=answered
        )
    else:
        own = by.identities[message.channel].written_to(message)
        outgoing = OutgoingMessage(
            Medium.EMAIL,
            # The contact that is configured, where RFC 3834 section 4 prefers the return path: the agreement is with
            # this address, and a return path may be a machine's that counts bounces.
            to=message.header_from.addr,
            text=rendered.text,
            html=rendered.html,
            subject=reply_subject(message.subject),
            from_addr=own,
            from_name=hers.name,
            message_id=acknowledgement_id(message, own),
            in_reply_to=message.message_id,
            references=references(message),
            date=now.isoformat(),
        )
    drop_at = true_until(now, client, by.limits)
    if message.business:
        drop_at = min(drop_at, message.received_at + BUSINESS_SPAN)
    due_at = now + client.agreement.acknowledge_after.of(message.medium)
    if decision.urgency is Urgency.URGENT or due_at >= drop_at:
        due_at = now
    return EntryDraft(EntryKind.ACK, message.channel, outgoing, due_at, drop_at), rendered.promise


def true_until(now: datetime, client: Client, limits: Limits) -> datetime:
    """How long an acknowledgement may wait for a server: "today" and "tomorrow" are wrong after the client's
    midnight, and after hours it acknowledges nothing any more."""
    tomorrow_on = now.astimezone(client.zone).date() + timedelta(days=1)
    return min(now + limits.acknowledge_until, datetime.combine(tomorrow_on, time(0), client.zone).astimezone(UTC))


def is_worth_an_alert(active: Item | None, decision: Decision) -> bool:
    """Whether the assistant does not know of it yet: the first message of an item, or the one that made it urgent."""
    if active is None or active.alerted_at is None:
        return True
    return decision.urgency is Urgency.URGENT and active.urgency is not Urgency.URGENT


Alert = Callable[[Item], tuple[EntryDraft, ...]]


def alert(by: Correspondence, draft: ItemDraft, due_at: datetime, *, business: bool = False) -> Alert | None:
    """What tells the assistant of an urgent message at once: of the item that it will have begun or joined. None where
    she has no chat. `business`: the message came in a chat of her own account."""
    # What cannot be told fails here, and not in the midst of the transaction that records it.
    alone = _alert(by, new_item(draft, 0, 0, draft.last_message_at), due_at, business=business)

    def of(item: Item) -> tuple[EntryDraft, ...]:
        try:
            return _alert(by, item, due_at, business=business)
        except Exception as error:
            log.error("item %d: the alert says less than it might: %s", item.id, where(error))
            return alone

    return of if alone else None


def _alert(by: Correspondence, item: Item, due_at: datetime, *, business: bool) -> tuple[EntryDraft, ...]:
    """The Telegram message, with the buttons that the item has in the queue."""
    assistant, calendar = by.directory.assistant_of(item.client), by.directory.agreement(item.client).calendar
    text = by.templates.alert(item_context(item, assistant, due_at, by.directory))
    choice = Choice.of(item, is_working=calendar.is_working(due_at), unread=business)
    buttons = card_buttons(by.templates, assistant.locale, item, choice)
    return by.to_assistant(EntryKind.ALERT, [text], due_at, assistant=assistant, loud=True, buttons=buttons)


def bounced(by: Correspondence, lost: Undeliverable, returned: Returned, now: datetime) -> tuple[EntryDraft, ...]:
    """What the assistant is told of an acknowledgement that came back."""
    assistant = by.directory.assistant_of(returned.client)
    values = {
        "contact": returned.client or returned.recipient,
        "address": returned.recipient,
        "item": str(returned.item_id or ""),
        "error": " ".join(filter(None, (lost.status, lost.diagnostic))),
    }
    code = "ack_bounced" if lost.permanent else "ack_bounced_for_now"
    text = by.templates.trouble(TroubleContext(assistant.locale, assistant.zone, now, code, values))
    return by.to_assistant(EntryKind.ALERT, [text], now, assistant=assistant)
