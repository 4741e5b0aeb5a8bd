"""What is read quickly is read as imapclient reads it, and what is not usual is left to imapclient."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from imapclient.response_parser import parse_fetch_response
from imapclient.response_types import BodyData

from triage_bot.channels import imap_fetched
from triage_bot.channels.imap_fetched import Piece, read_fetched
from triage_bot.channels.imap_structure import Layout, layout

TEXT = b'("text" "plain" ("charset" "UTF-8") NIL NIL "8bit" 12 1 NIL NIL NIL NIL)'
HTML = b'("text" "html" ("charset" "UTF-8") NIL NIL "base64" 300 9 NIL NIL NIL NIL)'
BOTH = b"(" + TEXT + HTML + b' "alternative" ("boundary" "a (b) [c]") NIL NIL NIL)'


def mail(uid: int, structure: bytes = TEXT, at: bytes = b"22-Nov-2026 03:37:09 +0000") -> list[Piece]:
    start = b'7 (UID %d INTERNALDATE "%s" BODYSTRUCTURE %s BODY[HEADER]<0> {5}' % (uid, at, structure)
    return [(start, b"a: b\n"), (b" BODY[1]<0> {3}", b"(x}"), b")"]


USUAL: dict[str, Sequence[Piece | None]] = {
    "a mail": mail(7),
    "several of them": [*mail(7), *mail(9, BOTH), *mail(8)],
    "a day of one digit, west of Greenwich": mail(7, at=b" 2-Nov-2026 03:37:09 -0130"),
    "one mail in two answers": [b"1 (UID 7 FLAGS (\\Seen $Junk))", b'1 (UID 7 BODY[1]<0> "x")'],
    "a list of headers": [b'1 (UID 7 BODY[HEADER.FIELDS (FROM TO)] "From: x")'],
    "a text that looks like a number, one like nothing, an empty one": [
        b'1 (UID 7 A 007 B "NIL" C "" D NIL E 12 F ())'
    ],
    "nothing": [None],
    "no answer": [],
}
UNUSUAL: dict[str, Sequence[Piece | None]] = {
    "an envelope": [b'1 (UID 7 ENVELOPE (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL))'],
    "a quotation mark in quotation marks": [b'1 (UID 7 X "a\\"b")'],
    "a byte beyond ASCII in a word": [b"1 (UID 7 X a\xc3)"],
    "a per cent sign": [b"1 (UID 7 X %)"],
    "a moment that is none": mail(7, at=b"yesterday"),
    "a day that is none": mail(7, at=b"99-Nov-2026 03:37:09 +0000"),
    "a month that is none": mail(7, at=b"01-Foo-2026 03:37:09 +0000"),
    "words that touch": [b'1 (UID 7 X "a"b)'],
    "a mail without its end": [b"1 (UID 7"],
    "an end without a beginning": [b"1 (UID 7))"],
    "a UID that is none": [b'1 (UID "x")'],
    "a number that is none": [b"x (UID 7)"],
    "a name without a value": [b"1 (UID 7 X)"],
    "a literal that is shorter than announced": [(b"1 (UID 7 X {5}", b"abc"), b")"],
    "a literal that is not ended": [(b"1 (UID 7 X {3}", b"abc")],
}


def outcome(read: Any, pieces: Sequence[Piece | None]) -> object:
    try:
        found = read(list(pieces))
    except Exception as error:
        return type(error), str(error)
    return {uid: {item: laid_out(value) for item, value in fields.items()} for uid, fields in found.items()}


def laid_out(value: Any) -> Any:
    """Structures are compared by what is made of them: of a usual one nothing else is there."""
    return layout(value) if isinstance(value, BodyData) else value


def by_imapclient(pieces: list[Piece | None]) -> Any:
    return parse_fetch_response(pieces, normalise_times=False, uid_is_key=True)  # type: ignore[arg-type, unused-ignore]


@pytest.mark.parametrize("pieces", USUAL.values(), ids=USUAL)
def test_what_is_usual_is_read_here(pieces: Sequence[Piece | None]) -> None:
    expected = outcome(by_imapclient, pieces) if pieces else {}
    assert outcome(imap_fetched._read, pieces) == expected


FILE = b'("application" "pdf" ("name" "b.pdf") NIL NIL "base64" 12 NIL ("attachment" ("filename" "b.pdf")) NIL NIL)'
NAMED = b'("text" "plain" ("name" "%s") NIL NIL "8bit" 12 1 NIL ("attachment" NIL) NIL NIL)'
INSIDE = (
    b'("message" "rfc822" NIL NIL NIL "7bit" 400 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ' + TEXT + b" 9 NIL NIL)"
)
EMPTY = b'("text" "plain" NIL NIL NIL "8bit" 0 0 NIL NIL NIL NIL)'
UNENCODED = b'("text" "plain" NIL NIL NIL NIL 12 1 NIL NIL NIL NIL)'


@pytest.mark.parametrize(
    ("structure", "known"),
    [
        pytest.param(TEXT, True, id="a text"),
        pytest.param(BOTH, True, id="a text in two ways"),
        pytest.param(b"(" + EMPTY + HTML + b' "alternative")', True, id="HTML beside an empty text"),
        pytest.param(b"(" + TEXT + NAMED % b"a.txt" + b' "mixed" ("boundary" "x"))', True, id="an attached text"),
        pytest.param(b"(" + TEXT + FILE + b' "mixed" ("boundary" "x"))', False, id="an attached file"),
        pytest.param(b"(" + TEXT + INSIDE + b' "mixed" ("boundary" "x"))', False, id="an attached mail"),
        pytest.param(NAMED % b" 12 34 x", False, id="a name that looks like sizes"),
        pytest.param(b"(" + UNENCODED + NAMED % b" 7 8 x" + b' "mixed")', False, id="the same beside a part without"),
        pytest.param(TEXT + b" FLAGS ()", False, id="something behind the structure"),
        pytest.param(b'("text" "plain" ("charset" {5}', False, id="a name that is a literal"),
    ],
)
def test_a_structure_is_laid_out_as_others_of_its_shape(structure: bytes, known: bool) -> None:
    for sizes in (b'" 12 1', b'" 300 9', b'" 2 1'):
        pieces = mail(7, structure.replace(b'" 12 1', sizes))
        found = outcome(read_fetched, pieces)
        assert found == outcome(by_imapclient, pieces)
        if isinstance(found, dict):
            assert isinstance(read_fetched(pieces)[7][b"BODYSTRUCTURE"], Layout) == known


@pytest.mark.parametrize("pieces", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_not_usual_is_read_by_imapclient(pieces: Sequence[Piece | None]) -> None:
    assert outcome(read_fetched, pieces) == outcome(by_imapclient, pieces)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        pytest.param(b"22-Nov-2026 03:37:09 +0000", datetime(2026, 11, 22, 3, 37, 9, tzinfo=UTC), id="in UTC"),
        pytest.param(
            b" 2-Nov-2026 03:37:09 -0130",
            datetime(2026, 11, 2, 3, 37, 9, tzinfo=timezone(-timedelta(hours=1, minutes=30))),
            id="west of Greenwich",
        ),
    ],
)
def test_a_moment_keeps_its_zone(written: bytes, moment: datetime) -> None:
    found = read_fetched(mail(7, at=written))[7][b"INTERNALDATE"]
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())
