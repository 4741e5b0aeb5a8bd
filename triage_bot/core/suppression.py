"""Why a message is not acknowledged: first whether a machine wrote it, then whether this one may be answered now.

Silence is not deletion. A message that is not acknowledged is queued like any other, and says why nobody was told.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from triage_bot.core.addresses import writable
from triage_bot.core.authentication import Authentication, authentication
from triage_bot.core.header_values import plain
from triage_bot.core.history import History
from triage_bot.core.limits import Limits
from triage_bot.core.machine_text import Cue, cue, header_names, is_ours, lexicon
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.reading.model import Kind

__all__ = ["Limits", "MachineVerdict", "Ours", "Suppression", "hold_back", "machine"]


class Suppression(Enum):
    """Why we stay silent. The value is what the log and the digest show."""

    # A machine wrote it, or an answer would go nowhere good.
    OWN_MESSAGE = "one of our own messages"
    BOUNCE = "a bounce"  # RFC 3464
    READ_RECEIPT = "a read receipt"  # RFC 8098
    FEEDBACK_REPORT = "an abuse or feedback report"  # RFC 5965
    AUTO_REPLIED = "an automatic reply"  # RFC 3834 section 5
    AUTO_SUBMITTED = "sent by a machine"  # RFC 3834 section 5
    NULL_SENDER = "sent with an empty return path, as bounces are"  # RFC 3834 section 2
    CALENDAR = "a calendar notice"  # RFC 6047
    REPLIES_UNWANTED = "its sender asks for no automatic replies"  # X-Auto-Response-Suppress
    MAILING_LIST = "sent by a mailing list"  # RFC 2919, RFC 2369, RFC 5230 section 4.6
    BULK = "bulk mail"
    NEWSLETTER = "a newsletter"
    NO_REPLY_ADDRESS = "sent from an address that nobody reads"  # RFC 5230 section 4.6
    OUT_OF_OFFICE = "reads like an automatic reply"
    BOUNCE_TEXT = "reads like a bounce"
    NEWSLETTER_TEXT = "reads like a newsletter"
    NOTIFICATION_TEXT = "reads like a notification by a machine"
    AUTHENTICATION_FAILED = "its sender is not proven to be who it says"  # RFC 8601
    # This one is not acknowledged now.
    ANSWERED = "the assistant has answered it already"
    LEFT_ALONE = "the assistant said that this is no client"
    UNKNOWN_SENDER = "unknown sender"
    NO_ADDRESS = "no address to answer to"
    MAY_NOT_ANSWER = "the bot may not write into this chat"
    EDITED = "a correction of an earlier message"
    RESCANNED = "read again after the mailbox was rebuilt"
    SEEN_BEFORE = "a copy of a message that was seen before"
    UNREADABLE = "it could not be read"
    HEADERS_TOO_LONG = "its headers are too long to be read whole"
    NOT_AGREED = "no acknowledgements were agreed"
    PAUSED = "the assistant has paused all acknowledgements"
    UNDELIVERABLE = "mail to this contact came back"
    TOO_OLD = "too old to be acknowledged"
    NEEDS_NO_ANSWER = "it needs no answer"
    SAME_TEXT = "the same text came a moment ago"
    ABSENCE_TOLD = "this contact was told of the absence already"
    THREAD_ACKNOWLEDGED = "this thread was acknowledged already"
    CONTACT_HOUR = "this contact has had enough acknowledgements for this hour"
    CONTACT_DAY = "this contact has had enough acknowledgements for today"
    DOMAIN_HOUR = "this domain has had enough acknowledgements for this hour"
    BREAKER = "too many acknowledgements in this hour: all of them are stopped"


@dataclass(frozen=True, slots=True)
class Ours:
    """What gives our own mail away, and whom we believe about a sender. All lower case."""

    addresses: frozenset[str] = frozenset()
    message_id_domains: frozenset[str] = frozenset()  # right-hand sides of the Message-IDs that only we make
    authserv_ids: frozenset[str] = frozenset()  # names of our mail servers in Authentication-Results


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    suppression: Suppression
    kind: Kind | None  # None: it may well be a person's, but must not be believed


Rule = Callable[[IncomingMessage, Ours], Suppression | None]


def machine(message: IncomingMessage, ours: Ours) -> MachineVerdict | None:
    """Whether a machine wrote this, or something else forbids any answer whoever the contact is."""
    if message.medium is not Medium.EMAIL:
        return None
    for rule in MACHINE_RULES:
        suppression = rule(message, ours)
        if suppression is not None:
            return MachineVerdict(suppression, _kind(suppression))
    return None


_NEWSLETTERS = frozenset(
    {Suppression.MAILING_LIST, Suppression.BULK, Suppression.NEWSLETTER, Suppression.NEWSLETTER_TEXT}
)


def _kind(suppression: Suppression) -> Kind | None:
    if suppression is Suppression.AUTHENTICATION_FAILED:
        return None
    return Kind.NEWSLETTER if suppression in _NEWSLETTERS else Kind.NOTIFICATION


# As core.replies makes them: another assistant's bot writes the same, and two such bots fall silent at once.
_OUR_MESSAGE_ID = re.compile(r"ack\.[0-9a-f]{32}@")


def _own(message: IncomingMessage, ours: Ours) -> Suppression | None:
    mine = (
        _present(message, "ours")
        or _OUR_MESSAGE_ID.match(message.message_id) is not None
        or message.message_id.rpartition("@")[2].lower() in ours.message_id_domains
        or any(address.addr in ours.addresses for address in (*_authors(message), *message.senders, *message.reply_to))
        or is_ours(message)
    )
    return Suppression.OWN_MESSAGE if mine and not _is_report(message) else None


def _authors(message: IncomingMessage) -> tuple[Address, ...]:
    return (message.header_from, *message.authors)


def _declared(message: IncomingMessage) -> list[str]:
    return [plain(value) for value in message.headers.get("content-type", ())]


def _is_type(message: IncomingMessage, *media_types: str) -> bool:
    # Here and below lists are made, of hardly anything: any() takes twice as long, and all this is asked of every mail.
    return message.content_type in media_types or bool(
        [value for value in _declared(message) if value.startswith(media_types)]
    )


def _is_report(message: IncomingMessage) -> bool:
    return _is_type(message, "multipart/report")


_REPORTS = (
    ("disposition-notification", Suppression.READ_RECEIPT),
    ("feedback-report", Suppression.FEEDBACK_REPORT),
    ("delivery-status", Suppression.BOUNCE),
    ("global-delivery-status", Suppression.BOUNCE),
)


def _report(message: IncomingMessage, _: Ours) -> Suppression | None:
    """multipart/report (RFC 6522), and its parts where a gateway has changed the type around them."""
    is_report = _is_report(message)
    declared = " ".join(_declared(message)) if is_report else ""
    for subtype, suppression in _REPORTS:
        if f"message/{subtype}" in message.part_types or subtype in declared:
            return suppression
    return Suppression.BOUNCE if is_report or "x-failed-recipients" in message.headers else None


def _auto_submitted(message: IncomingMessage, _: Ours) -> Suppression | None:
    """Anything but "no" (RFC 3834 section 5): a keyword with parameters and comments, in any case."""
    for value in message.headers.get("auto-submitted", ()):
        keyword = plain(value).partition(";")[0].strip()
        if keyword and keyword != "no":
            replied = keyword.startswith(("auto-replied", "auto_replied"))
            return Suppression.AUTO_REPLIED if replied else Suppression.AUTO_SUBMITTED
    return None


def _marked_automatic(message: IncomingMessage, _: Ours) -> Suppression | None:
    headers = message.headers
    if _present(message, "auto_reply") or _precedences(message) & {"auto_reply", "auto-reply"}:
        return Suppression.AUTO_REPLIED
    marked = (*headers.get("x-post-messageclass", ()), *headers.get("delivered-to", ()))
    if any("autoresponder" in value.lower() for value in marked):
        return Suppression.AUTO_REPLIED
    if message.message_id.partition("@")[0].lower().endswith(("-vac", ".vac", "-vacation")):
        return Suppression.AUTO_REPLIED
    if _mailer(message, "mailers_auto"):
        return Suppression.AUTO_REPLIED
    return Suppression.AUTO_SUBMITTED if _present(message, "machine") else None


def _null_sender(message: IncomingMessage, _: Ours) -> Suppression | None:
    path = message.envelope_from
    if path == "":
        return Suppression.NULL_SENDER
    local = (path or "").rpartition("@")[0] or path or ""
    return Suppression.BOUNCE if _bare(local) in ("mailerdaemon", "postmaster") else None


_CALENDARS = ("text/calendar", "application/ics")


def _calendar(message: IncomingMessage, _: Ours) -> Suppression | None:
    classes = message.headers.get("content-class", ())  # Exchange's
    notice = (
        _is_type(message, *_CALENDARS)
        or not message.part_types.isdisjoint(_CALENDARS)
        or any("content-classes:calendarmessage" in value for value in map(plain, classes))
    )
    return Suppression.CALENDAR if notice else None


def _suppress_asked(message: IncomingMessage, _: Ours) -> Suppression | None:
    """Receipts (RN, NRN) are no business of ours; an out-of-office notice (OOF) is what our answer looks like."""
    for value in message.headers.get("x-auto-response-suppress", ()):
        if {"dr", "autoreply", "oof", "all"} & _words(value):
            return Suppression.REPLIES_UNWANTED
    return None


def _list(message: IncomingMessage, _: Ours) -> Suppression | None:
    headers = message.headers
    if "list-" in "\n".join(headers) and any(name.startswith("list-") for name in headers):
        only_leaving = not any(name in headers for name in ("list-id", "list-post", "list-help", "list-archive"))
        return Suppression.NEWSLETTER if only_leaving else Suppression.MAILING_LIST
    if _present(message, "list") or _mailer(message, "mailers_list"):
        return Suppression.MAILING_LIST
    # RFC 5230 section 4.6 names "owner-" and "-request"; "-bounces" is Mailman's.
    local = (message.envelope_from or "").rpartition("@")[0]
    senders = (
        local,
        message.header_from.addr.rpartition("@")[0],
        *_locals(message, "sender"),
        *_locals(message, "errors-to"),
    )
    if any(name.startswith("owner-") or name.endswith(("-request", "-owner", "-bounces")) for name in senders):
        return Suppression.MAILING_LIST
    return None


def _bulk(message: IncomingMessage, _: Ours) -> Suppression | None:
    precedences = _precedences(message)
    if precedences & {"bulk", "list", "junk"}:  # other values tell nothing: "first-class", "special-delivery"
        return Suppression.MAILING_LIST if "list" in precedences else Suppression.BULK
    if _present(message, "bulk") or _mailer(message, "mailers_bulk"):
        return Suppression.NEWSLETTER
    local, _at, domain = (message.envelope_from or "").rpartition("@")
    if "srs" in local:  # the path of forwarded mail, whoever wrote it
        return None
    bounces = any(label in ("bounce", "bounces", "bounced") for label in domain.split("."))
    return Suppression.BULK if bounces or local.startswith(("bounce-", "bounce+", "bounces", "verp")) else None


_BOUNCERS = frozenset({"mailerdaemon", "postmaster", "maildaemon", "maildeliverysubsystem"})


def _nobody(message: IncomingMessage, _: Ours) -> Suppression | None:
    senders = lexicon()["senders"]
    daemons = senders["daemons"]
    if not message.header_from.addr and _bare(message.header_from.name) in daemons:
        return Suppression.BOUNCE
    # A Sender that nobody reads may still pass on what a person wrote, as a contact form does; a bounce it never is.
    if any(_bare(address.addr.rpartition("@")[0]) in _BOUNCERS for address in message.senders):
        return Suppression.BOUNCE
    addresses = [address.addr for address in (*_authors(message), *message.reply_to)]
    addresses.append(message.envelope_from or "")
    for local in map(_bare, [address.rpartition("@")[0] for address in dict.fromkeys(addresses)]):
        if local in _BOUNCERS:
            return Suppression.BOUNCE
        if local in daemons or [mark for mark in senders["no_reply"] if mark in local]:
            return Suppression.NO_REPLY_ADDRESS
    return None


_CUES = {
    Cue.AUTO_REPLY: Suppression.OUT_OF_OFFICE,
    Cue.BOUNCE: Suppression.BOUNCE_TEXT,
    Cue.RECEIPT: Suppression.READ_RECEIPT,
    Cue.FEEDBACK: Suppression.FEEDBACK_REPORT,
    Cue.BULK: Suppression.NEWSLETTER_TEXT,
    Cue.NOTICE: Suppression.NOTIFICATION_TEXT,
    Cue.CALENDAR: Suppression.CALENDAR,
}


def _text(message: IncomingMessage, _: Ours) -> Suppression | None:
    found = cue(message)
    return _CUES[found] if found else None


def _forged(message: IncomingMessage, ours: Ours) -> Suppression | None:
    failed = authentication(message, ours.authserv_ids) is Authentication.FAILED
    return Suppression.AUTHENTICATION_FAILED if failed else None


MACHINE_RULES: tuple[Rule, ...] = (
    # The first that hits names the silence; the most telling name comes first.
    _own,
    _report,
    _auto_submitted,
    _marked_automatic,
    _null_sender,
    _calendar,
    _list,
    _bulk,
    _nobody,
    _suppress_asked,  # after what says more: Exchange writes it into newsletters and vacation notices alike
    _text,
    _forged,  # last: whoever forged it, a machine is still a machine
)


def _present(message: IncomingMessage, key: str) -> bool:
    """Whether it has one of the fields that the lexicon lists there."""
    headers, names = message.headers, header_names(key)
    if names.isdisjoint(headers):
        return False
    values = [value for name in names if name in headers for value in headers[name]]
    return any(plain(value) not in ("no", "false", "0", "none") for value in values)


def _precedences(message: IncomingMessage) -> set[str]:
    headers = message.headers
    return {
        word for name in ("precedence", "x-precedence") for value in headers.get(name, ()) for word in _words(value)
    }


def _words(value: str) -> set[str]:
    return set(plain(value).replace(",", " ").replace(";", " ").split())


def _mailer(message: IncomingMessage, key: str) -> bool:
    headers = message.headers
    name = " ".join((*headers.get("x-mailer", ()), *headers.get("user-agent", ()))).lower()
    return bool(name and [word for word in lexicon()["headers"][key] if word in name])


def _locals(message: IncomingMessage, name: str) -> list[str]:
    return [value.rpartition("<")[2].partition("@")[0].strip().lower() for value in message.headers.get(name, ())]


_MARKS = re.compile("[-_.+ ]+")


def _bare(local: str) -> str:
    return _MARKS.sub("", local.lower())


def hold_back(
    message: IncomingMessage,
    *,
    needs_ack: bool,
    known_contact: bool,
    acknowledge: bool,
    history: History,
    limits: Limits,
    now: datetime,
    paused: bool = False,
) -> Suppression | None:
    """Whether a person's message is left without an acknowledgement, None if it gets one.

    `acknowledge` is what was agreed with the client, `paused` what its assistant wants at present. The first line that
    holds names the silence: what lies in the message stands before what happened before, and a limit is named only
    where nothing else is to be said.
    """
    table: tuple[tuple[bool, Suppression], ...] = (
        (history.answered_at is not None, Suppression.ANSWERED),
        (not known_contact, Suppression.UNKNOWN_SENDER),
        (message.medium is Medium.EMAIL and not writable(message.header_from.addr), Suppression.NO_ADDRESS),
        (not message.may_answer, Suppression.MAY_NOT_ANSWER),
        (message.edited, Suppression.EDITED),
        (message.rescanned, Suppression.RESCANNED),
        (history.known, Suppression.SEEN_BEFORE),
        (bool(message.unreadable), Suppression.UNREADABLE),
        (message.header_cut, Suppression.HEADERS_TOO_LONG),
        (not acknowledge, Suppression.NOT_AGREED),
        (paused, Suppression.PAUSED),
        (history.undeliverable, Suppression.UNDELIVERABLE),
        (now - message.received_at > limits.acknowledge_until, Suppression.TOO_OLD),
        (not needs_ack, Suppression.NEEDS_NO_ANSWER),
        (_within(history.same_text_at, limits.same_text_within, now), Suppression.SAME_TEXT),
        (_within(history.thread_acknowledged_at, limits.repeat_after, now), Suppression.THREAD_ACKNOWLEDGED),
        (history.contact_last_hour >= limits.per_contact_hour, Suppression.CONTACT_HOUR),
        (history.contact_last_day >= limits.per_contact_day, Suppression.CONTACT_DAY),
        (history.domain_last_hour >= limits.per_domain_hour, Suppression.DOMAIN_HOUR),
        (history.all_last_hour >= limits.all_per_hour, Suppression.BREAKER),
    )
    return next((suppression for holds, suppression in table if holds), None)


def unlimited(history: History) -> History:
    """The same without what limits how many acknowledgements go out."""
    return replace(
        history,
        thread_acknowledged_at=None,
        contact_last_hour=0,
        contact_last_day=0,
        domain_last_hour=0,
        all_last_hour=0,
    )


def _within(at: datetime | None, span: timedelta, now: datetime) -> bool:
    return at is not None and now - at < span
