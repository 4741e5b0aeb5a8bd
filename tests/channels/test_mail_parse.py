"""What is read out of the bytes of a mail."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from triage_bot.channels.mail_parse import Part, Sizes, parse, parse_whole
from triage_bot.core.messages import Address, IncomingMessage

AT = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
SIZES = Sizes(header_bytes=100_000, part_bytes=200_000, text_chars=50_000)


def whole(raw: bytes | str, sizes: Sizes = SIZES) -> IncomingMessage:
    data = raw if isinstance(raw, bytes) else raw.encode()
    return parse_whole(data, channel="mail", key="INBOX/1/1", received_at=AT, sizes=sizes)


def with_header(name: str, value: str | bytes) -> IncomingMessage:
    data = value if isinstance(value, bytes) else value.encode()
    return whole(b"From: anna@klient.example\n" * (name != "From") + name.encode() + b": " + data + b"\n\ntext\n")


SENDERS = [
    pytest.param("Anna <Anna@Klient.example>", "anna@klient.example", "Anna", id="the usual form"),
    pytest.param('"Nowak, Anna" <a@b.example>', "a@b.example", "Nowak, Anna", id="a comma in quotes"),
    pytest.param("=?utf-8?Q?Nowak=2C_Anna?= <a@b.example>", "a@b.example", "Nowak, Anna", id="an encoded comma"),
    pytest.param("=?utf-8?B?xbvDs8WCxIc=?= <a@b.example>", "a@b.example", "Żółć", id="base64"),
    pytest.param("=?utf-8?Q?=C5?= =?utf-8?Q?=BB?= <a@b.example>", "a@b.example", "Ż", id="a character cut in two"),
    pytest.param("=?x-nobody-knows?Q?Anna?= <a@b.example>", "a@b.example", "Anna", id="an unknown charset"),
    pytest.param(
        "=?utf-8?B?QW5uYSA8YUBiLmV4YW1wbGU+?=", "a@b.example", "Anna", id="all of it encoded, the address too"
    ),
    pytest.param("a@b.example (Anna (Klient))", "a@b.example", "Anna (Klient)", id="the name in a comment"),
    pytest.param("Anna <a@b.example", "a@b.example", "Anna", id="an angle that never closes"),
    pytest.param('"Anna <a@b.example>', "a@b.example", "Anna", id="a quote that never closes"),
    pytest.param("a@[1.2.3.4", "", "a@[1.2.3.4", id="a domain literal that never closes"),
    pytest.param("Anna <a@[192.0.2.1]>", "a@[192.0.2.1]", "Anna", id="a domain literal"),
    pytest.param("<@relay.example:a@b.example>", "a@b.example", "", id="an obsolete route"),
    pytest.param("team: a@b.example, c@d.example;", "a@b.example", "", id="a group"),
    pytest.param('"a b"@c.example', "", "a b@c.example", id="a quoted local part is not guessed at"),
    pytest.param("Jan <jan@domain . example>", "", "Jan", id="blanks inside are not guessed at"),
    pytest.param("<>", "", "", id="nobody"),
    pytest.param("(" * 5000, "", "", id="comments without end"),
    pytest.param("Ана <ана@пример.срб>", "ана@пример.срб", "Ана", id="UTF-8 all through (RFC 6532)"),
    pytest.param("Anna\x00\r <a@b.example>", "a@b.example", "Anna", id="control characters"),
]


@pytest.mark.parametrize(("value", "addr", "name"), SENDERS)
def test_the_sender_is_read_as_far_as_it_can_be(value: str, addr: str, name: str) -> None:
    assert with_header("From", value).header_from == Address(addr, name)


def test_eight_bit_headers_are_read_in_the_charsets_of_their_lines() -> None:
    """A relay's UTF-8 beside the cp1250 of an old program."""
    message = whole("From: Żaneta <z@b.example>\n".encode() + "Subject: Zażółć\n\n".encode("cp1250"))
    assert (message.header_from.name, message.subject) == ("Żaneta", "Zażółć")


def test_every_recipient_is_read() -> None:
    message = whole('To: a@b.example, "C, D" <c@d.example>\nTo: e@f.example\nCc: g@h.example\n\n')
    assert [address.addr for address in message.to] == ["a@b.example", "c@d.example", "e@f.example"]
    assert message.cc == (Address("g@h.example"),)


