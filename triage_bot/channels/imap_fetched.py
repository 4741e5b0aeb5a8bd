"""What a server answers to FETCH, read quickly.

imapclient looks at every byte by itself, which took a twentieth of all the time of a full mailbox. Here whole tokens
are taken at once, and structures of one shape are understood once. Whatever is not as nearly all servers write it is
left to imapclient: both make the same of it.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from imapclient.response_parser import parse_fetch_response
from imapclient.response_types import BodyData

from triage_bot.channels.imap_structure import Layout, Leaves, laid_out, leaves

Fields = dict[bytes, Any]
"""What FETCH tells about one message, by data item in upper case. Of a structure whose like was read before, the
Layout."""

Piece = bytes | tuple[bytes, bytes]
"""As imaplib gives them: a line, or its beginning up to a literal and that literal."""

_QUOTED = rb'"[^"\\]*+"(?=[ ()]|\Z)'
_ATOM = rb'[^\x00-\x20\x7f-\xff()%"\[{]++(?:\[[^\x00-\x1f\]]*+\][^\x00-\x20\x7f-\xff()%"\[{]*+)*+(?=[ ()]|\Z)'
_TOKEN = re.compile(rb"[()]|" + _QUOTED + rb"|" + _ATOM)
_USUAL = re.compile(rb"(?:[ ()]|" + _QUOTED + rb"|" + _ATOM + rb")*+")
_MOMENT = re.compile(rb" ?(\d{1,2})-([A-Z][a-z][a-z])-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)  # as RFC 3501 has them
}


# How most servers begin their answer about a new mail.
_NEW_MAIL = re.compile(
    rb'(\d+) \(UID (\d+) INTERNALDATE "([^"\\]*)" BODYSTRUCTURE (\([^\\{]*\)) (BODY\[HEADER\](?:<0>)?) '
)
_SIZES = re.compile(rb'" (0|[1-9]\d*) \d+(?=[ )])')  # behind the encoding of a text: its bytes and lines
_BOUNDARY = re.compile(rb'\("boundary" "[^"]*"\)', re.IGNORECASE)
LONGEST_SHAPE = 600  # bytes
BEYOND_SIZES = 2**32  # no number of IMAP is so large (RFC 3501 section 9)


class _UnusualError(Exception):
    """To be read by imapclient."""


def read_fetched(pieces: Sequence[Piece | None]) -> dict[int, Fields]:
    """By UID. Raises what imapclient does."""
    try:
        return _read(pieces)
    except (_UnusualError, ValueError, IndexError, TypeError, RecursionError):
        return dict(parse_fetch_response(list(pieces), normalise_times=False, uid_is_key=True))


def _read(pieces: Sequence[Piece | None]) -> dict[int, Fields]:
    found: dict[int, Fields] = {}
    tokens: list[Any] = []
    for piece in pieces:
        if isinstance(piece, tuple):
            start, _, size = piece[0].rpartition(b"{")
            if start[-1:] not in b" (" or int(size[:-1]) != len(piece[1]):
                raise _UnusualError
            tokens += _tokens(start)
            tokens.append((piece[1],))
        elif piece is not None:
            tokens += _tokens(piece)
            uid, fields = _fields(*_nested(tokens))
            found.setdefault(uid, {}).update(fields)
            tokens = []
    if tokens:
        raise _UnusualError
    return found


def _tokens(line: bytes) -> list[Any]:
    new = _NEW_MAIL.fullmatch(line)
    if new and (known := _known_layout(new[4])):
        return [new[1], b"(", b"UID", new[2], b"INTERNALDATE", (new[3],), b"BODYSTRUCTURE", (known,), new[5]]
    if not _USUAL.fullmatch(line):
        raise _UnusualError
    return _TOKEN.findall(line)


def _known_layout(structure: bytes) -> Layout | None:
    """Most mails are built alike: their structures differ in sizes and in what separates the parts."""
    if len(structure) > LONGEST_SHAPE:
        return None
    pieces = _SIZES.split(structure)
    pieces[-1] = _BOUNDARY.sub(b'("boundary" "")', pieces[-1])
    found = _leaves(tuple(pieces[::2]))
    if found is None:
        return None
    sections = [leaf.section.of_size(int(size)) for leaf, size in zip(found.leaves, pieces[1::2], strict=True)]
    return laid_out(found, sections)


@lru_cache(maxsize=128)
def _leaves(shape: tuple[bytes, ...]) -> Leaves | None:
    """Of a structure without its sizes. None where they were not those of its leaves, or where it is not usual."""
    sizes = [BEYOND_SIZES + number for number in range(len(shape) - 1)]
    written = [b'" %d 0' % size + piece for size, piece in zip(sizes, shape[1:], strict=True)]
    try:
        (structure,) = _nested(_tokens(b"".join((shape[0], *written))))
        found = leaves(BodyData.create(structure))
    except (_UnusualError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found if [leaf.section.size for leaf in found.leaves] == sizes else None


def _nested(tokens: Sequence[Any]) -> list[Any]:
    """Values, with a tuple for each pair of parentheses. What is a value already is given as a tuple of itself."""
    here: list[Any] = []
    above: list[list[Any]] = []
    for token in tokens:
        if token == b"(":
            above.append(here)
            here = []
        elif token == b")":
            inner = tuple(here)
            here = above.pop()
            here.append(inner)
        elif type(token) is tuple:
            here.append(token[0])
        elif token[0] == 34:  # a quotation mark
            here.append(token[1:-1])
        elif token == b"NIL":
            here.append(None)
        elif token.isdigit() and (token[0] != 48 or token == b"0"):
            here.append(int(token))
        else:
            here.append(token)
    if above:
        raise _UnusualError
    return here


def _fields(number: Any, values: Any, *more: Any) -> tuple[int, Fields]:
    if type(number) is not int or type(values) is not tuple or len(values) % 2 or more:
        raise _UnusualError
    uid = number
    fields: Fields = {b"SEQ": number}
    for name, value in zip(values[::2], values[1::2], strict=True):
        item = name.upper() if type(name) is bytes else None
        if item == b"UID":
            uid = value
        elif item == b"INTERNALDATE":
            fields[item] = _moment(value)
        elif item == b"BODYSTRUCTURE":
            fields[item] = value if type(value) is Layout else BodyData.create(value)
        elif item is None or item in (b"ENVELOPE", b"BODY"):
            raise _UnusualError
        else:
            fields[item] = value
    if type(uid) is not int:
        raise _UnusualError
    return uid, fields


def _moment(written: bytes) -> datetime:
    found = _MOMENT.fullmatch(written)
    if found is None:
        raise _UnusualError
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    zone = _zone(sign, hours, minutes)
    return datetime(int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second), tzinfo=zone)


@lru_cache(maxsize=64)
def _zone(sign: bytes, hours: bytes, minutes: bytes) -> timezone:
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(east if sign == b"+" else -east)
