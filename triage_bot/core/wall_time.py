"""From wall times to instants.

A wall time happens at the first moment at which the clocks of the zone show it or a later time. So one in the missing
hour of spring happens at the moment after the gap, one in the doubled hour of autumn at its first pass, and the order
of wall times is never turned around. Instants are whole microseconds since 1970 in UTC.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = 60_000_000
DAY = 1440 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def microseconds(span: timedelta) -> int:
    return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds


def instant(at: datetime) -> int:
    """The instant of an aware moment."""
    span = at - EPOCH
    return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds


def moment(at: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone)


def happens_at(zone: ZoneInfo, ordinal: int, minute: int) -> int:
    """The instant of a wall time: of `minute` minutes after midnight on the day with that proleptic ordinal."""
    days, minute = divmod(minute, 1440)
    ordinal += days
    wall = datetime.fromordinal(ordinal).replace(hour=minute // 60, minute=minute % 60, tzinfo=zone)
    face = (ordinal - EPOCH_ORDINAL) * DAY + minute * MINUTE
    before, after = _offset(wall), _offset(wall.replace(fold=1))
    if before >= after:  # an ordinary time, or the first pass of a doubled one
        return face - before
    return _end_of_gap(zone, face - after, face - before, after)


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    assert offset is not None  # a ZoneInfo always has one
    return microseconds(offset)


def _end_of_gap(zone: ZoneInfo, inside: int, beyond: int, after: int) -> int:
    """The instant between two at which the zone's offset becomes `after`, found by halving."""
    second = 1_000_000
    while beyond - inside > second:
        middle = inside + (beyond - inside) // (2 * second) * second
        if _offset(moment(middle, zone)) == after:
            beyond = middle
        else:
            inside = middle
    return beyond
