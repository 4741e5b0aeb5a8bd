"""A backtest as a terminal shows it, and as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.cli.backtest_run import MOST_DIFFERENCES, Difference, Result, Row, Tally
from triage_bot.core.suppression import Suppression
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import shorten
from triage_bot.wording import plural, span

COLUMNS = ("mails", "urgent", "alerts", "acknowledged", "promises")
SHOWN_DIFFERENCES = 40
NAMES = {
    "silence": "answer",
    "alert_at": "alert",
    "promise_at": "promise",
    "template": "texts",
}


def as_text(result: Result, source: str) -> str:
    tally = result.tallies[0]
    blocks = [_head(result, source)]
    if result.mails:
        blocks += [_table(tally), _most("Not acknowledged", tally.silences, _silence)]
        blocks += [_most("Rules that hit", tally.rules), _most("Tags", tally.tags)]
    if len(result.tallies) > 1:
        blocks += [_sides(result), _changes(result)]
    return "\n\n".join(filter(None, blocks))


def _head(result: Result, source: str) -> str:
    if result.first_at is None or result.last_at is None:
        return f"{source}: no mail in this time"
    first_on, last_on = (at.astimezone(result.zone).date() for at in (result.first_at, result.last_at))
    line = f"{source}: {_mails(result.mails)}, {first_on} to {last_on}"
    others = (
        (result.hers, "of your own"),
        (result.copies, "copies"),
        (result.undated, "left out, deleted or without a date"),
    )
    return "; ".join([line, *(f"{count:,} {what}" for count, what in others if count)])


def _mails(count: int) -> str:
    return f"{count:,} {plural(count, Locale.EN, 'mail', 'mails')}"


def _table(tally: Tally) -> str:
    rows = [("WEEK", "CLIENT", *(column.upper() for column in COLUMNS), "LONGEST WAIT")]
    week = ""
    for row in sorted(tally.counts):
        rows.append(("" if row[0] == week else row[0], _client(row[1]), *_cells(tally, [row])))
        week = row[0]
    week = "all"
    for client in sorted({client for _, client in tally.counts}):
        rows.append((week, _client(client), *_cells(tally, [row for row in tally.counts if row[1] == client])))
        week = ""
    rows.append((week, "all", *_cells(tally, list(tally.counts))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(_aligned(row, widths)).rstrip() for row in rows)


def _cells(tally: Tally, rows: list[Row]) -> Iterator[str]:
    for column in COLUMNS:
        yield f"{sum(tally.counts[row][column] for row in rows):,}"
    wait = max((tally.longest_wait.get(row, timedelta()) for row in rows), default=timedelta())
    yield span(wait, Locale.EN) if wait else "-"


def _aligned(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if number < 2 else cell.rjust(width)


def _client(name: str) -> str:
    return shorten(name, 30) or "(unknown)"


def _silence(name: str) -> str:
    return Suppression[name].value


def _most(title: str, counted: Counter[str], words: Any = str) -> str:
    if not counted:
        return ""
    return "\n".join([title, *(f"  {number:7,}  {words(name)}" for name, number in counted.most_common())])


# --- two configurations -------------------------------------------------------------------------------------------


def _sides(result: Result) -> str:
    names = [tally.config for tally in result.tallies]
    width = max(12, *map(len, names))
    lines = [f"{'In all':14}" + "".join(f"  {name:>{width}}" for name in names)]
    for column in COLUMNS[1:]:
        counts = (sum(counted[column] for counted in tally.counts.values()) for tally in result.tallies)
        lines.append(f"  {column:12}" + "".join(f"  {count:>{width},}" for count in counts))
    return "\n".join(lines)


def _changes(result: Result) -> str:
    if not result.different:
        return "Both do the same with every mail."
    lines = [f"Different: {_mails(result.different)}"]
    for (name, here, there), number in result.changes.most_common():
        lines.append(f"  {number:7,}  {NAMES.get(name, name)}: {_said(name, here)} -> {_said(name, there)}")
    shown = result.differences[:SHOWN_DIFFERENCES]
    lines += ["", *(line for each in shown for line in _difference(each, result.zone))]
    if result.different > len(shown):
        lines.append(f"  ... and {result.different - len(shown):,} more (--json lists {MOST_DIFFERENCES})")
    return "\n".join(lines)


def _difference(each: Difference, zone: ZoneInfo) -> Iterable[str]:
    yield f"  {_said('at', each.at, zone)}  {each.contact or '(unknown)'}  {shorten(each.subject, 60)}"
    for name, (here, there) in each.changes.items():
        yield f"      {NAMES.get(name, name)}: {_said(name, here, zone)} -> {_said(name, there, zone)}"


def _said(name: str, value: object, zone: ZoneInfo | None = None) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%a %Y-%m-%d %H:%M}"
    if name == "silence":
        return f"none ({_silence(str(value))})" if value else "acknowledged"
    return str(value or "none")


# --- JSON ---------------------------------------------------------------------------------------------------------


def as_json(result: Result, source: str) -> str:
    report: dict[str, Any] = {
        "source": source,
        "mails": result.mails,
        "own": result.hers,
        "copies": result.copies,
        "left_out": result.undated,
        "first_at": _plain(result.first_at),
        "last_at": _plain(result.last_at),
        "configs": [_tally(tally) for tally in result.tallies],
    }
    if len(result.tallies) > 1:
        report["different"] = result.different
        report["changes"] = [
            {"field": name, "from": here, "to": there, "mails": number}
            for (name, here, there), number in result.changes.most_common()
        ]
        report["differences"] = [
            {
                "at": _plain(each.at),
                "contact": each.contact,
                "subject": each.subject,
                "changes": {name: [_plain(here), _plain(there)] for name, (here, there) in each.changes.items()},
            }
            for each in result.differences
        ]
    return json.dumps(report, ensure_ascii=False, indent=1)


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "config": tally.config,
        "weeks": [
            {
                "week": week,
                "client": client or None,
                **{column: tally.counts[week, client][column] for column in COLUMNS},
                "longest_wait_minutes": int(tally.longest_wait.get((week, client), timedelta()).total_seconds() // 60),
            }
            for week, client in sorted(tally.counts)
        ],
        "totals": {column: sum(counted[column] for counted in tally.counts.values()) for column in COLUMNS},
        "not_acknowledged": dict(tally.silences.most_common()),
        "rules": dict(tally.rules.most_common()),
        "tags": dict(tally.tags.most_common()),
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
