"""Days off and vacations out of .ics files: the one home of `icalendar` and `recurring_ical_events`.

An event counts if it takes whole days: an all-day event, or a timed one for those dates that it covers from midnight
to midnight. One such day is a day off, several in a row are a vacation. Not counted: what is shown as free
(TRANSP:TRANSPARENT, as calendars export holidays of others, birthdays and most all-day entries), what is cancelled,
meetings. Repetitions are laid out from `BEHIND` a day up to `AHEAD` after it.

The libraries are slow to load and to parse, and know no lines. So the file is first cut into its events here, the
ones that take no whole day are left out, and only a configuration with such files pays for any of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from triage_bot.config.files import refuse_special
from triage_bot.core import rules
from triage_bot.core.calendar_days import DayOff, Vacation
from triage_bot.errors import ConfigError, Problem
from triage_bot.reading.fold import fold

if TYPE_CHECKING:
    from icalendar import Event

MAX_BYTES = 20 << 20
BEHIND = timedelta(days=100)
AHEAD = timedelta(days=4 * 366)  # further than any promise looks
ONE_DAY = timedelta(days=1)
LONGEST_NAME = 100
NOT_AWAY = frozenset({"FREE", "WORKINGELSEWHERE"})  # Outlook's own word for it
TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"})

_PROPERTY = re.compile(r"([A-Za-z-]+)((?:;[^:\"]*(?:\"[^\"]*\")?[^:\"]*)*):(.*)")
_DATE = re.compile(r"\d{8}\Z")
_MOMENT = re.compile(r"\d{8}T\d{6}Z?\Z")
_TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)

Fingerprint = tuple[object, ...]
"""Changes when a file does, and once a year, so that repetitions are laid out anew."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event, or one of its repetitions. `end` is the first date or moment that is free again."""

    start: date | datetime
    end: date | datetime
    summary: str
    categories: tuple[str, ...] = ()


def files_of(path: Path) -> list[Path]:
    """The file itself, or the .ics files of a folder."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() == ".ics")


def fingerprint(paths: Iterable[Path], today: date) -> Fingerprint:
    return (today.year, *(_stamp(file) for path in sorted(paths) for file in _listed(path)))


def _listed(path: Path) -> list[Path]:
    try:
        return files_of(path)
    except OSError:
        return []


def _stamp(file: Path) -> tuple[str, int, int]:
    try:
        status = file.stat()
    except OSError:
        return (str(file), 0, -1)
    return (str(file), status.st_mtime_ns, status.st_size)


def read(file: Path, today: date) -> tuple[Occurrence, ...]:
    """What the file says of whole days around `today`. Raises ConfigError with everything that is wrong in it."""
    events = _candidates(_cut(_text(file), file), file)
    if not events:
        return ()
    repeated = _repeated(_parsed(events, file), events, today, file)
    return tuple(_occurrence(event) for event in repeated if _is_away(event))


def absences(
    occurrences: Iterable[Occurrence], zone: ZoneInfo, only: Sequence[str] = ()
) -> tuple[tuple[DayOff, ...], tuple[Vacation, ...]]:
    """The days off and the vacations, with `only` those events that have one of the words in title or category."""
    wanted = rules.words(only) if only else None
    days_off: dict[date, DayOff] = {}
    vacations: set[tuple[date, date]] = set()
    for each in occurrences:
        days = _whole_days(each, zone)
        if days is None or (wanted and not wanted.search(fold(" ".join((each.summary, *each.categories))))):
            continue
        if days[0] == days[1]:
            days_off.setdefault(days[0], DayOff(days[0], each.summary))
        else:
            vacations.add(days)
    return tuple(days_off[on] for on in sorted(days_off)), tuple(Vacation(*days) for days in sorted(vacations))


def _whole_days(each: Occurrence, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last date that are covered from midnight to midnight."""
    if not isinstance(each.start, datetime) or not isinstance(each.end, datetime):
        return each.start, max(each.start, each.end - ONE_DAY)
    start, end = _local(each.start, zone), _local(each.end, zone)
    first_on = start.date() if start.time() == time(0) else start.date() + ONE_DAY
    # Some programs let a day end at 23:59 or a second later.
    last_on = (end + timedelta(minutes=1)).date() - ONE_DAY
    return (first_on, last_on) if first_on <= last_on else None


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall time; one without a zone is the reader's own (RFC 5545 section 3.3.5)."""
    return at if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)


