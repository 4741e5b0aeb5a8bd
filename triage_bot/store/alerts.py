"""What the assistant is told of trouble: so much within an hour, by all workers together; the rest waits here.

What waits is told together later. It is on the disk before its cause is closed, so a kill takes none of it away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from triage_bot.store import outages, outbox
from triage_bot.store.desk_tables import alerts
from triage_bot.store.drafts import EntryDraft
from triage_bot.store.outages import Outage
from triage_bot.store.tables import meta
from triage_bot.store.transactions import Transactions

HOUR = timedelta(hours=1)
TOLD = "told:"
"""What the names of those rows in `meta` begin with that say when something seldom was told last."""
TOGETHER = "together"
"""That is said of what waited, when it was told."""
AT_ONCE = 500
"""So much of what waits is told together; more of it the next time."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that an assistant is to be told of. `entries` tell it by itself; there are none in what waits."""

    assistant: str  # her name in the configuration
    code: str  # as in `trouble.html`
    details: Mapping[str, str]  # what its line says
    entries: tuple[EntryDraft, ...] = ()
    item_id: int | None = None


def tell(connection: Connection, alert: Alert, at: datetime, most: int) -> bool:
    """False if it waits, because `most` were told within the hour, or nothing can tell it: nobody has a chat yet."""
    over = or_(alerts.c.told_at <= at - HOUR, alerts.c.told_at > at + HOUR)  # the latter by a clock that was wrong
    connection.execute(delete(alerts).where(over))
    told = connection.execute(select(func.count()).where(alerts.c.told_at.is_not(None))).scalar_one()
    now = told < most and bool(alert.entries)
    row = {
        "assistant": alert.assistant,
        "code": alert.code,
        "details": dict(alert.details),
        "told_at": at if now else None,
    }
    connection.execute(insert(alerts), row)
    if now:
        outbox.add(connection, alert.entries, alert.item_id, at)
    return now


def waiting(connection: Connection) -> dict[int, Alert]:
    """By id, in the order in which they came."""
    rows = connection.execute(select(alerts).where(alerts.c.told_at.is_(None)).order_by(alerts.c.id).limit(AT_ONCE))
    return {row.id: Alert(row.assistant, row.code, row.details) for row in rows}


def tell_together(
    connection: Connection, ids: Collection[int], entries: Sequence[EntryDraft], span: timedelta, at: datetime
) -> bool:
    """False, and nothing recorded, if something was told together within the span: it waits on."""
    if not is_news(connection, TOGETHER, span, at):
        return False
    connection.execute(delete(alerts).where(alerts.c.id.in_(ids)))
    outbox.add(connection, entries, None, at)
    return True


def is_news(connection: Connection, what: str, span: timedelta, at: datetime) -> bool:
    """Whether this was not asked, and answered yes, within the span before `at`, by whichever worker."""
    name = TOLD + what
    # Moments in ISO format, all in UTC, come in the order of time. One far ahead was said by a clock that was wrong.
    known_at = meta.c.value
    other = or_(known_at <= (at - span).isoformat(), known_at > (at + span).isoformat())
    if connection.execute(update(meta).where(meta.c.name == name, other).values(value=at.isoformat())).rowcount:
        return True
    try:
        with connection.begin_nested():
            connection.execute(insert(meta), {"name": name, "value": at.isoformat()})
    except IntegrityError:
        return False
    return True


class KeepsAlerts(Transactions):
    def outages(self) -> Mapping[str, Outage]:
        """The sources that cannot be read, by name."""
        with self._read() as connection:
            return outages.everything(connection)

    def note_outage(self, source: str, since_at: datetime) -> None:
        """A source that cannot be read, of which she is not told yet."""
        with self._write() as connection:
            outages.note(connection, source, since_at)

    def keep_outages(self, channels: Collection[str]) -> None:
        """Forget those of sources whose channel there is no more."""
        with self._write() as connection:
            outages.keep(connection, channels)

    def tell_outages(self, sources: Collection[str], alert: Alert, at: datetime, most: int) -> bool:
        """Tell her of noted ones, if she does not know of all of them; True if something is told now."""
        with self._write() as connection:
            return outages.mark_told(connection, sources, at) and tell(connection, alert, at, most)

    def end_outages(self, sources: Collection[str], alert: Alert | None, at: datetime, most: int) -> bool:
        """They are over, which she is told if there is an alert and it was not known; True if something is told now."""
        with self._write() as connection:
            news = outages.forget(connection, sources)
            return news and alert is not None and tell(connection, alert, at, most)

    def tell(self, alert: Alert, at: datetime, most: int) -> bool:
        """Tell her of trouble; False if it waits to be told together with more, as `most` were told in this hour."""
        with self._write() as connection:
            return tell(connection, alert, at, most)

    def tell_seldom(self, alert: Alert, span: timedelta, at: datetime, most: int) -> bool:
        """The same, unless an alert of this code was told so within the span; True if something is told now."""
        with self._write() as connection:
            return is_news(connection, alert.code, span, at) and tell(connection, alert, at, most)

    def waiting_alerts(self) -> Mapping[int, Alert]:
        """What is to be told together, by id, the oldest first."""
        with self._read() as connection:
            return waiting(connection)

    def tell_together(self, ids: Collection[int], entries: Sequence[EntryDraft], span: timedelta, at: datetime) -> bool:
        """Tell her of waiting alerts by these entries; False, and nothing recorded, if some were told so within the
        span."""
        with self._write() as connection:
            return tell_together(connection, ids, entries, span, at)
