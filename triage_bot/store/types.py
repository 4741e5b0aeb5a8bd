"""Column types: how moments, texts and ids lie in the database, the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND

BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself only in an INTEGER column


class Moment(TypeDecorator[datetime]):
    """An aware moment as whole microseconds since 1970 in UTC.

    An integer sorts, compares and adds up alike in both databases, takes eight bytes in an index, and loses nothing.
    ISO text would sort only as long as every writer formats alike, and PostgreSQL's timestamptz does not exist in
    SQLite.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)


def to_microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    since = moment - EPOCH
    at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    # A Date header may name the year 1 in a zone east of Greenwich: in UTC there is no such moment.
    return at if _FIRST <= at <= _LAST else min(max(at, _FIRST), _LAST)


def from_microseconds(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


class CleanText(TypeDecorator[str]):
    """Text from outside. What no database can keep (NUL in PostgreSQL, half a surrogate pair anywhere) becomes U+FFFD:
    one strange mail must not stop a mailbox."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else cleaned(value)


def cleaned(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text
