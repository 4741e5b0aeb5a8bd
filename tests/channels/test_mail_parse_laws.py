"""What holds for any bytes at all: no failure, and time in proportion to the size."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bot.channels.mail_headers import addresses, decode_words, first_address, multimap, parameters
from triage_bot.channels.mail_parse import Part, Sizes, parse, parse_whole
from triage_bot.channels.mail_text import from_html, tidy, unflow
from triage_bot.core.authentication import authentication
from triage_bot.core.away import returns_on
from triage_bot.core.header_values import plain
from triage_bot.core.machine_text import own_text
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.core.suppression import Ours, machine

AT = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
SIZES = Sizes(header_bytes=1 << 20, part_bytes=1 << 20, text_chars=1 << 20)
OURS = Ours(frozenset({"marta@va.example"}), frozenset({"va.example"}), frozenset({"mx"}))

MAIL = b"""Return-Path: <anna@klient.example>
Authentication-Results: mx; dmarc=pass (p=none) header.from=klient.example
From: =?utf-8?Q?Nowak=2C_Anna?= <anna@klient.example>
To: "Marta" <marta@va.example>, jan@klient.example (Jan)
Subject: =?utf-8?B?xbvDs8WCxIc=?= =?iso-8859-2?Q?=BF?=
Date: Fri, 20 Nov 2026 12:30:00 +0100
Message-ID: <1@klient.example>
References: <a@b> <c@d>
Content-Type: multipart/alternative; boundary="=_x"; charset=utf-8

--=_x
Content-Type: text/plain; charset=iso-8859-2; format=flowed
Content-Transfer-Encoding: quoted-printable

Dzie=F1 dobry,=20
do 27 listopada.
--=_x
Content-Type: text/html
Content-Transfer-Encoding: base64

PHA+b25lPC9wPjxibG9ja3F1b3RlPm9sZDwvYmxvY2txdW90ZT4=
--=_x--
"""

SPLINTERS = [
    *(bytes([code]) for code in b"\r\n\x00\xff()\"<>@[],;:\\"),
    b"\n\n", b"=?", b"?=", b"=?utf-8?B?", b"--=_x", b"--=_x--", b"charset=utf-7", b"charset=punycode", b"charset*=",
    b"<!--", b"<div>", b"</p>", b"> ",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail with pieces cut out, doubled, and hostile splinters put in."""
    raw = MAIL
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 60)))
        piece = draw(st.sampled_from([*SPLINTERS, b"", raw[start:end] * 2]) | st.binary(max_size=8))
        raw = raw[:start] + piece + raw[end:]
    return raw


def check(message: IncomingMessage) -> None:
    assert not message.unreadable.startswith("it could not be parsed")
    for text in (message.text, message.subject, message.header_from.name, message.header_from.addr, message.message_id):
        text.encode("utf-8")  # no lone surrogates: the database and the templates could not hold them
    for text in (message.subject, message.header_from.addr, message.message_id, *message.refs):
        assert "\n" not in text
        assert "\r" not in text
    assert message.received_at.tzinfo is not None
    machine(message, OURS)
    authentication(message, OURS.authserv_ids)
    returns_on(message.text, AT.date())
    assert message.fingerprint


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_a_damaged_mail_never_raises(raw: bytes) -> None:
    check(parse_whole(raw, channel="m", key="1", received_at=AT, sizes=SIZES))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_never_raise(raw: bytes) -> None:
    check(parse_whole(raw, channel="m", key="1", received_at=None, sizes=SIZES))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.lists(
        st.builds(
            Part,
            st.sampled_from(["text/plain", "text/html", "text/x", ""]),
            st.sampled_from(["utf-8", "utf-7", "utf-16", "cp1250", "hex", "idna", "\x00", "ż", "x" * 300])
            | st.text(max_size=12),
            st.sampled_from(["base64", "quoted-printable", "7bit", ""]),
            st.binary(max_size=200),
            st.booleans(),
            st.booleans(),
        ),
        max_size=3,
    ),
)
def test_any_parts_never_raise(headers: bytes, parts: list[Part]) -> None:
    check(
        parse(
            channel="m", key="1", headers=headers, parts=parts, attachments=(), received_at=AT,
            part_types=frozenset(), sizes=SIZES,
        )
    )  # fmt: skip


def text_of(html: str) -> str:
    return from_html(html)


def text_message(text: str) -> IncomingMessage:
    return IncomingMessage("m", Medium.EMAIL, "1", AT, text, subject=text[:2000])


def whole(raw: bytes) -> object:
    return parse_whole(raw, channel="m", key="1", received_at=AT, sizes=SIZES)


