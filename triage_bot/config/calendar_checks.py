"""What must hold of calendars: their files can be read, and no plain span is agreed that a day off could break."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from triage_bot.config import build, ical
from triage_bot.config.checks import AGREEMENTS, Findings
from triage_bot.config.ical import Fingerprint, Occurrence
from triage_bot.config.model import Config
from triage_bot.config.values import path_in
from triage_bot.config.yaml_places import Document, Steps
from triage_bot.core.agreement import Agreement, ResponseKind
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.errors import ConfigError, Problem

LOOK_AHEAD = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class CalendarFiles:
    """What the files held, by the path that names them, and how they looked just before they were read."""

    occurrences: Mapping[Path, tuple[Occurrence, ...]]
    seen: Fingerprint


def read_calendars(findings: Findings, today: date) -> CalendarFiles:
    """Read every calendar file that the configuration names; what is wrong goes to the findings."""
    named: dict[Path, Steps] = {}
    for agreement in AGREEMENTS:
        for key in ("days_off_from.*", "days_off_from.*.path"):
            for steps, path in findings.read(f"{agreement}.{key}", partial(path_in, findings.folder)):
                named.setdefault(path, steps)
    seen = ical.fingerprint(named, today) if named else ()
    occurrences = {path: tuple(_read(path, steps, findings, today)) for path, steps in named.items()}
    return CalendarFiles(occurrences, seen)


def _read(path: Path, steps: Steps, findings: Findings, today: date) -> Iterator[Occurrence]:
    if not path.exists():
        findings.wrong(steps, f"there is no file or folder {path}")
        return
    try:
        files = ical.files_of(path)
    except OSError as error:
        findings.wrong(steps, f"{path} cannot be read: {error.strerror or error}")
        return
    if not files:
        findings.warn(steps, f"there is no .ics file in {path}")
    for file in files:
        try:
            yield from ical.read(file, today)
        except ConfigError as error:
            findings.problems += error.problems


def spans_that_break(config: Config, document: Document, today: date) -> Iterator[Problem]:
    """Plain spans (`response: 24h`) that some message could not be answered within."""
    agreements: list[tuple[Steps, Agreement]] = [(("agreement", "response"), build.default_agreement(config))]
    if config.agreement.response.kind is ResponseKind.SPAN or any(
        client.agreement.response.kind is ResponseKind.SPAN for client in config.clients
    ):
        for number, client in enumerate(build.clients(config)):
            own = "response" in config.clients[number].agreement.model_fields_set
            if own or config.clients[number].agreement.model_fields_set:
                agreements.append((("clients", number, "agreement", *(("response",) if own else ())), client.agreement))
    for steps, agreement in agreements:
        if agreement.response.kind is ResponseKind.SPAN:
            gap = longest_gap(agreement.calendar, today)
            if gap is None or gap[1] - gap[0] >= agreement.response.within:
                yield document.problem(steps, _refusal(agreement, gap))


def longest_gap(calendar: BusinessCalendar, today: date) -> tuple[datetime, datetime] | None:
    """The two checks in a row of the next years that lie furthest apart, in UTC; None if there are no two."""
    since = datetime.combine(today, time(0), UTC)
    windows = [at.astimezone(UTC) for at in calendar.windows_between(since, since + LOOK_AHEAD)]
    return max(pairwise(windows), key=lambda two: two[1] - two[0], default=None)


def _refusal(agreement: Agreement, gap: tuple[datetime, datetime] | None) -> str:
    hours = agreement.response.within / timedelta(hours=1)
    instead = "write `after_window`, `same_day_or_next` or `{within: 4 working hours}`, which count no days off"
    if gap is None:
        return f"an answer within {hours:g} hours cannot be promised without check windows: {instead}"
    zone = agreement.calendar.zone
    last, following = (at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M") for at in gap)
    return f"an answer within {hours:g} hours breaks where no check lies between {last} and {following}: {instead}"
