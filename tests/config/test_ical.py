"""Days off and vacations out of .ics files."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.patience import PATIENCE
from triage_bot.config import build, ical, load_config
from triage_bot.core.calendar_days import OffKind
from triage_bot.errors import ConfigError

TODAY = date(2026, 11, 20)
WARSAW = ZoneInfo("Europe/Warsaw")
NEW_YORK = """\
BEGIN:VTIMEZONE
TZID:Eastern
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "1") -> str:
    body = "\n".join(lines)
    return f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20261101T000000Z\n{body}\nEND:VEVENT\n"


def all_day(first: str, after: str = "", *lines: str, uid: str = "1") -> str:
    ends = [f"DTEND;VALUE=DATE:{after}"] if after else []
    return event(f"DTSTART;VALUE=DATE:{first}", *ends, "SUMMARY:Wolne", *lines, uid=uid)


def calendar_of(*parts: str) -> str:
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n" + "".join(parts) + "END:VCALENDAR\n"


def dates(tmp_path: Path, text: str, *only: str) -> list[str]:
    """The days off and the vacations of the file, as dates."""
    file = tmp_path / "wolne.ics"
    file.write_text(text, encoding="utf-8")
    days_off, vacations = ical.absences(ical.read(file, TODAY), WARSAW, only)
    return [f"{off.on:%m-%d}" for off in days_off] + [f"{v.first_on:%m-%d}..{v.last_on:%m-%d}" for v in vacations]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([all_day("20261201", "20261202")], ["12-01"], id="one day is a day off"),
        pytest.param([all_day("20261201")], ["12-01"], id="a date without an end is one day"),
        pytest.param([all_day("20261201", "20261201")], ["12-01"], id="an end on the day itself is read as that day"),
        pytest.param([all_day("20261201", "20261205")], ["12-01..12-04"], id="several days are a vacation"),
        pytest.param([event("DTSTART;VALUE=DATE:20261201", "DURATION:P3D")], ["12-01..12-03"], id="by a duration"),
        pytest.param([all_day("20261201", "", "TRANSP:TRANSPARENT")], [], id="shown as free"),
        pytest.param([all_day("20261201", "", "TRANSP:OPAQUE")], ["12-01"], id="shown as busy"),
        pytest.param([all_day("20261201", "", "STATUS:CANCELLED")], [], id="cancelled"),
        pytest.param([all_day("20261201", "", "STATUS:TENTATIVE")], ["12-01"], id="tentative: better not promised"),
        pytest.param([all_day("20261201", "", "X-MICROSOFT-CDO-BUSYSTATUS:FREE")], [], id="free in Outlook's words"),
        pytest.param(
            [event("DTSTART;TZID=Europe/Warsaw:20261201T100000", "DTEND;TZID=Europe/Warsaw:20261201T110000")],
            [],
            id="a meeting",
        ),
        pytest.param(
            [event("DTSTART;TZID=Europe/Warsaw:20261201T000000", "DTEND;TZID=Europe/Warsaw:20261203T000000")],
            ["12-01..12-02"],
            id="timed from midnight to midnight",
        ),
        pytest.param([event("DTSTART:20261130T230000Z", "DTEND:20261201T230000Z")], ["12-01"], id="midnights in UTC"),
        pytest.param([event("DTSTART:20261201T000000", "DTEND:20261201T235900")], [], id="a day cut short on one date"),
        pytest.param(
            [event("DTSTART:20261201T000000", "DTEND:20261202T235900")], ["12-01..12-02"], id="days that end at 23:59"
        ),
        pytest.param(
            [event("DTSTART:20261204T120000", "DTEND:20261207T120000")], ["12-05..12-06"], id="the whole days of a stay"
        ),
        pytest.param(
            [NEW_YORK, event("DTSTART;TZID=Eastern:20261130T180000", "DTEND;TZID=Eastern:20261201T180000")],
            ["12-01"],
            id="in a zone that the file defines",
        ),
        pytest.param(
            [all_day("20261127", "", "RRULE:FREQ=WEEKLY;COUNT=3")], ["11-27", "12-04", "12-11"], id="repeated weekly"
        ),
        pytest.param(
            [all_day("20261127", "", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20261204")],
            ["11-27", "12-11"],
            id="repeated, with an exception",
        ),
        pytest.param(
            [
                all_day("20261127", "", "RRULE:FREQ=WEEKLY;COUNT=3"),
                all_day("20261204", "", "RECURRENCE-ID;VALUE=DATE:20261204", "STATUS:CANCELLED"),
                all_day("20261212", "", "RECURRENCE-ID;VALUE=DATE:20261211"),
            ],
            ["11-27", "12-12"],
            id="repeated, with one cancelled and one moved",
        ),
        pytest.param([all_day("20261201"), all_day("20261201", uid="2")], ["12-01"], id="twice the same day"),
        pytest.param([all_day("19990101", "", "RRULE:FREQ=YEARLY;UNTIL=20051231")], [], id="over long ago"),
        pytest.param([], [], id="an empty calendar"),
    ],
)
def test_whole_days_count(tmp_path: Path, parts: list[str], expected: list[str]) -> None:
    assert dates(tmp_path, calendar_of(*parts)) == expected