HOSTILE: list[object] = [
    pytest.param(lambda n: whole(b"Content-Type: text/html" + b" ;" * n + b"\n\nx"), id="parameters without end"),
    pytest.param(lambda n: addresses(("(" * n,)), id="nested comments"),
    pytest.param(lambda n: addresses(("<" * n,)), id="nested angles"),
    pytest.param(lambda n: addresses(('"\\' * n,)), id="quotes and escapes"),
    pytest.param(lambda n: addresses(("a@b:" * n,)), id="groups without end"),
    pytest.param(lambda n: first_address(("@" * n,)), id="at signs"),
    pytest.param(lambda n: addresses(("a " * n,)), id="a phrase without end"),
    pytest.param(lambda n: decode_words("=?" * n), id="encoded words that never begin"),
    pytest.param(lambda n: decode_words("=?a?q?" * n), id="encoded words that never end"),
    pytest.param(lambda n: decode_words("=?utf-8?q?a?= " * n), id="encoded words"),
    pytest.param(lambda n: multimap(b"A: b\n" * n, 1 << 30), id="headers"),
    pytest.param(lambda n: multimap(b"List-A: b\n" * n, 1 << 30), id="telling headers"),
    pytest.param(lambda n: plain("(" * n), id="comments that never close"),
    pytest.param(lambda n: plain("(" * n + ")" * n), id="comments within comments"),
    pytest.param(lambda n: plain("()" * n), id="empty comments"),
    pytest.param(lambda n: plain('"' * n), id="quotes"),
    pytest.param(lambda n: multimap(b"A: b\n" + b" c\n" * n, 1 << 30), id="folded lines"),
    pytest.param(lambda n: multimap(b"\n" * n, 1 << 30), id="empty lines in a header"),
    pytest.param(lambda n: parameters("a; " + "b*0=c;" * n), id="continued parameters"),
    pytest.param(lambda n: parameters('a; b="' + "\\" * n), id="escapes in a parameter"),
    pytest.param(lambda n: whole(b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * n), id="parts"),
    pytest.param(lambda n: whole(b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--xy\n" * n), id="almost parts"),
    pytest.param(lambda n: whole(b"Content-Type: multipart/mixed\n\n" + b"-" * n), id="a guessed boundary"),
    pytest.param(
        lambda n: whole(
            b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(n // 40))
        ),
        id="parts within parts",
    ),
    pytest.param(lambda n: whole(b"A: b\n\n" + b"=" * n), id="a body of one sign"),
    pytest.param(lambda n: tidy(" " * n + "a"), id="blanks"),
    pytest.param(lambda n: tidy("\n \n" * n), id="empty lines"),
    pytest.param(lambda n: unflow("a \n" * n, delsp=False), id="flowed lines"),
    pytest.param(lambda n: unflow("> a \n" * n, delsp=False), id="flowed quotes"),
    pytest.param(lambda n: text_of("<div>" * n), id="nested divisions"),
    pytest.param(lambda n: text_of("<div><table></div></table>" * (n // 5)), id="crossed elements"),
    pytest.param(lambda n: text_of("<blockquote>a" * n), id="nested quotes"),
    pytest.param(lambda n: text_of("<b><p>" * n), id="formatting that is adopted"),
    pytest.param(lambda n: text_of("<a href=x>" * n), id="links that never close"),
    pytest.param(lambda n: text_of("<" * n), id="brackets"),
    pytest.param(lambda n: text_of("<p style='" + "font-size:0" * n), id="styles"),
    pytest.param(lambda n: text_of("a " * n), id="words"),
    pytest.param(lambda n: own_text('"' + "a " * n), id="quotation marks that never close"),
    pytest.param(lambda n: own_text("on " * n + "wrote:"), id="an attribution without end"),
    pytest.param(lambda n: machine(text_message("http://" * n), OURS), id="addresses of pages"),
    pytest.param(lambda n: machine(text_message("this is an automatic " * n), OURS), id="beginnings of notices"),
    pytest.param(lambda n: returns_on("until 1 " * n, AT.date()), id="beginnings of dates"),
    pytest.param(lambda n: returns_on("1." * n, AT.date()), id="numbers"),
]


def seconds(run: Callable[[int], object], size: int) -> float:
    best = float("inf")
    for _ in range(3):
        start = process_time()
        run(size)
        best = min(best, process_time() - start)
    return best


@pytest.mark.parametrize("run", HOSTILE)
def test_hostile_input_takes_linear_time(run: Callable[[int], object]) -> None:
    """Four times the input takes about four times as long. A square would take sixteen; the bound leaves room for a
    busy machine, and what is done in a few milliseconds is fast enough in any case."""
    gc.collect()
    small, large = seconds(run, 5_000), seconds(run, 20_000)
    assert large < max(9 * small, 0.02)


@pytest.mark.parametrize("run", HOSTILE)
def test_hostile_input_is_done_soon(run: Callable[[int], object]) -> None:
    start = process_time()
    run(40_000)
    assert process_time() - start < 1.5