RETURN_PATHS = [
    pytest.param("<>", "", id="null"),
    pytest.param(" < > ", "", id="null with blanks"),
    pytest.param("<Anna@Klient.example>", "anna@klient.example", id="an address"),
    pytest.param("MAILER-DAEMON", "mailer-daemon", id="a bare daemon"),
]


@pytest.mark.parametrize(("value", "expected"), RETURN_PATHS)
def test_the_return_path_is_the_topmost(value: str, expected: str) -> None:
    assert whole(f"Return-Path: {value}\nReturn-Path: <other@x.example>\n\n").envelope_from == expected


def test_a_null_return_path_counts_wherever_it_stands() -> None:
    assert whole("Return-Path: <a@b.example>\nReturn-Path: <>\n\n").envelope_from == ""


def test_every_author_and_sender_is_read() -> None:
    message = whole(
        "From: a@b.example, C <c@d.example>\nFrom: e@f.example\nSender: (x) g@h.example\nSender: i@j.example\n\n"
    )
    assert [address.addr for address in message.authors] == ["a@b.example", "c@d.example", "e@f.example"]
    assert [address.addr for address in message.senders] == ["g@h.example", "i@j.example"]


def test_without_a_return_path_it_is_unknown() -> None:
    assert whole("From: a@b.example\n\n").envelope_from is None


IDS = [
    pytest.param("<1@a.example>", "1@a.example", id="the usual form"),
    pytest.param("<>", "", id="empty"),
    pytest.param("1@a.example", "1@a.example", id="without brackets"),
    pytest.param("<1@[192.0.2.1]>", "1@[192.0.2.1]", id="a domain literal"),
    pytest.param("\n <1@a.example>", "1@a.example", id="folded"),
]


@pytest.mark.parametrize(("value", "expected"), IDS)
def test_the_message_id_is_read(value: str, expected: str) -> None:
    assert with_header("Message-ID", value).message_id == expected


def test_references_are_kept_in_order_and_once() -> None:
    message = whole("References: <a@x> <b@x>\n <c@x>\nIn-Reply-To: <c@x> (yesterday)\n\n")
    assert message.refs == ("a@x", "b@x", "c@x")


def test_of_a_long_thread_the_root_and_the_newest_are_kept() -> None:
    message = with_header("References", " ".join(f"<{number}@x>" for number in range(500)))
    assert len(message.refs) == 50
    assert (message.refs[0], message.refs[-1]) == ("0@x", "499@x")


DATES = [
    pytest.param("Fri, 20 Nov 2026 12:30:00 +0100", datetime(2026, 11, 20, 11, 30, tzinfo=UTC), id="the usual form"),
    pytest.param(
        "Fri, 20 Nov 2026 12:30:00 -0000", datetime(2026, 11, 20, 12, 30, tzinfo=UTC), id="an unknown zone is UTC"
    ),
    pytest.param("Fri, 20 Nov 2026 12:30:00", datetime(2026, 11, 20, 12, 30, tzinfo=UTC), id="no zone is UTC"),
    pytest.param("20 Nov 26 12:30 +0100", datetime(2026, 11, 20, 11, 30, tzinfo=UTC), id="an obsolete year"),
    pytest.param("Thu, 1 Jan 1970 00:00:00 +0000", None, id="before there was mail"),
    pytest.param("Fri, 20 Nov 20262 12:30:00 +0000", None, id="an absurd year"),
    pytest.param("Fri, 31 Feb 2026 12:30:00 +0000", None, id="no such day"),
    pytest.param("Fri, 20 Nov 2026 99:99:99 +9999", None, id="no such hour"),
    pytest.param("yesterday", None, id="words"),
]


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_a_date_is_aware_or_none(value: str, expected: datetime | None) -> None:
    sent_at = with_header("Date", value).sent_at
    assert sent_at == expected
    assert sent_at is None or sent_at.tzinfo is not None


def test_a_file_was_received_when_it_was_sent_or_else_at_the_epoch() -> None:
    raw = b"Date: Fri, 20 Nov 2026 12:30:00 +0100\n\n"
    dated = parse_whole(raw, channel="f", key="1", received_at=None, sizes=SIZES)
    assert dated.received_at == datetime(2026, 11, 20, 12, 30, tzinfo=timezone(timedelta(hours=1)))
    assert parse_whole(b"", channel="f", key="1", received_at=None, sizes=SIZES).received_at == datetime(
        1970, 1, 1, tzinfo=UTC
    )


