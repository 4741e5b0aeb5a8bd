"""Whole mails as mail programs and servers make them, byte for byte: many senders, one thread each."""

import base64
import quopri
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from random import Random

from benchmarks.texts import mail_text

MAILBOX = "kontakt@zaradna.example"
DOMAINS = 25
ATTACHMENT_BYTES = 3_000_000


def domain(number: int) -> str:
    return f"client-{number % DOMAINS:02}.example"


def sender(number: int) -> str:
    """One address a mail, so that the sink can tell whether each was acknowledged once."""
    return f"person.{number}@{domain(number)}"


def small(number: int, at: datetime) -> bytes:
    """A mail of 0.5 to 1 kB of text; every third has HTML beside it. Lines end as on disk, in LF."""
    content = _alternative(number) if number % 3 == 0 else _text(number, "plain", mail_text(number)[2])
    return _headers(number, at) + content


def plain(number: int, at: datetime) -> bytes:
    """A small mail that is nothing but text, in the encoding 8bit."""
    head = b"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n"
    return _headers(number, at) + head + mail_text(number)[2].encode()


def with_attachment(number: int, at: datetime) -> bytes:
    """The same with a PDF of 3 MB."""
    boundary = f"mixed-{number:08}"
    content = _alternative(number) if number % 3 == 0 else _text(number, "plain", mail_text(number)[2])
    return (
        _headers(number, at)
        + f'Content-Type: multipart/mixed; boundary="{boundary}"\n\nThis is MIME.\n--{boundary}\n'.encode()
        + content
        + f"\n--{boundary}\n".encode()
        + f'Content-Type: application/pdf; name="oferta {number}.pdf"\n'.encode()
        + f'Content-Disposition: attachment; filename="oferta {number}.pdf"\n'.encode()
        + b"Content-Transfer-Encoding: base64\n\n"
        + _attachment()
        + f"\n--{boundary}--\n".encode()
    )


def _headers(number: int, at: datetime) -> bytes:
    name, subject, _ = mail_text(number)
    address, host = sender(number), domain(number)
    chance = Random(-number - 1)
    written = format_datetime(at - timedelta(seconds=5))
    signature = base64.b64encode(chance.randbytes(192)).decode()
    return f"""\
Return-Path: <{address}>
Delivered-To: {MAILBOX}
Received: from mx.zaradna.example ([192.0.2.10])
\tby imap.zaradna.example with LMTP id {chance.randbytes(9).hex()}
\tfor <{MAILBOX}>; {format_datetime(at)}
Received: from mail.{host} (mail.{host} [198.51.100.{number % 250}])
\tby mx.zaradna.example (Postfix) with ESMTPS id {chance.randbytes(5).hex().upper()}
\tfor <{MAILBOX}>; {format_datetime(at - timedelta(seconds=1))}
Authentication-Results: mx.zaradna.example; dkim=pass header.d={host};
\tspf=pass smtp.mailfrom={address}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=mail;
\th=from:to:subject:date:message-id; bh={signature[:44]};
\tb={signature[:70]}
\t {signature[70:140]}
\t {signature[140:]}
MIME-Version: 1.0
Date: {written}
Message-ID: <{chance.randbytes(8).hex()}.{number}@{host}>
From: {_word(name)} <{address}>
To: Katarzyna Zaradna <{MAILBOX}>
Subject: {_word(subject)}
User-Agent: Mozilla Thunderbird
Content-Language: pl
""".encode()


def _word(text: str) -> str:
    return text if text.isascii() else f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def _text(number: int, subtype: str, text: str) -> bytes:
    if number % 4 == 1:
        encoding, body = "base64", base64.encodebytes(text.encode())
    elif number % 4 == 2:
        encoding, body = "8bit", text.encode()
    else:
        encoding, body = "quoted-printable", quopri.encodestring(text.encode())
    head = f"Content-Type: text/{subtype}; charset=UTF-8\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + body


def _alternative(number: int) -> bytes:
    boundary = f"alternative-{number:08}"
    text = mail_text(number)[2]
    paragraphs = "".join(f'<p style="margin:0 0 12px">{part}</p>\n' for part in text.split("\n\n"))
    html = f"<html><head><style>p {{color: #222}}</style></head><body>\n{paragraphs}</body></html>\n"
    return b"".join(
        (
            f'Content-Type: multipart/alternative; boundary="{boundary}"\n\n--{boundary}\n'.encode(),
            _text(number, "plain", text),
            f"\n--{boundary}\n".encode(),
            _text(number, "html", html),
            f"\n--{boundary}--\n".encode(),
        )
    )


@lru_cache(1)
def _attachment() -> bytes:
    raw = Random(3).randbytes(ATTACHMENT_BYTES * 3 // 4)  # so many bytes in base64
    return b"".join(b2a_base64(raw[start : start + 57]) for start in range(0, len(raw), 57))


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
