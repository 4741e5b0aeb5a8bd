"""Labelled messages: the lines of a .jsonl file with the right answers beside each message."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.channels.mail_parse import Sizes
from triage_bot.cli.explain_cases import Case, cases
from triage_bot.core.scoring import Label
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Kind, Language, Missing, Tone


@dataclass(frozen=True, slots=True)
class Labelled:
    case: Case
    label: Label
    why: str  # what whoever labelled it says of it


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is left out, and why: `FILE:LINE: what`."""

    what: str


def labelled(path: Path, zone: ZoneInfo, zones: Mapping[str, ZoneInfo], sizes: Sizes) -> Iterator[Labelled | BadLine]:
    """Line by line. `zones` says for a language in which zone its deadlines are days, `zone` for the others.

    Raises UsageError for a file that is none.
    """
    seen: dict[str, int] = {}
    numbers = (number for number, line in _numbered(path) if line.strip())
    rows = (line for _, line in _numbered(path) if line.strip())
    for case, number, line in zip(cases(path, zone, None, sizes), numbers, rows, strict=False):
        if case.message.unreadable.startswith(f"{path}:"):
            yield BadLine(case.message.unreadable)
            continue
        try:
            row = json.loads(line)
            identity = str(case.label[1])
            if identity in seen:
                raise ValueError(f"the id {identity!r} stands in line {seen[identity]} already")
            seen[identity] = number
            yield Labelled(case, _label(row, zone, zones), str(row.get("why") or ""))
        except (ValueError, TypeError) as error:
            yield BadLine(f"{path}:{number}: {error}")


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        yield from enumerate(file, 1)


def _label(row: Mapping[str, Any], zone: ZoneInfo, zones: Mapping[str, ZoneInfo]) -> Label:
    also = row.get("also") or {}
    if not isinstance(also, dict) or not all(isinstance(each, list) for each in also.values()):
        raise ValueError("`also` is not an object of lists")
    right = {}
    for name, read in _READ.items():
        if name in row:
            accepted = [row[name], *(also.get(name, ()) if name in _ALSO else ())]
            right[name] = tuple(_value(name, read, each) for each in accepted)
    if not right:
        raise ValueError(f"nothing is labelled: give one of {', '.join(f'`{name}`' for name in _READ)}")
    language = right["language"][0] if "language" in right else ""
    return Label(str(row.get("channel") or "email"), language, right, zones.get(language, zone))


def _value(name: str, read: Callable[[Any], Any], raw: object) -> Any:
    try:
        return read(raw)
    except (ValueError, TypeError):
        raise ValueError(f"`{name}` is {raw!r}: it must be {_WANTED[name]}") from None


def _deadline(raw: object) -> date | datetime | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise TypeError
    return datetime.fromisoformat(raw) if "T" in raw or " " in raw else date.fromisoformat(raw)


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def _elements(raw: object) -> frozenset[str]:
    if not isinstance(raw, list):
        raise TypeError
    return frozenset(Missing(each).value for each in raw)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "urgency": lambda raw: Urgency(raw).value,
    "deadline": _deadline,
    "needs_ack": _flag,
    "tone": lambda raw: Tone(raw).value,
    "missing": _elements,
    "kind": lambda raw: Kind(raw).value,
    "language": lambda raw: Language(raw).value,
}
_ALSO = frozenset({"deadline", "kind", "missing", "tone"})
_WANTED = {
    "urgency": "one of " + ", ".join(Urgency),
    "deadline": "null, a date or a moment such as 2026-11-20T15:00+01:00",
    "needs_ack": "true or false",
    "tone": "one of " + ", ".join(Tone),
    "missing": "a list of " + ", ".join(Missing),
    "kind": "one of " + ", ".join(Kind),
    "language": "one of " + ", ".join(Language),
}
