"""An OutgoingMessage to the bytes of a mail.

Built from bytes by hand: the standard library's EmailMessage takes 1.5 ms for an acknowledgement, this a twentieth.
Only ASCII leaves, in lines of at most 998 bytes and headers folded at 78 (RFC 5322 section 2.1.1), except for
addresses that need SMTPUTF8 (RFC 6532). No value can begin a header of its own: control characters become blanks, and
an address or Message-ID that holds one is refused or left out.
"""

import binascii
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from triage_bot.channels import mail_files
from triage_bot.core.addresses import writable
from triage_bot.core.messages import OutgoingMessage
from triage_bot.errors import PermanentFailure

MARKER = "X-Triage-Bot"
"""Marks our own mail, for the bot that finds it in a mailbox."""

LINE = 78
LONGEST_LINE = 998
ENCODED_WORD = 75  # RFC 2047 section 2
REFERENCES_KEPT = 20  # the first, which names the thread, and the last ones
LONGEST_SUBJECT = 2000

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}", re.ASCII)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_SEVEN_BIT = re.compile(r"[\t\n\r -~]*", re.ASCII)


def compose(message: OutgoingMessage) -> bytes:
    """The whole mail with CRLF line ends, ready for DATA. Raises PermanentFailure for an address that is none, and for
    files that are gone or too large together; reading large ones takes a while."""
    lines = [
        b"From: " + _mailbox(message.from_name, check_address(message.from_addr)),
        b"To: " + check_address(message.to).encode(),
        b"Subject: " + _unstructured(message.subject, len("Subject: ")),
        b"Date: " + _date(message.date).encode(),
    ]
    if message_id := _bracketed(message.message_id):
        lines.append(b"Message-ID: " + message_id)
    if in_reply_to := _bracketed(message.in_reply_to):
        lines.append(b"In-Reply-To: " + in_reply_to)
    if references := _references(message):
        lines.append(b"References: " + b"\r\n ".join(references))
    if message.automatic:
        # RFC 3834 section 5; the second is what Exchange obeys.
        lines += [b"Auto-Submitted: auto-replied", b"X-Auto-Response-Suppress: All"]
    lines += [MARKER.encode() + b": 1", b"MIME-Version: 1.0"]
    body = _part("plain", message.text)
    if message.html:
        body = _multipart("alternative", [body, _part("html", message.html)])
    if message.files:
        mail_files.check_sizes(message.files)
        body = _multipart("mixed", [body, *map(mail_files.part, message.files)])
    return b"\r\n".join((*lines, body))


def check_address(address: str) -> str:
    """The address with its domain in ASCII. What could break out of a header or a command is no address."""
    found = writable(address)
    if not found:
        raise PermanentFailure(f"{address[:80]!r} is not an e-mail address")
    return found


# Headers


def _unstructured(value: str, used: int) -> bytes:
    value = _CONTROLS.sub(" ", value).strip()[:LONGEST_SUBJECT]
    if value.isascii() and "=?" not in value and max(map(len, value.split(" ")), default=0) < LINE - used:
        return _folded(value, used)
    if value.startswith("Re: ") and (rest := value[4:].lstrip()):  # stays legible for whoever looks at raw headers
        return b"Re: " + _encoded_words(rest, used + 4)
    return _encoded_words(value, used)


def _folded(value: str, used: int) -> bytes:
    if used + len(value) <= LINE:
        return value.encode("ascii")
    lines: list[str] = []
    start = 0
    room = LINE - used
    while len(value) - start > room:
        # Before a blank, so that the continuation begins with it; never after one, lest a line be all blank.
        at = value.rfind(" ", start + 1, start + room + 1)
        while at > start and value[at - 1] == " ":
            at -= 1
        if at <= start:
            return _encoded_words(value, used)
        lines.append(value[start:at])
        start = at
        room = LINE
    return "\r\n".join([*lines, value[start:]]).encode("ascii")


@lru_cache(maxsize=256)
def _mailbox(name: str, address: str) -> bytes:
    name = _CONTROLS.sub(" ", name).strip()[:200]
    place = f"<{address}>".encode()
    if not name:
        return address.encode()
    if _ATOMS.fullmatch(name) and len(name) < 60:
        shown = name.encode("ascii")
    elif name.isascii() and "=?" not in name and len(name) < 60:
        shown = b'"' + name.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'
    else:
        shown = _encoded_words(name, len("From: "))
    used = len("From: ") + len(shown) if b"\r\n" not in shown else LINE
    return shown + (b" " if used + len(place) < LINE else b"\r\n ") + place


