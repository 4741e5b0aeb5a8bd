"""The keys of how the program itself runs, documented as those of `model` are."""

from datetime import timedelta
from typing import Annotated

from triage_bot.config.agreement_model import Section
from triage_bot.config.values import Flag, Span, span_between, whole


class OutboxSettings(Section):
    """How what goes out is tried again."""

    retry_first: Span = timedelta(seconds=30)
    """After the first failure; the wait doubles with each further one."""
    retry_most: Span = timedelta(minutes=30)
    """The longest wait between two tries."""
    give_up_after: Span = timedelta(hours=6)
    """What a server has refused for so long is given up, and she is told. What an account that cannot send at all keeps
    from leaving waits."""
    lease: Span = timedelta(minutes=5)
    """How long one try may take before it counts as lost."""
    connections: Annotated[int, whole(1, 32)] = 8
    """Connections to each SMTP server at most; all are used only while many wait."""


class WorkerSettings(Section):
    """How several `triage-bot run` on one PostgreSQL database share the work. One on SQLite has it all."""

    lease: Annotated[timedelta, span_between("1s", "5m")] = timedelta(seconds=15)
    """For how long a worker has what it reads and sends; it renews that three times within the span. One that does
    not, because it died or hangs, loses it to the others."""


class JudgingSettings(Section):
    """How messages are judged."""

    second_process: Flag = True
    """Judge in a process of its own while hundreds of messages wait, in two while thousands do, so that they take half
    the time. Each takes some 40 MB as long as it lasts, a minute longer than the work. Used only where there is more
    than one processor."""


class SizeSettings(Section):
    """What is read of a message at most."""

    max_header_bytes: Annotated[int, whole(4096, 1 << 24)] = 65_536
    """Bytes of its headers."""
    max_text_bytes: Annotated[int, whole(4096, 1 << 26)] = 262_144
    """Bytes of each of its text parts."""
