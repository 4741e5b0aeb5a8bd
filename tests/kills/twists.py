"""What a child of the incubator may suffer: death at a place that is seen from nowhere outside, or little patience.

Each wraps a function of the program, or sets a span, in the one child that suffers it. Nothing of it stands in the
program.
"""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.patience import PATIENCE
from triage_bot import clock, digests, outbox, worker
from triage_bot.channels import imap_hosts, imap_inbox, telegram_inbox
from triage_bot.core.backoff import delay
from triage_bot.store import answers, arrivals, listening, sqlite
from triage_bot.store.store import Store
from triage_bot.trays import Tray

When = Callable[..., bool]
Arm = Callable[[], None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, when: When) -> Arm:
    """Die when the function is called, if `when` says so of its arguments."""

    def arm() -> None:
        function = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when(*args, **kwargs):
                die()
            return function(*args, **kwargs)

        setattr(owner, name, wrapped)

    return arm


def after(owner: Any, name: str, when: When) -> Arm:
    """Die when the function has returned, if `when` says so of its result and its arguments."""

    def arm() -> None:
        function = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            if when(result, *args, **kwargs):
                die()
            return result

        setattr(owner, name, wrapped)

    return arm


def at_the_commit() -> None:
    """Die when the driver is about to be told to commit a transaction that holds messages."""
    write = arrivals._Arrivals.write

    def wrapped(self: Any, *args: Any) -> None:
        event.listen(Engine, "commit", lambda connection: die())
        write(self, *args)

    arrivals._Arrivals.write = wrapped  # type: ignore[method-assign]


def impatience() -> None:
    """What takes seconds of waiting for the database takes tenths."""
    sqlite.BUSY_TIMEOUT = timedelta(seconds=0.5)
    listening.AGAIN_AFTER = 0.3
    outbox.AFTER_STORE_TROUBLE = digests.AFTER_STORE_TROUBLE = worker.AFTER_STORE_TROUBLE = 0.3


def patience() -> None:
    """A database that is locked for a moment, however long that is on a busy machine, is not called locked."""
    sqlite.BUSY_TIMEOUT = timedelta(seconds=PATIENCE)


def clock_wrong_by(minutes: int, patience: Arm = impatience) -> Arm:
    """The clock of this machine is ahead by so much."""

    def arm() -> None:
        patience()
        clock.SystemClock.now = lambda self: datetime.now(UTC) + timedelta(minutes=minutes)  # type: ignore[method-assign]

    return arm


def little_patience() -> None:
    """A server that failed again and again is asked anew after seconds, not minutes."""
    impatience()
    longest = timedelta(seconds=3)

    def sooner(*args: Any) -> timedelta:
        return min(delay(*args), longest)

    for module in (imap_inbox, imap_hosts, telegram_inbox):
        module.delay = sooner  # type: ignore[attr-defined]


def of_messages(store: Store, messages: Any, *rest: Any, **more: Any) -> bool:
    return bool(messages)


def has_sent(store: Store, sent: Any, handing_over: Any, **more: Any) -> bool:
    return bool(sent)


def always(*args: Any, **kwargs: Any) -> bool:
    return True


TWISTS: dict[str, Arm] = {
    "fetched": before(Store, "record", of_messages),
    "the first row written": after(arrivals._Arrivals, "_many", always),
    "all rows written": after(arrivals._Arrivals, "write", always),
    "at the commit": at_the_commit,
    "committed": after(Store, "record", lambda result, *args, **kwargs: of_messages(*args, **kwargs)),
    "claimed": after(Store, "claim", lambda result, *args, **kwargs: bool(result)),
    "taken from the tray": after(Tray, "take", lambda result, *args, **kwargs: bool(result)),
    "answered": before(Store, "advance", has_sent),
    "answer noted": after(Store, "advance", lambda result, *args, **kwargs: has_sent(*args, **kwargs)),
    "her answer written": after(answers, "record", lambda result, connection, elsewhere, *rest: bool(elsewhere.own)),
    "her answer recorded": after(Store, "record", lambda result, *args, **more: bool(more["elsewhere"].own)),
    "found in doubt at the start": after(Store, "recover", lambda result, *args, **kwargs: bool(result)),
    "found in doubt": after(Store, "in_doubt", always),
    "given up": after(Store, "give_up", always),
    "digest decided": before(Store, "record_digest", always),
    "impatience": impatience,
    "patience": patience,
    "a fast clock": clock_wrong_by(10),
    "little patience": little_patience,
    "little patience and a fast clock": clock_wrong_by(10, little_patience),
    "little patience and a slow clock": clock_wrong_by(-7, little_patience),
    "digest recorded": after(Store, "record_digest", always),
}