def test_what_repeats_for_ever_is_laid_out_for_some_years(tmp_path: Path) -> None:
    found = dates(tmp_path, calendar_of(all_day("20200103", "", "RRULE:FREQ=WEEKLY;BYDAY=FR")))
    assert 200 < len(found) < 250


def test_only_events_with_a_word_count_if_words_are_given(tmp_path: Path) -> None:
    text = calendar_of(
        all_day("20261201", "", uid="1"),
        event("DTSTART;VALUE=DATE:20261202", "SUMMARY:URLOPY rodzinne", uid="2"),
        event("DTSTART;VALUE=DATE:20261203", "SUMMARY:x", "CATEGORIES:praca,Urlop", uid="3"),
        event("DTSTART;VALUE=DATE:20261204", "SUMMARY:Konferencja", uid="4"),
    )
    assert dates(tmp_path, text, "urlop") == ["12-02", "12-03"]
    assert dates(tmp_path, text, "urlop", "wolne") == ["12-01", "12-02", "12-03"]


def test_lines_may_end_and_be_folded_as_the_standard_says(tmp_path: Path) -> None:
    text = calendar_of(event("SUMMARY:Bardzo dłu", " gi urlop", "DTSTART;VALUE=DATE:20261201"))
    file = tmp_path / "wolne.ics"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (found,) = ical.read(file, TODAY)
    assert found.summary == "Bardzo długi urlop"


def test_a_broken_text_of_a_meeting_does_not_matter(tmp_path: Path) -> None:
    meeting = event("DTSTART:20261201T100000", "DTEND:20261201T110000", "GEO:nowhere", "RRULE:FREQ=SOMETIMES", uid="2")
    assert dates(tmp_path, calendar_of(meeting, all_day("20261203"))) == ["12-03"]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\nEND:VEVENT\n", b"\0" * 90]
)
def test_a_file_that_is_none_says_so(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "wolne.ics"
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match=r"wolne\.ics:\d+:1: "):
        ical.read(file, TODAY)


def test_a_folder_is_all_its_ics_files(tmp_path: Path) -> None:
    folder = tmp_path / "kalendarze"
    folder.mkdir()
    (folder / "a.ics").write_text(calendar_of(all_day("20261201")))
    (folder / "b.ICS").write_text(calendar_of(all_day("20261202")))
    (folder / "notes.txt").write_text("not a calendar")
    (tmp_path / "config.yaml").write_text("assistant: {name: K}\nagreement: {days_off_from: [kalendarze]}\n")
    calendar = build.default_agreement(load_config(tmp_path / "config.yaml", today=TODAY)).calendar
    assert [off.on.day for off in calendar.days_off] == [1, 2]


def test_the_configuration_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "wolne.ics").write_text(calendar_of(all_day("20261201"), all_day("20261207", "20261212", uid="2")))
    (tmp_path / "config.yaml").write_text("""\
assistant: {name: K}
agreement:
  days_off_from: [wolne.ics]
  days_off: [{on: 2026-12-01, name: Inwentura}]
  worked_days: [2026-12-08]
  special_days: [{on: 2026-12-09, windows: ["08:00"]}]
clients:
  - {name: Nowak, agreement: {days_off_from: []}}
""")
    config = load_config(tmp_path / "config.yaml", today=TODAY)
    calendar = build.default_agreement(config).calendar
    off = calendar.day_off(date(2026, 12, 1))
    assert off is not None
    assert off.name == "Inwentura"
    kinds = {on: off.kind for on in range(7, 12) if (off := calendar.day_off(date(2026, 12, on)))}
    assert kinds == {7: OffKind.VACATION, 10: OffKind.VACATION, 11: OffKind.VACATION}
    (nowak,) = build.clients(config)
    assert nowak.agreement.calendar.day_off(date(2026, 12, 7)) is None


def test_the_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    before = ical.fingerprint([tmp_path], TODAY)
    (tmp_path / "a.ics").write_text("1")
    one = ical.fingerprint([tmp_path], TODAY)
    (tmp_path / "a.ics").write_text("12")
    assert len({before, one, ical.fingerprint([tmp_path], TODAY), ical.fingerprint([tmp_path], date(2027, 1, 1))}) == 4


def test_a_large_calendar_of_meetings_is_read_quickly(tmp_path: Path) -> None:
    meetings = (event("DTSTART:20261201T100000", "DTEND:20261201T110000", uid=str(number)) for number in range(20_000))
    assert dates(tmp_path, calendar_of(*meetings, all_day("20261203", uid="x"))) == ["12-03"]


def test_a_configuration_without_calendar_files_does_not_load_the_libraries(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "config.yaml").write_text("assistant: {name: K}\n")
    code = (
        "import sys; from pathlib import Path; from triage_bot.config import load_config;"
        "load_config(Path(sys.argv[1]));"
        "sys.exit('icalendar' in sys.modules or 'recurring_ical_events' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "config.yaml")], timeout=PATIENCE, check=False)
    assert done.returncode == 0
