"""The whole ledger as a terminal shows it: each promise with what became of it, and the kept share of each client."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage_bot.core.directory import Directory
from triage_bot.core.kept import LedgerLine, Share, Standing, due_at, shares
from triage_bot.template_contexts import shorten

HEAD = ("ITEM", "CLIENT", "MADE", "ANSWER DUE", "STANDS", "ANSWERED", "BY", "WAITED", "WORKING")
SHARES = ("CLIENT", "KEPT", "BROKEN", "OPEN", "SHARE", "MEDIAN WAIT", "WORKING")


def table(lines: Sequence[LedgerLine], directory: Directory, now: datetime) -> str:
    if not lines:
        return "No promise was made."
    zone = directory.assistant.zone
    told = shares(lines, lambda client: directory.agreement(client).calendar, now)
    listed = columns([HEAD, *(_cells(line, directory, now, zone) for line in lines)])
    summed = columns([SHARES, *(_share_cells(client, share) for client, share in told.items())])
    return f"{listed}\n\n{summed}"


def as_json(lines: Sequence[LedgerLine], directory: Directory, now: datetime) -> str:
    """One object a line: the promises, then a line for each client with the key `share`."""
    zone = directory.assistant.zone
    rows = [_promise_fields(line, directory, now, zone) for line in lines]
    told = shares(lines, lambda client: directory.agreement(client).calendar, now)
    rows += [_share_fields(client, share) for client, share in told.items()]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in padded)


def _cells(line: LedgerLine, directory: Directory, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    given = line.promise
    calendar = directory.agreement(given.client).calendar
    standing = line.standing(now, calendar)
    return (
        f"#{given.item_id}",
        shorten(given.client or f"? {given.contact}", 24),
        _moment(given.made_at, zone),
        _moment(due_at(given, calendar), zone),
        "broken so far" if standing is Standing.OVERDUE else standing.value,
        _moment(line.closed_at, zone),
        line.kept_by or "-",
        _span(_seconds(line.clock_seconds)),
        _span(_seconds(line.working_seconds)),
    )


def _share_cells(client: str, share: Share) -> tuple[str, ...]:
    return (
        shorten(client or "(strangers)", 24),
        str(share.kept),
        str(share.broken),
        str(share.open),
        f"{share.share:.0%}" if share.share is not None else "-",
        _span(share.median_clock),
        _span(share.median_working),
    )


def _promise_fields(line: LedgerLine, directory: Directory, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    given = line.promise
    calendar = directory.agreement(given.client).calendar
    return {
        "promise": given.id,
        "item": given.item_id,
        "client": given.client or None,
        "contact": given.contact,
        "subject": given.subject,
        "sentence": given.sentence,
        "received_at": given.received_at.astimezone(zone).isoformat(),
        "made_at": given.made_at.astimezone(zone).isoformat(),
        "promise_at": given.promise_at.astimezone(zone).isoformat(),
        "answered_by": given.answered_by,
        "due_at": due_at(given, calendar).astimezone(zone).isoformat(),
        "standing": line.standing(now, calendar).value,
        "warned_at": line.warned_at.astimezone(zone).isoformat() if line.warned_at else None,
        "closed_at": line.closed_at.astimezone(zone).isoformat() if line.closed_at else None,
        "by": line.kept_by or None,
        "clock_seconds": line.clock_seconds,
        "working_seconds": line.working_seconds,
    }


def _share_fields(client: str, share: Share) -> dict[str, object]:
    return {
        "client": client or None,
        "kept": share.kept,
        "broken": share.broken,
        "open": share.open,
        "share": share.share,
        "median_clock_seconds": _whole(share.median_clock),
        "median_working_seconds": _whole(share.median_working),
    }


def _whole(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M}" if at else "-"


def _span(span: timedelta | None) -> str:
    """ "2 d 3 h", "3 h 05 min", "12 min"."""
    if span is None:
        return "-"
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min"
