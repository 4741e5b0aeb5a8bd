"""The header block of a mail, read without trust.

Nothing here raises, and every step is linear in its input: real senders write unknown charsets, unclosed comments,
eight-bit names and addresses that end in the middle, and the getters of the standard library fail on each of them.
Addresses are split first and decoded afterwards, because an encoded display name may hold a comma.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from triage_bot.channels.mail_charset import decode_bytes, decode_declared, from_base64, from_quoted_printable
from triage_bot.core.machine_text import telling_headers
from triage_bot.core.messages import Address

MAX_HEADERS = 500
MAX_ADDRESSES = 200
MAX_REFS = 50
SHORT = 300
"""Characters of what is kept for a while when it was read."""

# A field name is printable ASCII without the colon (RFC 5322 section 2.2). Blanks before the colon are obsolete syntax
# that still occurs; a name with blanks inside is the first line of a body that nothing separates from the header.
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*", re.ASCII)
_FIELD_BEGINS = re.compile(_FIELD.pattern + ":", re.ASCII)
_LINE_END = re.compile(r"\n(?![ \t])")  # not where a line is folded
# A folded parameter that lost the blank before it: `Content-Type: multipart/mixed;` and `boundary=...` below it.
_LOST_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,30}\*?[ \t]*=", re.ASCII)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,990})>")
_LOCAL_OR_DOMAIN = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f]+")


def multimap(block: bytes, limit: int) -> tuple[dict[str, tuple[str, ...]], bool]:
    """Lower-case names to unfolded raw values in order of appearance, and whether `limit` cut something off.

    Behind the first `MAX_HEADERS` lines only what may give a machine or its sender away is kept.
    """
    cut = len(block) > limit
    text = _block_text(block[:limit] if cut else block)
    values: dict[str, list[str]] = {}
    name = ""
    for number, line in enumerate(_LINE_END.split(text)):
        before, colon, value = line.partition(":")
        field = (_known_name if len(before) <= SHORT else _field_name)(before) if colon else ""
        if not field:
            if name and number < MAX_HEADERS and _LOST_PARAMETER.match(line):
                values[name][-1] += f" {_unfolded(line)}"
            continue
        if number >= MAX_HEADERS and not _is_telling(field):
            continue
        name = field
        values.setdefault(name, []).append(_unfolded(value) if "\n" in value else value.strip())
    return {name: tuple(found) for name, found in values.items()}, cut


def _unfolded(value: str) -> str:
    return value.replace("\r\n", "").replace("\n", "").strip()


def _field_name(before_colon: str) -> str:
    """In lower case, "" for what can be none."""
    field = _FIELD.fullmatch(before_colon)
    return field[1].lower() if field else ""


_known_name = lru_cache(maxsize=512)(_field_name)  # nearly all mails have the same few dozen


def _is_telling(name: str) -> bool:
    return name in telling_headers() or name.startswith(("list-", "x-auto"))


def _block_text(block: bytes) -> str:
    if b"\r" in block and b"\n" not in block:
        block = block.replace(b"\r", b"\n")
    if b"\0" in block:
        block = block.replace(b"\0", b"")  # no database takes it
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        # Each line has its own author: relays write UTF-8 beside the eight-bit name of an old mail program.
        return "\n".join(decode_bytes(line) for line in block.split(b"\n"))


class BlockEnd(NamedTuple):
    """Where a header block ends and where the body begins."""

    header_end: int
    body_start: int
    cut: bool = False  # the limit came before any end


def end_of_block(raw: bytes, limit: int) -> BlockEnd:
    """Where the header block ends.

    The body begins after the first empty line, or with the first line that can be no header. A stray line between two
    headers is passed over: what comes after it may be the one header that gives a machine away.
    """
    position = 0
    length = min(len(raw), limit)
    stray = -1
    while position < length:
        newline = raw.find(b"\n", position, length)
        end = newline if newline >= 0 else length
        line = raw[position : min(end, position + 120)]
        if not line.strip(b"\r"):
            return BlockEnd(position, min(end + 1, len(raw))) if stray < 0 else BlockEnd(stray, stray)
        if line[:1] in (b" ", b"\t") or line.startswith((b"From ", b">From ")):
            pass  # a continuation, or the line of an mbox file
        elif _FIELD_BEGINS.match(text := line.decode("latin-1")):
            stray = -1
        elif position and _LOST_PARAMETER.match(text):
            pass
        elif stray >= 0:
            return BlockEnd(stray, stray)
        else:
            stray = position
        position = end + 1
    end = stray if stray >= 0 else length
    return BlockEnd(end, end, cut=length < len(raw))


def decode_words(value: str) -> str:
    """A header value with its encoded words (RFC 2047) decoded, on one line and without control characters."""
    if "=?" in value:
        value = "".join(_decoded(value))
    if not value.isprintable():
        value = _CONTROLS.sub(" ", value)
    return value.strip()


def _decoded(value: str) -> Iterator[str]:
    """Neighbouring words of one charset are joined as bytes: some senders cut a character in two."""
    position, charset, pending = 0, "", b""
    for word in _ENCODED_WORD.finditer(value):
        between = value[position : word.start()]
        name = word[1].partition("*")[0].lower()  # RFC 2231 section 5: a language may follow
        raw = _word_bytes(word[2], word[3])
        gap = bool(between.strip()) or not position
        if pending and (gap or name != charset):
            yield decode_declared(pending, charset)
            pending = b""
        if gap:
            yield between
        pending, charset, position = pending + raw, name, word.end()
    if pending:
        yield decode_declared(pending, charset)
    yield value[position:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return from_quoted_printable(data.replace(b"_", b" ")) if encoding in "qQ" else from_base64(data)


def addresses(values: tuple[str, ...]) -> tuple[Address, ...]:
    """The mailboxes of address headers, in order; groups are opened, what cannot be read keeps an empty `addr`."""
    return _known_addresses(values) if len(values) == 1 and len(values[0]) <= SHORT else _addresses(values)


def _addresses(values: tuple[str, ...]) -> tuple[Address, ...]:
    found: list[Address] = []
    for value in values:
        for mailbox in _mailboxes(value):
            address = mailbox.address()
            if address.addr or address.name:
                found.append(address)
            if len(found) >= MAX_ADDRESSES:
                return tuple(found)
    return tuple(found)


# Asked twice of each From; and to whom a mail is written is in most mails of a mailbox the same.
_known_addresses = lru_cache(maxsize=256)(_addresses)


def first_address(values: tuple[str, ...]) -> Address:
    """The first readable mailbox; some programs encode the whole header, address and all."""
    found = addresses(values)
    for address in found:
        if address.addr:
            return address
    for value in values:
        if "=?" in value and "@" not in value:
            for address in addresses((decode_words(value),)):
                if address.addr:
                    return address
    return found[0] if found else Address("")


class _Mailbox:
    """The pieces of one mailbox while it is scanned."""

    __slots__ = ("angle", "comment", "has_angle", "has_at", "phrase", "quoted")

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.comment: list[str] = []
        self.angle: list[str] = []
        self.has_angle = self.has_at = self.quoted = False

    def address(self) -> Address:
        phrase = "".join(self.phrase).strip()
        if self.has_angle:
            return Address(addr_spec("".join(self.angle)), decode_words(phrase or "".join(self.comment)))
        addr = addr_spec(phrase)
        words = phrase.split()
        if not addr and not self.quoted and len(words) > 1:
            # Missing commas ("a@b c@d") and missing brackets ("Anna a@b"). Guess no further: a wrong guess
            # would be written to.
            addr = addr_spec(words[0] if all("@" in word for word in words) else words[-1])
        return Address(addr, decode_words("".join(self.comment) if addr else phrase))


_PIECE = re.compile(r'[^"()<>,;:\\]+|.', re.DOTALL)


def _mailboxes(value: str) -> Iterator[_Mailbox]:
    """One pass with counters where the standard library recurses."""
    if (value.count('"') - value.count('\\"')) % 2:
        value = value.replace('"', "")  # a quote that never closes would swallow every address behind it
    box = _Mailbox()
    quoted, depth, angle, escaped = False, 0, False, False
    for piece in _PIECE.findall(value):
        target = box.comment if depth else box.angle if angle else box.phrase
        if escaped or (piece == "\\" and (quoted or depth)):
            if escaped:
                target.append(piece)
            escaped = not escaped
        elif piece == '"' and not depth:
            quoted = not quoted
            box.quoted = True
            if angle:  # inside an addr-spec the quotes belong to the local part
                target.append(piece)
        elif quoted:
            target.append(piece)
        elif depth:
            depth += (piece == "(") - (piece == ")")
            if depth:
                target.append(piece)
        elif piece == "(":
            depth = 1
        elif angle:
            angle = piece != ">"
            if angle:
                target.append(piece)
        elif piece == "<":
            angle, box.has_angle = True, True
            box.angle.clear()
        elif piece in ",;" or (piece == ":" and not box.has_at):
            if piece != ":":  # what stands before a colon is the name of a group (RFC 5322 section 3.4)
                yield box
            box = _Mailbox()
        else:
            box.has_at = box.has_at or "@" in piece
            target.append(piece)
    yield box


def addr_spec(text: str) -> str:
    """An addr-spec in lower case, or "" for what is none. An obsolete route (`<@a,@b:c@d>`) is passed over."""
    text = text.strip().lower()
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2].strip()
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), domain.strip().rstrip(".")
    if not at or not local or not domain or len(text) > 320:
        return ""
    literal = domain.startswith("[") and domain.endswith("]") and len(domain) > 2
    if not literal and not _LOCAL_OR_DOMAIN.fullmatch(domain):
        return ""
    quoted = len(local) > 2 and local[0] == local[-1] == '"' and local.isprintable()
    if not quoted and not _LOCAL_OR_DOMAIN.fullmatch(local):
        return ""
    return f"{local}@{domain}"


def return_path(values: tuple[str, ...]) -> str | None:
    """The topmost Return-Path: "" is the null path, None that there is none. "mailer-daemon" stands as it is.

    Of several a null path counts wherever it stands: a bounce stays one when it is handed on.
    """
    paths = list(map(_path, values))
    return "" if "" in paths else next(iter(paths), None)


def _path(value: str) -> str:
    start, end = value.find("<"), value.rfind(">")
    if start >= 0:
        value = value[start + 1 : end if end > start else len(value)]
    return "".join(value.split()).lower()[:320]


def message_id(values: tuple[str, ...]) -> str:
    """Without angle brackets, "" if there is none."""
    if not values:
        return ""
    found = _MESSAGE_ID.search(values[0])
    return found[1] if found else "".join(values[0].split()).strip("<>")[:990]


def references(*headers: tuple[str, ...]) -> tuple[str, ...]:
    """Message-IDs in order, each once. Of a long chain its root and its newest links are kept."""
    seen: dict[str, None] = {}
    for values in headers:
        for value in values:
            seen.update(dict.fromkeys(_MESSAGE_ID.findall(value)))
    refs = tuple(seen)
    return refs if len(refs) <= MAX_REFS else (refs[0], *refs[1 - MAX_REFS :])


def moment(values: tuple[str, ...]) -> datetime | None:
    """The Date header as an aware moment; None where it is absent or absurd."""
    if not values:
        return None
    if usual := _USUAL_MOMENT.fullmatch(values[0]):
        day, month, year, hour, minute, second, zone = usual.groups()
        with suppress(ValueError, KeyError):
            return datetime(
                int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=_usual_zone(zone)
            )
    try:
        parts = parsedate_tz(values[0][:200])
        if parts is None or not 1980 <= parts[0] <= 2200:
            return None
        offset = parts[9] or 0  # -0000 says that the zone is unknown (RFC 5322 section 3.3): UTC then
        zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=zone)
    except (ValueError, TypeError, IndexError, OverflowError, ArithmeticError):
        return None


# RFC 5322 section 3.3 without its comments and what is obsolete.
_USUAL_MOMENT = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z][a-z]) (20\d\d) (\d\d):(\d\d):(\d\d) ([+-]\d{4})",
    re.ASCII,
)
_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_MONTHS = dict(zip(_MONTH_NAMES.split(), range(1, 13), strict=True))


@lru_cache(maxsize=64)
def _usual_zone(written: str) -> timezone:
    hours, minutes = divmod(int(written[1:]), 100)
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if written[0] == "-" else east)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition: its token in lower case and its parameters, in one pass.

    Only a bounded number is read: `text/html ; ; ; ...` takes the standard library seconds.
    """
    head, _, rest = value[:4000].partition(";")
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(rest):
        name = match[1].lower()
        quoted = match[2]
        text = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else match[3].strip()
        found.setdefault(name, text)
    return head.strip().lower(), found


_PARAMETER = re.compile(
    r"(?:^|;)[ \t\r\n]*([!#-':*+.0-9A-Z^_`a-z{|}~-]+)[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\"]*))", re.DOTALL
)


def filename(params: Mapping[str, str]) -> str:
    """The file name among the parameters of Content-Disposition or Content-Type, in whichever way it is encoded."""
    for name in ("filename", "name"):
        if name in params:
            return decode_words(params[name])[:200]
        pieces = [params[f"{name}*"]] if f"{name}*" in params else list(_continued(params, name))
        if pieces:  # RFC 2231 sections 3 and 4
            charset, mark, rest = "".join(pieces).partition("''")
            raw = unquote_to_bytes(rest if mark else charset)
            return decode_words(decode_declared(raw, charset if mark else ""))[:200]
    return ""


def _continued(params: Mapping[str, str], name: str) -> Iterator[str]:
    for number in range(20):
        piece = params.get(f"{name}*{number}*", params.get(f"{name}*{number}"))
        if piece is None:
            return
        yield piece
