"""BODYSTRUCTUREs as servers send them, and where to go on reading."""

from datetime import UTC, datetime

import pytest
from imapclient.response_parser import parse_fetch_response

from triage_bot.channels.imap_cursor import GENERATION, First, GoOn, Rescan, resume
from triage_bot.channels.imap_structure import Layout, layout
from triage_bot.core.messages import Attachment, Cursor

PLAIN = '("TEXT" "PLAIN" ("CHARSET" "UTF-8" "FORMAT" "flowed") NIL NIL "8BIT" 12 1)'
HTML = '("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 300 9 NIL NIL NIL NIL)'
PDF = (
    '("application" "pdf" ("name" "old.pdf") NIL NIL "base64" 3000 NIL '
    '("attachment" ("filename*" "utf-8\'\'%C5%BC.pdf")) NIL NIL)'
)
LOGO = '("image" "png" NIL "<logo@x>" NIL "base64" 900 NIL ("inline" NIL) NIL)'
NOTE = '("text" "plain" ("charset" "utf-8") NIL NIL "base64" 50 1 NIL ("attachment" ("filename" "note.txt")) NIL)'
FORWARDED = f'("message" "rfc822" NIL NIL NIL "7bit" 400 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) {HTML} 9 NIL NIL)'
EMPTY = '("text" "plain" NIL NIL NIL "7bit" 0 0)'
CALENDAR = '("text" "calendar" ("method" "REQUEST") NIL NIL "7bit" 80 4)'
HEADERS = '("text" "rfc822-headers" NIL NIL NIL "7bit" 70 3)'
REPORT = f'({PLAIN}("message" "delivery-status" NIL NIL NIL "7bit" 90){HEADERS} "report")'


def structure(text: str) -> Layout:
    raw = f"1 (UID 1 BODYSTRUCTURE {text})".encode()
    return layout(parse_fetch_response([raw], normalise_times=False)[1][b"BODYSTRUCTURE"])


@pytest.mark.parametrize(
    ("text", "numbers", "attachments"),
    [
        pytest.param(PLAIN, ["1"], [], id="a plain text"),
        pytest.param(f'({PLAIN}{HTML} "alternative")', ["1"], [], id="the plain alternative"),
        pytest.param(f'({EMPTY}{HTML} "alternative")', ["2"], [], id="HTML beside an empty plain text"),
        pytest.param(f'({HTML} "alternative")', ["1"], [], id="an alternative of HTML alone"),
        pytest.param(
            f'({PLAIN}{PDF} "mixed")', ["1"], [Attachment("ż.pdf", "application/pdf", 3000)], id="an attachment"
        ),
        pytest.param(f'(({PLAIN}{HTML} "alternative"){PDF} "mixed")', ["1.1"], ["ż.pdf"], id="an alternative inside"),
        pytest.param(
            f'(({PLAIN}({HTML}{LOGO} "related") "alternative"){PDF} "mixed")', ["1.1"], ["ż.pdf"], id="related inside"
        ),
        pytest.param(f'(({HTML}{LOGO} "related"){PDF} "mixed")', ["1.1"], ["ż.pdf"], id="a logo is no attachment"),
        pytest.param(f'({PLAIN}{NOTE} "mixed")', ["1"], ["note.txt"], id="an attached text is not the text"),
        pytest.param(f'({PLAIN}{FORWARDED} "mixed")', ["1"], [""], id="a forwarded mail is not opened"),
        pytest.param(REPORT, ["1"], ["", ""], id="a bounce"),
        pytest.param(f'({PLAIN}{HTML}{CALENDAR} "alternative")', ["1"], [""], id="an invitation"),
        pytest.param(PDF, [], ["ż.pdf"], id="nothing but a file"),
    ],
)
def test_the_text_parts_and_attachments_of(text: str, numbers: list[str], attachments: list[Attachment | str]) -> None:
    found = structure(text)
    assert [section.number for section in found.texts] == numbers
    names = [
        found if isinstance(expected, Attachment) else found.filename
        for found, expected in zip(found.attachments, attachments, strict=True)
    ]
    assert names == attachments


def test_what_a_part_says_of_itself() -> None:
    found = structure(f'({PLAIN}{CALENDAR} "mixed")')
    (section,) = found.texts
    assert (section.media_type, section.charset, section.encoding, section.size) == ("text/plain", "UTF-8", "8BIT", 12)
    assert section.flowed
    assert found.types == {"multipart/mixed", "text/plain", "text/calendar"}


def test_a_structure_without_end_is_cut() -> None:
    wide = structure(f'({PLAIN * 1000} "mixed")')
    assert len(wide.texts) <= 20
    deep = structure("(" * 100 + PLAIN + ' "mixed")' * 100)
    assert deep.texts == ()


STARTED = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
STORED = Cursor("mail/INBOX", 7, 100, STARTED, STARTED)


def step(stored: Cursor | None, validity: int, next_uid: int, start_at: datetime | None = None) -> object:
    return resume(stored, source="mail/INBOX", uid_validity=validity, next_uid=next_uid, start_at=start_at, now=NOW)


def test_the_first_start_begins_behind_the_last_mail() -> None:
    assert step(None, 7, 101) == First(Cursor("mail/INBOX", 7, 100, NOW, NOW), None)


def test_the_first_start_may_look_back() -> None:
    assert step(None, 7, 101, STARTED) == First(Cursor("mail/INBOX", 7, 100, STARTED, NOW), STARTED)


def test_a_known_folder_goes_on_where_it_was() -> None:
    assert step(STORED, 7, 101) == GoOn(STORED)
    assert step(STORED, 7, 150, STARTED) == GoOn(STORED)


def test_a_new_uidvalidity_is_a_rescan() -> None:
    match step(STORED, 8, 5):
        case Rescan(cursor, stored, _):
            assert (cursor.epoch, cursor.position, cursor.started_at, stored) == (8, 4, STARTED, STORED)
        case other:
            pytest.fail(str(other))


def test_uids_that_went_back_are_a_new_generation_of_the_same_uidvalidity() -> None:
    match step(STORED, 7, 50):
        case Rescan(cursor, _, _):
            assert (cursor.epoch, cursor.position) == (7 + GENERATION, 49)
            assert step(cursor, 7, 60) == GoOn(cursor)
        case other:
            pytest.fail(str(other))
