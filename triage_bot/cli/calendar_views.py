"""Calendars as a terminal shows them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from triage_bot.cli.names import client_named
from triage_bot.config import build, load_config
from triage_bot.config.agreement_model import AgreementSettings
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import OffKind, Vacation
from triage_bot.core.calendar_review import clock, warnings

USUAL = "the default agreement"
KINDS = {OffKind.HOLIDAY: "public holiday", OffKind.DAY_OFF: "day off", OffKind.VACATION: "vacation"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calendar that was asked for."""

    title: str
    calendar: BusinessCalendar

    @classmethod
    def of(cls, path: Path | None, client: str | None, now: datetime) -> "Chosen":
        config = load_config(path, today=now.date())
        if client is None:
            return cls("The default agreement", build.default_agreement(config).calendar)
        found = client_named(build.clients(config), client)
        return cls(f"The agreement with {found.name}", found.agreement.calendar)


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    hours: tuple[str, ...]
    windows: tuple[str, ...]
    why: str  # what makes the day another one than usual, "" for nothing
    kind: str  # holiday, day_off, vacation, special_day, worked_day; "" for an ordinary day

    def as_json(self) -> str:
        fields = {
            "on": self.on.isoformat(),
            "hours": list(self.hours),
            "windows": list(self.windows),
            "kind": self.kind or None,
            "why": self.why or None,
        }
        return json.dumps(fields, ensure_ascii=False)


def days(calendar: BusinessCalendar, first_on: date, weeks: int) -> list[Day]:
    """Whole weeks, from the Monday of the first one."""
    monday = first_on - timedelta(days=first_on.weekday())
    return [_day(calendar, monday + timedelta(days=number)) for number in range(7 * weeks)]


def _day(calendar: BusinessCalendar, on: date) -> Day:
    plan = calendar.plan(on)
    kind, why = _why(calendar, on)
    hours = tuple(f"{clock(each.start)}-{clock(each.end)}" for each in sorted(plan.hours))
    return Day(on, hours, tuple(map(clock, sorted(plan.windows))), why, kind)


def _why(calendar: BusinessCalendar, on: date) -> tuple[str, str]:
    if special := calendar.special_day(on):
        return "special_day", _named("hours of its own", special.name)
    if on in calendar.worked_days and (off := calendar.day_off_otherwise(on)):
        return "worked_day", _named(f"worked in spite of {KINDS[off.kind]}", off.name)
    if (off := calendar.day_off(on)) is None:
        return "", ""
    if off.kind is OffKind.VACATION and (vacation := calendar.vacation(on)):
        return off.kind.value, _vacation(vacation)
    name = f"{off.name} / {off.english}" if off.english and off.english != off.name else off.name
    return off.kind.value, _named(KINDS[off.kind], name)


def _vacation(vacation: Vacation) -> str:
    until = f"vacation until {vacation.last_on:%a} {vacation.last_on.day} {vacation.last_on:%b}"
    return f"{until}, {vacation.stand_in} stands in" if vacation.stand_in else until


def _named(what: str, name: str) -> str:
    return f"{what}: {name}" if name else what


def table(shown: Sequence[Day], today: date) -> str:
    rows = [("", "HOURS", "CHECKS", "")]
    rows += [
        (
            f"{'>' if day.on == today else ' '} {day.on:%a} {day.on.day:>2} {day.on:%b %Y}",
            ", ".join(day.hours) or "-",
            " ".join(day.windows) or "-",
            day.why,
        )
        for day in shown
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for number, row in enumerate(rows):
        if number > 1 and number % 7 == 1:
            lines.append("")
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        lines.append("  ".join([*cells, row[3]]).rstrip())
    return "\n".join(lines)


def checked(path: Path | None, client: str | None, now: datetime) -> list[tuple[str, str]]:
    """Every warning with the agreement that it is about: of one client, or the default one and every client's own."""
    config = load_config(path, today=now.date())
    found: list[tuple[str, str]] = []
    known: set[str] = set()
    people = [client_named(build.clients(config), client)] if client else list(build.clients(config))
    if client is None:
        found += _warnings(USUAL, build.default_agreement(config).calendar, config.agreement, now)
        known = {warning for _, warning in found}
    for person in people:
        (settings,) = (each.agreement for each in config.clients if each.name == person.name)
        own = config.agreement.overridden_by(settings)
        # What is wrong with the default agreement is not told again of everybody who inherits it.
        found += [each for each in _warnings(person.name, person.agreement.calendar, own, now) if each[1] not in known]
    return found


def _warnings(
    title: str, calendar: BusinessCalendar, settings: AgreementSettings, now: datetime
) -> list[tuple[str, str]]:
    written = tuple(Vacation(each.first_on, each.last_on) for each in settings.vacations)
    return [(title, warning) for warning in warnings(calendar, now.astimezone(calendar.zone).date(), written)]
