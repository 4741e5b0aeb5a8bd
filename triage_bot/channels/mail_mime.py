"""The parts of a whole mail: which of them are its text, which are attachments.

Walked with a stack and hard bounds on depth and number; attached messages are not opened, so what they hold (a
forwarded bounce, a newsletter somebody sends on) never speaks for the mail itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from triage_bot.channels.mail_headers import BlockEnd, decode_words, end_of_block, filename, multimap, parameters
from triage_bot.core.messages import Attachment

Headers = Mapping[str, tuple[str, ...]]
"""As `multimap` reads them."""

MAX_DEPTH = 12
MAX_PARTS = 300
PART_HEADER_BYTES = 20_000

# Text by its type alone, but nothing that anybody wrote.
_NOT_WRITTEN = frozenset(
    {"text/calendar", "text/rfc822-headers", "text/x-amp-html", "text/csv", "text/vcard", "text/x-vcard", "text/css"}
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Caps on what is looked at. Beyond them a mail is cut, never refused."""

    header_bytes: int
    part_bytes: int  # of each text part, as transferred
    text_chars: int  # of the whole text that the message then holds


@dataclass(frozen=True, slots=True)
class Part:
    """A text part as it was transferred. `encoding` is its Content-Transfer-Encoding."""

    media_type: str  # lower case
    charset: str
    encoding: str
    body: bytes
    flowed: bool = False  # format=flowed (RFC 3676)
    delsp: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    header_end: int
    parts: tuple[Part, ...]  # the text, in order: of alternatives only the one to be read
    attachments: tuple[Attachment, ...]
    part_types: frozenset[str]
    report: tuple[Part, ...] = ()  # of a multipart/report: what the machine says, and what came back
    header_cut: bool = False  # the header block is longer than what was looked at
    headers: Headers = field(default_factory=dict)


@dataclass(slots=True)
class _Entity:
    media_type: str
    params: dict[str, str]
    disposition: str
    name: str
    encoding: str
    body: bytes
    depth: int
    headers: Headers


def structure(raw: bytes, sizes: Sizes) -> Structure:
    """`raw` has its lines ended by LF, with or without CR."""
    header_end, body_start, header_cut = _end_of_block(raw, sizes.header_bytes)
    top = _entity(raw[:header_end], raw[body_start:], sizes.header_bytes, depth=0)
    types: set[str] = set()
    attachments: list[Attachment] = []
    texts: list[tuple[Part, int]] = []  # with the number of the alternative group it belongs to, 0 for none
    is_report = top.media_type == "multipart/report"
    report: list[Part] = []
    groups = 0
    budget = MAX_PARTS
    stack: list[tuple[_Entity, int]] = [(top, 0)]
    while stack and budget:
        budget -= 1
        entity, group = stack.pop()
        types.add(entity.media_type)
        if is_report and entity.depth == 1 and entity.media_type.startswith(("message/", "text/rfc822-headers")):
            report.append(_part(entity))
        if entity.media_type.startswith("multipart/") and entity.depth < MAX_DEPTH:
            children = list(_children(entity, budget))
            if entity.media_type == "multipart/alternative" and not group:
                groups += 1
                group = groups
            stack.extend((child, group) for child in reversed(children))
        elif _is_text(entity):
            texts.append((_part(entity), group))
        elif entity.name or entity.disposition == "attachment" or "content-id" not in entity.headers:
            attachments.append(Attachment(entity.name, entity.media_type, len(entity.body)))
    return Structure(
        header_end, _chosen(texts), tuple(attachments), frozenset(types), tuple(report), header_cut, top.headers
    )


# Nothing but fields and their continuations up to an empty line. No step is ever taken back.
_USUAL_BLOCK = re.compile(rb"(?:[!-9;-~]{1,100}+[ \t]{0,19}+:[^\n]*+\n|[ \t][^\n]*+\n)++(?P<empty>\r?\n)")


