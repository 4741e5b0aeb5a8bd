"""Every error a user may meet. Messages say what went wrong, where, and what to do.

TriageBotError
├── UsageError              a command was given something it cannot work with
│   └── CannotReply         there is nobody to answer to, or no longer a way
├── ConfigError             the configuration has problems, all of them listed
├── StoreError
│   ├── DatabaseInUse       another process runs on this database
│   ├── DatabaseUnusable    cannot be opened, wrong version, broken
│   │   ├── DatabaseBusy    temporary: another program keeps writing, or the server is away
│   │   └── DatabaseFull    temporary: no room left on the disk
│   ├── EntryTaken          an outbox entry was withdrawn, or another worker has it: do not send it
│   └── LeaseLost           another worker has what this one was at: leave it
└── ChannelFailure
    ├── TemporaryFailure    try again later
    ├── PermanentFailure    will not work until somebody changes something
    │   └── NothingThere    there is no such folder, and that is no outage
    └── InDoubt             it may have been delivered: the answer never came
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


def where(error: BaseException) -> str:
    """What an unforeseen error is and where it was raised, without its text, which may hold somebody's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}"


class TriageBotError(Exception):
    """Base of all; its text is shown to the user as it is."""


class UsageError(TriageBotError):
    pass


class CannotReply(UsageError):
    """`code` names the words for it in `desk_words.txt`."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a configuration: `file:line:column: path: what` and, if known, what would be right."""

    file: str
    line: int
    column: int
    path: str  # "clients[2].check_windows[0]"
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.path}: {self.what}" if self.path else f"{place}: {self.what}"


class ConfigError(TriageBotError):
    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class StoreError(TriageBotError):
    pass


class DatabaseInUse(StoreError):
    """`what` is who has it, without the advice."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{what}. {advice}" if advice else what)
        self.what = what


class DatabaseUnusable(StoreError):
    pass


class DatabaseBusy(DatabaseUnusable):
    """Temporary: nothing was written, the same call may succeed later."""


class DatabaseFull(DatabaseUnusable):
    """Temporary: nothing was written, the same call may succeed once there is room."""


class EntryTaken(StoreError):
    def __init__(self, entry_ids: Sequence[int]) -> None:
        super().__init__(f"outbox entries {', '.join(map(str, entry_ids))} were withdrawn or claimed by another worker")
        self.entry_ids = tuple(entry_ids)


class LeaseLost(StoreError):
    """Nothing was written."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"another worker has taken over {resource}")


class ChannelFailure(TriageBotError):
    """A failure of the world outside, already translated from the library's error. Never carries a secret."""


class TemporaryFailure(ChannelFailure):
    def __init__(self, what: str, retry_after: timedelta | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class PermanentFailure(ChannelFailure):
    pass


class NothingThere(PermanentFailure):
    pass


class InDoubt(ChannelFailure):
    pass
