"""What the bot says of itself: to who presses Start, and once to a stranger who writes; and what else a batch brings
that is no message: who may be written to, which chats have moved."""

from datetime import datetime, timedelta

from triage_bot.acknowledging import Correspondence, true_until
from triage_bot.channels.protocols import Batch, ChatReach, ChatStart
from triage_bot.core.agreement import Client
from triage_bot.core.history import History, Undeliverable
from triage_bot.core.limits import Limits
from triage_bot.core.messages import EARLIEST, IncomingMessage, Medium, OutgoingMessage
from triage_bot.core.suppression import Suppression
from triage_bot.core.triage import Decision
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import Beside, EntryDraft, EntryKind, Moved
from triage_bot.template_agreement import timetable
from triage_bot.template_contexts import TroubleContext
from triage_bot.wording import Preposition, clock_time, moment

WELCOME = "welcome"
NEWCOMER = "newcomer"
WORTH_SAYING = timedelta(hours=6)
"""So long after somebody pressed Start she is still told what this is."""

# Telegram's language_code of a person. Croats and Bosnians understand the Latin text.
_LOCALES = {"pl": Locale.PL, "sr": Locale.SR, "hr": Locale.SR, "bs": Locale.SR, "sh": Locale.SR, "en": Locale.EN}


def locale_of(language: str, usual: Locale) -> Locale:
    """The language to write in to somebody of whom only Telegram's language_code is known: English to who speaks none
    of ours, `usual` where Telegram tells nothing."""
    code = language.lower().replace("_", "-")
    if code.startswith("sr-cyrl"):
        return Locale.SR_CYRL
    return _LOCALES.get(code.partition("-")[0], Locale.EN) if code else usual


def besides(by: Correspondence, batch: Batch, now: datetime) -> Beside:
    """What is recorded of a batch beside its messages."""
    channel = batch.cursor.source
    return Beside(
        connections=batch.connections,
        greetings=tuple(welcome(by, start, channel, now) for start in batch.starts),
        blocked=tuple(_blocked(by, reach, channel, now) for reach in batch.reaches if not reach.reachable),
        unblocked=tuple(str(reach.chat_id) for reach in batch.reaches if reach.reachable),
        moves=tuple(
            Moved(channel, str(move.old_id), str(move.new_id), _client_at(by, channel, move.old_id))
            for move in batch.moves
        ),
    )


def welcome(by: Correspondence, start: ChatStart, channel: str, now: datetime) -> EntryDraft:
    """Two sentences for who pressed Start: what this is and when she works and looks, how she is reached at once."""
    known = by.directory.find(
        IncomingMessage(channel, Medium.CHAT, "", start.at, "", chat_id=start.chat_id, username=start.username)
    )
    client = known or by.directory.stranger(locale_of(start.language, by.directory.assistant.locale))
    agreement, assistant = client.agreement, by.directory.assistant_of(client.name)
    calendar = agreement.calendar
    agreed = timetable(calendar, client.locale)
    other_clock = now.astimezone(client.zone).utcoffset() != now.astimezone(calendar.zone).utcoffset()
    text = by.templates.to_client(
        client.locale,
        WELCOME,
        Medium.CHAT,
        {
            "assistant": assistant.name,
            "greeting": client.greeting,
            "known": known is not None,
            "acknowledged": known is not None and agreement.acknowledge,
            "hours": agreed.hours,
            "windows": agreed.windows,
            "clock": clock_time(now, zone=calendar.zone, locale=client.locale) if other_clock else "",
            "emergency_contact": agreement.emergencies.contact if known else "",
        },
    )
    message = OutgoingMessage(Medium.CHAT, str(start.chat_id), text)
    return EntryDraft(EntryKind.GREETING, channel, message, now, drop_at=now + WORTH_SAYING)


def is_new_here(message: IncomingMessage, decision: Decision) -> bool:
    """Whether a stranger wrote to the bot by herself. In her own chats and in groups she is not spoken to by a bot."""
    is_private = message.medium is Medium.CHAT and not message.business and not message.sender_id
    return is_private and decision.suppression is Suppression.UNKNOWN_SENDER and not message.edited


def for_stranger(
    by: Correspondence, message: IncomingMessage, decision: Decision, history: History, limits: Limits, now: datetime
) -> EntryDraft | None:
    """The polite line for somebody who is no client; None if she had it lately, or it would come too late."""
    recently = history.greeted_at is not None and now - history.greeted_at < limits.repeat_after
    flood = history.all_last_hour >= limits.all_per_hour
    if recently or flood or history.known or history.undeliverable or message.unreadable:
        return None
    if now - message.received_at > limits.acknowledge_until:
        return None
    person = by.client_of(decision)
    text = by.templates.to_client(
        person.locale, NEWCOMER, Medium.CHAT, {"assistant": _hers(by), "check": _check(decision, person, now)}
    )
    outgoing = OutgoingMessage(Medium.CHAT, str(message.chat_id), text)
    return EntryDraft(EntryKind.GREETING, message.channel, outgoing, now, drop_at=true_until(now, person, limits))


def _hers(by: Correspondence) -> str:
    return by.directory.assistant.name


def _check(decision: Decision, person: Client, now: datetime) -> str:
    if decision.promise is None:
        return ""
    return moment(
        decision.promise.check_at, now=now, zone=person.zone, locale=person.locale, preposition=Preposition.AT
    )


def _client_at(by: Correspondence, channel: str, chat_id: int) -> str:
    asked = IncomingMessage(channel, Medium.CHAT, "", EARLIEST, "", chat_id=chat_id)
    found = by.directory.find(asked)
    return found.name if found else ""


def _blocked(
    by: Correspondence, reach: ChatReach, channel: str, now: datetime
) -> tuple[Undeliverable, tuple[EntryDraft, ...]]:
    """A chat into which nothing can be sent, and what the assistant is told of it: nothing, unless it is a client's."""
    why = "the bot was removed from this group" if reach.group else "the bot was blocked there"
    lost = Undeliverable(str(reach.chat_id), reach.at, permanent=True, diagnostic=why)
    client = _client_at(by, channel, reach.chat_id)
    if not client:
        return lost, ()
    assistant = by.directory.assistant_of(client)
    code, values = "group_left" if reach.group else "chat_blocked", {"contact": client, "name": reach.name}
    text = by.templates.trouble(TroubleContext(assistant.locale, assistant.zone, now, code, values))
    return lost, by.to_assistant(EntryKind.ALERT, [text], now, assistant=assistant)