# --- the file, cut into its components -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Component:
    """A VEVENT or VTIMEZONE as it stands in the file. `values` are its own properties, by name: line and text."""

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    values: dict[str, tuple[int, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, (0, ""))[1]

    def line_of(self, name: str) -> int:
        return self.values.get(name, (self.line, ""))[0]

    def title(self) -> str:
        shown = _plain(self.value("SUMMARY"))
        return f"the event “{shown}”" if shown else "an event without a title"


def _text(file: Path) -> str:
    try:
        refuse_special(file)
        with file.open("rb") as source:
            raw = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(file, 1, f"cannot be read: {error.strerror or error}") from None
    if len(raw) > MAX_BYTES:
        raise _wrong(file, 1, f"is larger than {MAX_BYTES >> 20} MB: export the calendar of your days off alone")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(file, raw[: error.start].count(b"\n") + 1, "is not UTF-8 here") from None


def _cut(text: str, file: Path) -> list[_Component]:
    open_: list[tuple[str, int]] = []
    found: list[_Component] = []
    current: _Component | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        word = line.strip().upper()
        if not open_ and word and word != "BEGIN:VCALENDAR":
            raise _wrong(file, number, "is no iCalendar file: `BEGIN:VCALENDAR` must stand here")
        if word.startswith("BEGIN:"):
            open_.append((word[6:], number))
            if len(open_) == 2 and word[6:] in ("VEVENT", "VTIMEZONE"):
                current = _Component(word[6:], number)
                found.append(current)
        if current is not None:
            current.lines.append(line)
            if len(open_) == 2:
                _note(current, line, number)
        if word.startswith("END:"):
            if not open_ or open_[-1][0] != word[4:]:
                raise _wrong(file, number, f"`{line.strip()}` ends nothing that is open here")
            open_.pop()
            current = current if len(open_) >= 2 else None
    if open_:
        kind, number = open_[-1]
        raise _wrong(file, number, f"the file ends before this {kind} does: it is cut off")
    if not text.strip():
        raise _wrong(file, 1, "is empty")
    return found


def _note(component: _Component, line: str, number: int) -> None:
    if line[:1] in (" ", "\t"):  # goes on from the line before; none of what is looked at is that long
        return
    if match := _PROPERTY.match(line):
        component.values.setdefault(match[1].upper(), (number, match[3].strip()))


def _candidates(components: list[_Component], file: Path) -> list[_Component]:
    """The events that may take a whole day, those that belong to the same series, and the time zones."""
    events = [each for each in components if each.kind == "VEVENT"]
    problems = [problem for event in events for problem in _problems(event, file)]
    if problems:
        raise ConfigError(problems)
    wanted = {event.value("UID") or str(event.line) for event in events if _may_take_a_day(event)}
    chosen = [event for event in events if (event.value("UID") or str(event.line)) in wanted]
    return [each for each in components if each.kind == "VTIMEZONE"] + chosen if chosen else []


def _may_take_a_day(event: _Component) -> bool:
    start, end = event.value("DTSTART"), event.value("DTEND")
    return bool(_DATE.match(start)) or start[:8] != end[:8]


def _problems(event: _Component, file: Path) -> Iterable[Problem]:
    start, end = event.value("DTSTART"), event.value("DTEND")
    if not start:
        yield Problem(str(file), event.line, 1, "", f"{event.title()} has no start (DTSTART)")
    for name, value in (("DTSTART", start), ("DTEND", end)):
        if value and not _is_moment(value):
            yield Problem(str(file), event.line_of(name), 1, "", f"{event.title()}: `{value}` is no date or moment")
            return
    if start and end and end[:8] < start[:8]:
        yield Problem(str(file), event.line_of("DTEND"), 1, "", f"{event.title()} ends before it starts")
    if _TOO_OFTEN.search(event.value("RRULE")) and _may_take_a_day(event):
        what = f"{event.title()} repeats within a day: nobody can tell on which days it is off"
        yield Problem(str(file), event.line_of("RRULE"), 1, "", what)


def _is_moment(value: str) -> bool:
    if not _DATE.match(value) and not _MOMENT.match(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


# --- the libraries -------------------------------------------------------------------------------------------------


def _parsed(components: list[_Component], file: Path) -> Any:
    from icalendar import Calendar

    lines = ["BEGIN:VCALENDAR", *(line for each in components for line in each.lines), "END:VCALENDAR", ""]
    try:
        calendar = Calendar.from_ical("\r\n".join(lines))
    except Exception as error:  # whatever a stranger's file makes of the library
        raise _wrong(file, components[0].line, f"cannot be understood: {error}") from None
    events = [each for each in components if each.kind == "VEVENT"]
    problems = []
    for component, event in zip(events, calendar.walk("VEVENT"), strict=False):
        for name, what in event.errors:
            if str(name).upper() in TIMES:
                line = component.line_of(str(name).upper())
                problems.append(Problem(str(file), line, 1, "", f"{component.title()}: {name}: {what}"))
    if problems:
        raise ConfigError(problems)
    return calendar


def _repeated(calendar: Any, components: list[_Component], today: date, file: Path) -> "list[Event]":
    import recurring_ical_events

    try:
        found: list[Event] = recurring_ical_events.of(calendar).between(today - BEHIND, today + AHEAD)
    except Exception as error:
        events = [each for each in components if each.kind == "VEVENT"]
        if len(events) > 1:  # which of them it was is found by taking them one by one
            for event in events:
                _repeated(_parsed([event], file), [event], today, file)
        raise _wrong(file, events[0].line, f"{events[0].title()} cannot be laid out: {error}") from None
    return found


def _is_away(event: "Event") -> bool:
    status, shown = _word(event, "STATUS"), _word(event, "TRANSP")
    return (
        status != "CANCELLED" and shown != "TRANSPARENT" and _word(event, "X-MICROSOFT-CDO-BUSYSTATUS") not in NOT_AWAY
    )


def _occurrence(event: "Event") -> Occurrence:
    categories = tuple(str(category) for category in event.categories)
    return Occurrence(event.start, event.end, _plain(str(event.get("SUMMARY", ""))), categories)


def _word(event: Mapping[str, Any], name: str) -> str:
    return str(event.get(name, "")).strip().upper()


def _plain(text: str) -> str:
    """A title as one line that steers no terminal."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def _wrong(file: Path, line: int, what: str) -> ConfigError:
    return ConfigError([Problem(str(file), line, 1, "", what)])
