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
    │   └── TakenOver       another worker reads it, and that is no outage
    ├── PermanentFailure    will not work until somebody changes something
    │   └── NothingThere    there is no such folder, and that is no outage
    └── InDoubt             it may have been delivered: the answer never came
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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


class FailureKind(StrEnum):
    """What a failure is about, for the assistant's own language (`why_...` in `trouble.html`) and for `/metrics`."""

    LOGIN_REFUSED = "login_refused"
    CERTIFICATE = "certificate"
    TOO_MANY = "too_many"  # connections, for the provider's taste
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    NO_FOLDER = "no_folder"
    NOT_RECORDED = "not_recorded"  # the database could not be written
    OTHER = "other"


class ChannelFailure(TriageBotError):
    """A failure of the world outside, already translated from the library's error. Never carries a secret."""

    def __init__(self, what: str, *, kind: FailureKind = FailureKind.OTHER) -> None:
        super().__init__(what)
        self.kind = kind


class TemporaryFailure(ChannelFailure):
    def __init__(
        self, what: str, retry_after: timedelta | None = None, *, kind: FailureKind = FailureKind.OTHER
    ) -> None:
        super().__init__(what, kind=kind)
        self.retry_after = retry_after


class TakenOver(TemporaryFailure):
    pass


def not_recorded(error: StoreError) -> TemporaryFailure:
    """The database's failure, as the source tells it that could not be recorded."""
    if isinstance(error, LeaseLost):
        return TakenOver(str(error))
    return TemporaryFailure(f"cannot be recorded: {error}", kind=FailureKind.NOT_RECORDED)


class PermanentFailure(ChannelFailure):
    pass


class NothingThere(PermanentFailure):
    pass


class InDoubt(ChannelFailure):
    pass
