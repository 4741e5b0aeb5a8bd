"""Which sources cannot be read and by which accounts nothing can be sent, since when, and whether the assistant knows.

Kept here, not in the memory of a process: a restart, a reload and another worker go on where the last one was.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from triage_bot.store.desk_tables import outages

SENDING = "smtp:"
"""What the name of a source begins with that is no source, but the server by which an account sends."""


@dataclass(frozen=True, slots=True)
class Outage:
    since_at: datetime
    told_at: datetime | None


def everything(connection: Connection) -> dict[str, Outage]:
    return {row.source: Outage(row.since_at, row.told_at) for row in connection.execute(select(outages))}


def note(connection: Connection, source: str, since_at: datetime) -> None:
    connection.execute(delete(outages).where(outages.c.source == source))
    connection.execute(insert(outages), {"source": source, "since_at": since_at})


def mark_told(connection: Connection, sources: Collection[str], at: datetime) -> bool:
    """False if there is none of which she does not know."""
    untold = update(outages).where(outages.c.source.in_(sources), outages.c.told_at.is_(None))
    return connection.execute(untold.values(told_at=at)).rowcount > 0


def forget(connection: Connection, sources: Collection[str]) -> bool:
    """False if there is none of them."""
    return connection.execute(delete(outages).where(outages.c.source.in_(sources))).rowcount > 0


def keep(connection: Connection, channels: Collection[str]) -> None:
    """Forget those whose channel is none of these."""
    strange = [source for source in everything(connection) if channel_of(source) not in channels]
    if strange:
        forget(connection, strange)


class Way(StrEnum):
    """What is out. The assistant is told of each by itself."""

    MAIL = "mail"
    CHAT = "chat"
    SENDING = "sending"


def way_of(source: str) -> Way:
    if source.startswith(SENDING):
        return Way.SENDING
    return Way.MAIL if "/" in source else Way.CHAT


def channel_of(source: str) -> str:
    """The name in the configuration of what a source belongs to: "kontakt" for "kontakt/INBOX"."""
    return source.removeprefix(SENDING).partition("/")[0]
