"""The header of a mail in her Sent folder to an OwnMessage. Never raises, as `mail_parse` does not."""

import re
from datetime import datetime, timedelta

from triage_bot.channels import mail_headers
from triage_bot.channels.mail_headers import decode_words, parameters
from triage_bot.core.header_values import plain
from triage_bot.core.machine_text import lexicon
from triage_bot.core.messages import Medium, OwnMessage
from triage_bot.core.suppression import Ours

HEADER_BYTES = 64 * 1024
LONGEST_WAY = timedelta(days=2)
"""A mail program that was offline lays a copy down so much later than the mail was written. What its Date says beyond
that is a clock that runs wrong."""

_ACKNOWLEDGEMENT = re.compile(r"ack\.[0-9a-f]{32}@")


def fields() -> tuple[str, ...]:
    """The header fields that are looked at, in upper case."""
    looked_at = ("from", "to", "cc", "bcc", "date", "message-id", "in-reply-to", "references", "subject")
    return tuple(name.upper() for name in (*looked_at, "auto-submitted", "content-type", *_telling()))


def own_message(block: bytes, *, channel: str, key: str, received_at: datetime, ours: Ours) -> OwnMessage | None:
    """None for what the bot sent, what a machine sent for her, and what went to nobody but herself.

    `received_at` is when the copy was laid down."""
    try:
        return _own_message(block, channel, key, received_at, ours)
    except Exception:  # one mail that nobody foresaw must not stop the folder it lies in
        return None


def _own_message(block: bytes, channel: str, key: str, received_at: datetime, ours: Ours) -> OwnMessage | None:
    headers, _ = mail_headers.multimap(block, HEADER_BYTES)
    get = headers.get
    message_id = mail_headers.message_id(get("message-id", ()))
    if _is_automatic(headers) or _is_ours(message_id, ours):
        return None
    named = (address.addr for name in ("to", "cc", "bcc") for address in mail_headers.addresses(get(name, ())))
    recipients = tuple(dict.fromkeys(addr for addr in named if addr and addr not in ours.addresses))
    if not recipients:
        return None
    sender = mail_headers.first_address(get("from", ())).addr
    return OwnMessage(
        channel=channel,
        medium=Medium.EMAIL,
        key=key,
        sent_at=_sent_at(mail_headers.moment(get("date", ())), received_at),
        recipients=recipients,
        message_id=message_id,
        refs=mail_headers.references(get("references", ()), get("in-reply-to", ())),
        subject=decode_words(get("subject", ("",))[0])[:1000],
        sender="" if sender in ours.addresses else sender,  # her own may lie in a client's domain
    )


def _telling() -> tuple[str, ...]:
    names = lexicon()["headers"]
    return (*names["ours"], *names["auto_reply"])


def _is_automatic(headers: dict[str, tuple[str, ...]]) -> bool:
    """A vacation notice in her name, a read receipt, what the bot wrote."""
    if any(plain(value) not in ("no", "false", "0") for name in _telling() for value in headers.get(name, ())):
        return True
    # Anything but "no" (RFC 3834 section 5).
    keywords = (plain(value).partition(";")[0].strip() for value in headers.get("auto-submitted", ()))
    if any(keyword and keyword != "no" for keyword in keywords):
        return True
    return any(parameters(value)[0] == "multipart/report" for value in headers.get("content-type", ()))


def _is_ours(message_id: str, ours: Ours) -> bool:
    domain = message_id.rpartition("@")[2].lower()
    return domain in ours.message_id_domains or _ACKNOWLEDGEMENT.match(message_id) is not None


def _sent_at(date: datetime | None, received_at: datetime) -> datetime:
    if date is None or not received_at - LONGEST_WAY <= date <= received_at:
        return received_at
    return date