def test_headers_are_a_lower_case_multimap_in_order() -> None:
    message = whole("X-A: 1\nx-a: 2\nSubject : with a blank\n folded\nX-A:3\n\n")
    assert message.headers["x-a"] == ("1", "2", "3")
    assert message.subject == "with a blank folded"


HEADER_ENDS = [
    pytest.param("Subject: a\n\nbody\n", "a", "body", id="an empty line"),
    pytest.param("Subject: a\r\n\r\nbody\r\n", "a", "body", id="CRLF"),
    pytest.param("Subject: a\rFrom: b@c.example\r\rbody\r", "a", "body", id="CR alone"),
    pytest.param(
        "Subject: a\nThis is the body: yes.\nAnd more.\n", "a", "This is the body: yes.\nAnd more.", id="no separator"
    ),
    pytest.param("From x@y Fri Nov 20\nSubject: a\n\nbody\n", "a", "body", id="an mbox line"),
    pytest.param("Subject: a\nsome stray line\nX-B: c\n\nbody\n", "a", "body", id="a stray line between headers"),
    pytest.param("Subject: a\n", "a", "", id="no body"),
    pytest.param("Subject: a", "a", "", id="no end of line"),
]


@pytest.mark.parametrize(("raw", "subject", "text"), HEADER_ENDS)
def test_the_body_is_found(raw: str, subject: str, text: str) -> None:
    message = whole(raw)
    assert (message.subject, message.text) == (subject, text)


def test_a_header_after_a_stray_line_still_counts() -> None:
    """It may be the one that gives a machine away."""
    assert "auto-submitted" in whole("Subject: a\nstray\nAuto-Submitted: auto-replied\n\nx").headers


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"\x00\xff\xfe" * 100, b"PK\x03\x04" + bytes(range(256))],
    ids=["empty", "a line", "bytes", "zip"],
)
def test_what_is_no_mail_is_unreadable(raw: bytes) -> None:
    assert whole(raw).unreadable == "it has no mail header"


def body(content_type: str, data: bytes, encoding: str = "8bit") -> str:
    headers = f"From: a@b.example\nContent-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n"
    return whole(headers.encode() + data).text


CHARSETS = [
    pytest.param("text/plain; charset=utf-8", "zażółć".encode(), "zażółć", id="utf-8"),
    pytest.param("text/plain; charset=iso-8859-2", "zażółć".encode("iso-8859-2"), "zażółć", id="as declared"),
    pytest.param("text/plain; charset=windows-1251", "Добар дан".encode("cp1251"), "Добар дан", id="Cyrillic"),
    pytest.param("text/plain", "zażółć".encode(), "zażółć", id="none declared, utf-8"),
    pytest.param("text/plain", "zażółć".encode("cp1250"), "zażółć", id="none declared, cp1250"),
    pytest.param("text/plain; charset=utf-8", "zażółć".encode("cp1250"), "zażółć", id="declared utf-8, is cp1250"),
    pytest.param("text/plain; charset=x-unknown-9", "zażółć".encode(), "zażółć", id="a charset nobody knows"),
    pytest.param('text/plain; charset="a\\"b', b"abc", "abc", id="a broken parameter"),
    pytest.param(
        "text/plain; charset=unicode_escape", rb"\ud800", r"\ud800", id="a charset that would yield surrogates"
    ),
    pytest.param(
        "text/plain; charset=utf-8", "dobar dan ђ".encode()[:-1] + b"\n" + b"x" * 40, None, id="one broken character"
    ),
    pytest.param("text/plain; charset=rot13", b"abc", "abc", id="a codec that is no charset"),
    pytest.param("text/plain; charset=hex", b"6162", "6162", id="a codec of bytes"),
    pytest.param("nonsense", b"abc", "abc", id="no type at all"),
]


@pytest.mark.parametrize(("content_type", "data", "expected"), CHARSETS)
def test_text_is_decoded_by_what_it_says_or_what_it_is(content_type: str, data: bytes, expected: str | None) -> None:
    text = body(content_type, data)
    assert text == expected if expected is not None else text.startswith("dobar dan")


