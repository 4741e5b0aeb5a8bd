"""The bytes of a mail to an IncomingMessage. Never raises, and takes time in proportion to what it may look at.

The standard library's parser is right for mail that follows the rules; its getters raise on real mail, and some take
quadratic time on hostile mail. So the header block is split here, on bytes, and only the fields that decide something
are looked into. What cannot be read is a fact (`unreadable`), and whatever could be read stands beside it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from triage_bot.channels import mail_headers
from triage_bot.channels.mail_charset import decode_declared, decode_transfer
from triage_bot.channels.mail_headers import decode_words
from triage_bot.channels.mail_mime import Headers, Part, Sizes, structure
from triage_bot.channels.mail_report import delivery_report
from triage_bot.channels.mail_text import from_html, from_plain
from triage_bot.core.messages import Address, Attachment, IncomingMessage, Medium
from triage_bot.values import dataclass

__all__ = ["Part", "Sizes", "parse", "parse_whole"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_META_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What is known of a mail beside its bytes."""

    channel: str
    key: str
    received_at: datetime | None
    attachments: tuple[Attachment, ...]
    part_types: frozenset[str]
    report: tuple[Part, ...] = ()


def parse(
    *,
    channel: str,
    key: str,
    headers: bytes,
    parts: Sequence[Part],
    attachments: Sequence[Attachment],
    received_at: datetime,
    part_types: frozenset[str],
    sizes: Sizes,
    report: Sequence[Part] = (),
) -> IncomingMessage:
    """A mail whose header block and text parts were fetched apart.

    `parts` come in the order of the mail, of alternatives the one that is to be read. `part_types` does not reach into
    attached messages: a forwarded bounce is no bounce. `report` are the parts of a bounce that are for machines.
    """
    envelope = _Envelope(channel, key, received_at, tuple(attachments), part_types, tuple(report))
    return _guarded(
        envelope, lambda: _message(envelope, *mail_headers.multimap(headers, sizes.header_bytes), parts, sizes)
    )


def parse_whole(raw: bytes, *, channel: str, key: str, received_at: datetime | None, sizes: Sizes) -> IncomingMessage:
    """A mail out of a file. Without `received_at` its Date header stands for it, and without that the epoch."""

    def build() -> IncomingMessage:
        mail = raw.replace(b"\r", b"\n") if b"\n" not in raw else raw
        found = structure(mail, sizes)
        envelope = _Envelope(channel, key, received_at, found.attachments, found.part_types, found.report)
        return _message(envelope, found.headers, found.header_cut, found.parts, sizes)

    return _guarded(_Envelope(channel, key, received_at, (), frozenset()), build)


def _guarded(envelope: _Envelope, build: Callable[[], IncomingMessage]) -> IncomingMessage:
    try:
        return build()
    except Exception as error:  # one mail that nobody foresaw must not stop the mailbox it lies in
        return IncomingMessage(
            channel=envelope.channel,
            medium=Medium.EMAIL,
            key=envelope.key,
            received_at=envelope.received_at or EPOCH,
            text="",
            unreadable=f"it could not be parsed ({type(error).__name__})",
        )


def _message(envelope: _Envelope, headers: Headers, cut: bool, parts: Sequence[Part], sizes: Sizes) -> IncomingMessage:
    get = headers.get
    sent_at = mail_headers.moment(get("date", ()))
    sender = mail_headers.first_address(get("from", ()))
    if not sender.addr and "sender" in headers:
        sender = Address(mail_headers.first_address(headers["sender"]).addr, sender.name)
    reply_to = get("reply-to", ())
    return IncomingMessage(
        channel=envelope.channel,
        medium=Medium.EMAIL,
        key=envelope.key,
        received_at=envelope.received_at or sent_at or EPOCH,
        text=_text(parts, sizes),
        header_from=sender,
        authors=mail_headers.addresses(get("from", ())),
        senders=mail_headers.addresses(get("sender", ())),
        sent_at=sent_at,
        message_id=mail_headers.message_id(get("message-id", ())),
        refs=mail_headers.references(get("references", ()), get("in-reply-to", ())),
        subject=decode_words(get("subject", ("",))[0])[:1000],
        envelope_from=mail_headers.return_path(get("return-path", ())),
        reply_to=mail_headers.addresses(reply_to) if reply_to else (),
        to=mail_headers.addresses(get("to", ())),
        cc=mail_headers.addresses(get("cc", ())),
        headers=headers,
        content_type=_content_type(get("content-type", ())),
        part_types=envelope.part_types,
        attachments=envelope.attachments,
        report=delivery_report(envelope.report) if envelope.report else None,
        header_cut=cut,
        unreadable=_unreadable(headers, cut),
    )


def _content_type(values: tuple[str, ...]) -> str:
    media_type = values[0][:4000].partition(";")[0].strip().lower() if values else ""
    return media_type if "/" in media_type else "text/plain"


_OF_A_MAIL = frozenset({"from", "to", "subject", "date", "message-id", "received", "return-path", "content-type"})


def _unreadable(headers: Mapping[str, object], cut: bool) -> str:
    if _OF_A_MAIL.isdisjoint(headers):
        return "it has no mail header" if not cut else "its header is larger than what is looked at"
    return ""


def _text(parts: Sequence[Part], sizes: Sizes) -> str:
    texts: list[str] = []
    left = sizes.text_chars
    for part in parts:
        text = _part_text(part, sizes.part_bytes)[:left]
        if text:
            texts.append(text)
            left -= len(text)
        if left <= 0:
            break
    return "\n\n".join(texts)


def _part_text(part: Part, limit: int) -> str:
    raw = decode_transfer(part.body[:limit], part.encoding)
    is_html = part.media_type == "text/html"
    charset = part.charset
    if is_html and not charset and (meta := _META_CHARSET.search(raw[:2000])):
        charset = meta[1].decode("ascii")
    text = decode_declared(raw, charset)
    if is_html or text[:200].lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype html", "<html")):
        return from_html(text)
    return from_plain(text, flowed=part.flowed, delsp=part.delsp)