def _end_of_block(raw: bytes, limit: int) -> BlockEnd:
    """What `end_of_block` says. Most blocks hold nothing that it must think about."""
    usual = _USUAL_BLOCK.match(raw, 0, min(len(raw), limit))
    return BlockEnd(usual.start("empty"), usual.end()) if usual else end_of_block(raw, limit)


def _entity(block: bytes, body: bytes, limit: int, depth: int, default: str = "text/plain") -> _Entity:
    headers, _ = multimap(block, limit)
    media_type, params = parameters(headers.get("content-type", ("",))[0])
    disposition, more = parameters(headers.get("content-disposition", ("",))[0])
    return _Entity(
        media_type=media_type if "/" in media_type else default,
        params=params,
        disposition=disposition,
        name=filename(more) or filename({key: value for key, value in params.items() if key.startswith("name")}),
        encoding=headers.get("content-transfer-encoding", ("",))[0],
        body=body,
        depth=depth,
        headers=headers,
    )


def _children(entity: _Entity, budget: int) -> Iterator[_Entity]:
    default = "message/rfc822" if entity.media_type == "multipart/digest" else "text/plain"
    for raw in _pieces(entity.body, entity.params.get("boundary", ""), budget):
        header_end, body_start, _ = _end_of_block(raw, PART_HEADER_BYTES)
        yield _entity(raw[:header_end], raw[body_start:], PART_HEADER_BYTES, entity.depth + 1, default)


def _pieces(body: bytes, boundary: str, budget: int) -> Iterator[bytes]:
    """What stands between the delimiter lines (RFC 2046 section 5.1.1). A last delimiter that is missing was cut off;
    without any the whole body is one part, which is better than none."""
    mark = b"--" + decode_words(boundary).encode("utf-8", "replace").rstrip()
    if mark == b"--" and (guess := _LOOKS_LIKE_DELIMITER.search(body[:4000])):
        mark = guess[1]
    position = _delimiter(body, mark, 0) if len(mark) > 2 else -1
    if position < 0:
        yield b"\n" + body
        return
    while position >= 0 and budget > 0:
        budget -= 1
        if body.startswith(b"--", position + len(mark)):
            return
        start = body.find(b"\n", position + len(mark)) + 1
        if not start:
            return
        position = _delimiter(body, mark, start)
        yield body[start : position if position >= 0 else len(body)]


_MAY_FOLLOW = (b"", b"\r", b"\n", b" ", b"\t", b"-")
_LOOKS_LIKE_DELIMITER = re.compile(rb"^(--[^\s]{1,200})(?<!--)[ \t]*\r?$", re.MULTILINE)


def _delimiter(body: bytes, mark: bytes, start: int) -> int:
    """The delimiter may stand only at the beginning of a line, and not be the beginning of a longer one."""
    position = body.find(mark, start)
    while position >= 0:
        follows = body[position + len(mark) : position + len(mark) + 1]
        if (not position or body[position - 1 : position] == b"\n") and follows in _MAY_FOLLOW:
            return position
        position = body.find(mark, position + 1)
    return -1


def _is_text(entity: _Entity) -> bool:
    return (
        entity.media_type.startswith("text/")
        and entity.media_type not in _NOT_WRITTEN
        and entity.disposition != "attachment"
        and not (entity.disposition and entity.name)  # old programs name the very text of a mail, in Content-Type
    )


def _part(entity: _Entity) -> Part:
    params = entity.params
    return Part(
        media_type=entity.media_type,
        charset=params.get("charset", ""),
        encoding=entity.encoding,
        body=entity.body,
        flowed=params.get("format", "").lower() == "flowed",
        delsp=params.get("delsp", "").lower() == "yes",
    )


def _chosen(texts: list[tuple[Part, int]]) -> tuple[Part, ...]:
    """Of each group of alternatives the plain parts, if they hold anything, else the others."""
    plain = {group for part, group in texts if part.media_type == "text/plain" and part.body.strip()}
    return tuple(part for part, group in texts if not group or (part.media_type == "text/plain") == (group in plain))