ENCODINGS = [
    pytest.param("quoted-printable", b"za=C5=BC=\r\n=C3=B3=C5=82w", "zażółw", id="quoted-printable"),
    pytest.param("Quoted-Printable ", b"a=3Db=ZZ=", "a=b=ZZ=", id="broken quoted-printable"),
    pytest.param("base64", b"emHFvMOzxYJ3\n", "zażółw", id="base64"),
    pytest.param("base64", b"emHFvMOzxYJ3emE", "zażółwza", id="base64 without its padding"),
    pytest.param("base64", b"!!emHF-vMOz xYJ3=", "zażółw", id="base64 with other characters"),
    pytest.param("base64", b"A", "", id="one character of base64"),
    pytest.param("x-unknown", b"abc", "abc", id="an unknown encoding"),
]


@pytest.mark.parametrize(("encoding", "data", "expected"), ENCODINGS)
def test_broken_encodings_yield_what_can_be_had(encoding: str, data: bytes, expected: str) -> None:
    assert body("text/plain; charset=utf-8", data, encoding) == expected


def test_flowed_lines_are_joined_within_their_depth() -> None:
    data = b"> old \n> text\nA line that \ngoes on.\n-- \nAnna\n"
    assert body("text/plain; format=flowed", data) == "> old text\nA line that goes on.\n--\nAnna"


def test_text_is_cut_at_its_size() -> None:
    assert len(whole("Subject: a\n\n" + "x" * 1000, Sizes(1000, 500, 100)).text) == 100


CUT = [
    pytest.param("X-Long: " + "b" * 5000 + "\n\nbody", id="within a field"),
    pytest.param("X-A: b\n" * 500 + "\nbody", id="between fields"),
    pytest.param("X-A: b\n" + "a stray line " * 500 + "\nX-B: c\n\nbody", id="within a stray line"),
]


@pytest.mark.parametrize("rest", CUT)
def test_a_header_that_is_too_large_is_cut_and_its_beginning_read(rest: str) -> None:
    message = whole("Subject: a\n" + rest, Sizes(1000, 500, 100))
    assert (message.subject, message.header_cut) == ("a", True)


def test_a_header_that_was_fetched_in_part_is_known_to_be_cut() -> None:
    """One byte more than is looked at is asked for."""
    block = b"Subject: a\r\n" + b"X-A: b\r\n" * 500
    for length, cut in ((1001, True), (1000, False)):
        message = parse(
            channel="mail",
            key="INBOX/1/7",
            headers=block[:length],
            parts=(),
            attachments=(),
            received_at=AT,
            part_types=frozenset({"text/plain"}),
            sizes=Sizes(1000, 500, 100),
        )
        assert (message.subject, message.header_cut) == ("a", cut)


def test_a_long_body_cuts_no_header() -> None:
    assert not whole("Subject: a\n\n" + "body\n" * 5000, Sizes(1000, 500, 100)).header_cut


@pytest.mark.parametrize(
    "name",
    [
        "Auto-Submitted",
        "List-Id",
        "List-Anything",
        "Precedence",
        "X-Auto-Response-Suppress",
        "X-Autoreply",
        "Return-Path",
        "Content-Type",
        "From",
        "Sender",
        "X-Campaign",
        "X-Triage-Bot",
    ],
)
def test_what_gives_a_machine_away_is_found_behind_any_number_of_fields(name: str) -> None:
    message = whole("X-Padding: a\n" * 2000 + f"{name}: b@c.example\n\nbody")
    assert message.headers[name.lower()] == ("b@c.example",)
    assert len(message.headers["x-padding"]) == 500
    assert not message.header_cut


def test_a_mail_fetched_in_parts_reads_like_a_whole_one() -> None:
    headers = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    message = parse(
        channel="mail",
        key="INBOX/1/7",
        headers=headers,
        parts=[Part("text/plain", "utf-8", "7bit", b"one\r\n"), Part("text/html", "", "7bit", b"<p>two</p>")],
        attachments=(),
        received_at=AT,
        part_types=frozenset({"text/plain", "text/html"}),
        sizes=SIZES,
    )
    assert (message.text, message.content_type, message.key) == ("one\n\ntwo", "multipart/mixed", "INBOX/1/7")
