"""The second process that judges full batches; `judging` starts it. Loads what judging takes and nothing else.

It reads pickles on its standard input: first the terms, then batch after batch. Each batch is answered by a pickle of
the decisions on its standard output.
"""

import copyreg
import gc
import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import IO, Any

from triage_bot import garbage
from triage_bot.core.messages import Address, IncomingMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.core.triage import Decision, Terms, judge, undecided
from triage_bot.errors import where
from triage_bot.reading.model import Deadline, Reading

log = logging.getLogger(__name__)

NICER = 5
"""Than the process that feeds it: what is judged is to be recorded and answered first, and whoever has a single message
is judged there."""


def judge_all(messages: Sequence[IncomingMessage], terms: Terms, now: datetime) -> list[Decision]:
    return [_judge(message, terms, now) for message in messages]


def _judge(message: IncomingMessage, terms: Terms, now: datetime) -> Decision:
    try:
        return judge(message, terms, now=now)
    except Exception as error:
        # One message that nobody foresaw must not stop the service: it is queued for her to look at.
        log.error("%s %s: could not be judged: %s", message.channel, message.key, where(error))
        return undecided(message, terms)


def serve() -> None:
    """Judge what comes in until nothing can come any more: whoever feeds it has died then, and so does this."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # who feeds it decides when it ends
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.nice(NICER)
    garbage.pause()
    garbage.hide()
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):
        terms = pickle.load(sys.stdin.buffer)  # noqa: S301 - both ends are ours
        while True:
            messages, now = pickle.load(sys.stdin.buffer)  # noqa: S301
            send(answers, judge_all(messages, terms, now))
            if not gc.isenabled():
                garbage.settle()
    # Python would fail once more on closing a pipe that nobody reads.
    os._exit(0)


def send(pipe: IO[bytes], value: object) -> None:
    """For either side to `pickle.load`."""
    _Pickler(pipe, pickle.HIGHEST_PROTOCOL).dump(value)
    pipe.flush()


def _as_called(kind: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """To be made anew by its constructor: twice as fast as what Python does by itself where there are slots."""
    values_of = attrgetter(*(field.name for field in fields(kind)))
    return lambda value: (kind, values_of(value))


class _Pickler(pickle.Pickler):
    # Those that go over the pipe by the thousand, each of more than one field.
    dispatch_table = copyreg.dispatch_table | {
        kind: _as_called(kind) for kind in (IncomingMessage, Address, Decision, Reading, Deadline, Promise, Reason)
    }