# RFC 2047 section 5: in a phrase only these may stand for themselves, so only these do anywhere.
_Q = [f"={byte:02X}" for byte in range(256)]
for _plain in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/":
    _Q[_plain] = chr(_plain)
_Q[0x20] = "_"


@lru_cache(maxsize=1024)
def _quoted(char: str) -> str:
    return "".join(_Q[byte] for byte in char.encode())


def _encoded_words(value: str, used: int) -> bytes:
    """RFC 2047: words of at most 75 characters, no character cut in two, Q where it is shorter, else B."""
    cost, kind = [len(_quoted(char)) for char in value], "q"
    if sum(cost) > len(value.encode()) * 4 // 3 + 3:
        cost, kind = [len(char.encode()) for char in value], "b"
    words: list[str] = []
    room = _room(kind, LINE - used)
    start = filled = 0
    for position, size in enumerate(cost):
        if filled + size > room:
            words.append(_encoded_word(kind, value[start:position]))
            start, filled = position, 0
            room = _room(kind, ENCODED_WORD)
        filled += size
    words.append(_encoded_word(kind, value[start:]))
    return "\r\n ".join(words).encode("ascii")


def _room(kind: str, line: int) -> int:
    inside = min(line, ENCODED_WORD) - len("=?utf-8?q??=")
    return inside if kind == "q" else inside // 4 * 3


def _encoded_word(kind: str, text: str) -> str:
    quoted = kind == "q"
    inside = "".join(map(_quoted, text)) if quoted else binascii.b2a_base64(text.encode(), newline=False).decode()
    return f"=?utf-8?{kind}?{inside}?="


def _date(moment: str) -> str:
    return _written(moment) if moment else format_datetime(datetime.now(UTC))


@lru_cache(maxsize=8)  # what is recorded together bears the same moment
def _written(moment: str) -> str:
    return format_datetime(datetime.fromisoformat(moment))


def _bracketed(message_id: str) -> bytes:
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    return f"<{bare}>".encode() if _MESSAGE_ID.fullmatch(bare) else b""


def _references(message: OutgoingMessage) -> list[bytes]:
    """The first and the last ones, ending with what is answered (RFC 5322 section 3.6.4)."""
    wanted = dict.fromkeys((*message.references, message.in_reply_to))
    found = [bracketed for reference in wanted if (bracketed := _bracketed(reference))]
    return found if len(found) <= REFERENCES_KEPT else [found[0], *found[1 - REFERENCES_KEPT :]]


# Bodies


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    """RFC 2046 section 5.1, with its header."""
    boundary = b"=_" + secrets.token_hex(16).encode()  # cannot be guessed, so no text can hold it
    lines = [b"Content-Type: multipart/" + subtype.encode() + b';\r\n boundary="' + boundary + b'"', b""]
    for part in parts:
        lines += [b"--" + boundary, part]
    return b"\r\n".join((*lines, b"--" + boundary + b"--", b""))


@lru_cache(maxsize=64)  # in a backlog many are told the same
def _part(subtype: str, text: str) -> bytes:
    """Headers, an empty line and the body of a text part."""
    text = _NEWLINE.sub("\r\n", text)
    if not text.endswith("\r\n"):
        text += "\r\n"
    if _SEVEN_BIT.fullmatch(text) and max(map(len, text.split("\r\n"))) <= LONGEST_LINE:
        return f"Content-Type: text/{subtype}; charset=us-ascii\r\n\r\n{text}".encode("ascii")
    raw = text.encode("utf-8", "replace")
    if len(raw) * 6 > len(text) * 7:  # more than one character in six outside ASCII, as in Cyrillic
        encoding = "base64"
        body = b"\r\n".join(
            binascii.b2a_base64(raw[start : start + 57], newline=False) for start in range(0, len(raw), 57)
        )
    else:
        encoding = "quoted-printable"
        body = binascii.b2a_qp(raw, istext=True)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body + (b"" if body.endswith(b"\r\n") else b"\r\n")
