"""The ledger of promises as a terminal shows it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from triage_bot.core.ledger import Broken, GivenPromise
from triage_bot.template_contexts import shorten

HEAD = ("ITEM", "CLIENT", "PROMISED", "INSTEAD", "SUBJECT")


@dataclass(frozen=True, slots=True)
class Row:
    promise: GivenPromise
    now: datetime
    broken: Broken | None

    def cells(self, zone: ZoneInfo) -> tuple[str, ...]:
        old = self.promise
        overdue = " overdue" if old.promise_at < self.now else ""
        return (
            f"#{old.item_id}",
            shorten(old.client or f"? {old.contact}", 24),
            _said(old.promise_at, old.answered_by, zone) + overdue,
            self._instead(zone),
            shorten(old.subject or old.excerpt or "(no text)", 60),
        )

    def as_json(self, zone: ZoneInfo) -> str:
        old, new = self.promise, self.broken.new if self.broken else None
        fields = {
            "item": old.item_id,
            "client": old.client or None,
            "contact": old.contact,
            "subject": old.subject,
            "promise_at": old.promise_at.astimezone(zone).isoformat(),
            "answered_by": old.answered_by,
            "sentence": old.sentence,
            "broken": self.broken is not None,
            "new_promise_at": new.promise_at.astimezone(zone).isoformat() if new else None,
        }
        return json.dumps(fields, ensure_ascii=False)

    def _instead(self, zone: ZoneInfo) -> str:
        if self.broken is None:
            return "-"
        new = self.broken.new
        return _said(new.promise_at, new.answered_by, zone) if new else "nothing can be promised"


def shown(rows: Sequence[Row], zone: ZoneInfo, *, as_json: bool, none: str) -> str:
    """One line a promise; `none` says which kind there is none of."""
    if as_json:
        return "\n".join(row.as_json(zone) for row in rows)
    if not rows:
        return f"No promise is {none}."
    table = [HEAD, *(row.cells(zone) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table)
    return "\n".join(line.rstrip() for line in padded)


def _said(at: datetime, answered_by: bool, zone: ZoneInfo) -> str:
    return f"{'by' if answered_by else 'after'} {at.astimezone(zone):%a %d %b %H:%M}"
