"""Where to go on reading a folder: the cursor, the folder as it was opened, and what follows from them. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from triage_bot.core.messages import Cursor

GENERATION = 2**32
"""UIDVALIDITY is below this (RFC 3501 section 9). Above it the epoch counts how often the UIDs went back under the same
UIDVALIDITY: a mailbox restored from a backup gives out the same UIDs again, for other mails."""


@dataclass(frozen=True, slots=True)
class First:
    """Nothing was read yet; with `since` what arrived from then on is read."""

    cursor: Cursor
    since: datetime | None


@dataclass(frozen=True, slots=True)
class GoOn:
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Rescan:
    """The UIDs are not the ones we know: what arrived since `cursor.started_at` is read again, and `cursor` holds only
    when all of it is recorded. Until then the old one stays, so that an interrupted rescan is done once more."""

    cursor: Cursor
    stored: Cursor
    why: str


def resume(
    stored: Cursor | None, *, source: str, uid_validity: int, next_uid: int, start_at: datetime | None, now: datetime
) -> First | GoOn | Rescan:
    last = next_uid - 1
    if stored is None:
        return First(Cursor(source, uid_validity, last, start_at or now, now), start_at)
    if stored.epoch % GENERATION != uid_validity:
        cursor = replace(stored, epoch=uid_validity, position=last, moved_at=now)
        return Rescan(cursor, stored, "the server numbered its mails anew (UIDVALIDITY changed)")
    if last < stored.position:
        cursor = replace(stored, epoch=stored.epoch + GENERATION, position=last, moved_at=now)
        return Rescan(cursor, stored, f"the last UID went back from {stored.position} to {last}")
    return GoOn(stored)
