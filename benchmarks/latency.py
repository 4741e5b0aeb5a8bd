"""How long a client waits for the acknowledgement: from the moment at which the IMAP server has the mail and says so to
the moment at which the SMTP server has taken the answer. Beside a bare loop on the same servers, which neither judges
nor records anything; what it takes is the servers' own time.

Idle, one mail after the other; and under load, while another mailbox with some thousand mails is emptied.
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks import mails, processes
from benchmarks.imap_servers import folder_on_disk
from benchmarks.processes import BenchmarkError, Helper, helper, start
from benchmarks.report import Cell, Goal, Report, quantile
from benchmarks.worker_side import service, write_configs

WARM = 12  # mails in all languages that are not counted: what is loaded at first use is loaded then
MAILS = 120
A_SECOND = 8.0
BACKLOG = 2500
WITHIN_MS = 300.0
ANSWERED_WITHIN = 60.0
USER, FULL = "u0", "u1"


def run(options: argparse.Namespace) -> Report:
    with folder_on_disk(options.folder) as folder:
        found = {
            "bare loop, idle": _measure(lambda imap, sink: _bare(imap, sink, folder / "bare.db")),
            "triage_bot, idle": _measure(lambda imap, sink: _program(imap, sink, folder / "idle")),
            "triage_bot, under load": _measure(lambda imap, sink: _program(imap, sink, folder / "load"), busy=True),
        }
    floor = found["bare loop, idle"]
    rows: list[tuple[Cell, ...]] = [
        (name, len(waits), quantile(waits, 0.5) * 1000, quantile(waits, 0.99) * 1000) for name, waits in found.items()
    ]
    more = {name: (quantile(waits, 0.99) - quantile(floor, 0.99)) * 1000 for name, waits in found.items()}
    return Report(
        "latency",
        ("from delivery to acknowledgement", "mails", "p50 ms", "p99 ms"),
        rows,
        goals=[
            Goal(f"{name}: p99 above the bare loop", more[name], WITHIN_MS, at_most=True, unit=" ms")
            for name in list(found)[1:]
        ],
        notes=[f"acknowledge_after 0s; {A_SECOND:g} mails a second; under load another mailbox holds {BACKLOG} mails"],
        figures={name: [round(wait * 1000, 2) for wait in waits] for name, waits in found.items()},
    )


def _measure(begin: Callable[[Helper, Helper], AbstractContextManager[None]], *, busy: bool = False) -> list[float]:
    with helper("stub_imap") as imap, helper("sink") as sink, begin(imap, sink):
        _until(lambda: imap.ask()["idling"] > 0, "nobody waits for mail")
        _send(imap, sink, range(WARM))
        if busy:
            imap.ask(fill={"users": [FULL], "count": BACKLOG, "first": 100_000})
            imap.ask(deliver={"user": FULL, "number": 99_999})
        return _send(imap, sink, range(WARM, WARM + MAILS))


def _send(imap: Helper, sink: Helper, numbers: range) -> list[float]:
    announced: dict[str, float] = {}
    for number in numbers:
        announced[mails.sender(number)] = imap.ask(deliver={"user": USER, "number": number})["announced_at"]
        time.sleep(1 / A_SECOND)
    _until(lambda: announced.keys() <= sink.ask(times=True).keys(), "a mail was not answered")
    times = sink.ask(times=True)
    return [times[address] - at for address, at in announced.items()]


@contextmanager
def _program(imap: Helper, sink: Helper, home: Path) -> Iterator[None]:
    home.mkdir()
    mailboxes = {user: (f"{user}@zaradna.example", user) for user in (USER, FULL)}
    with service(write_configs(home, imap.ready["port"], mailboxes, sink.ready["port"], mails.now())):
        yield


@contextmanager
def _bare(imap: Helper, sink: Helper, database: Path) -> Iterator[None]:
    process: subprocess.Popen[bytes] = start(
        "-m", "benchmarks.floor", str(imap.ready["port"]), USER, str(sink.ready["port"]), str(database), "watch"
    )
    try:
        yield
    finally:
        processes.stop(process)


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + ANSWERED_WITHIN
    while not condition():
        if time.monotonic() > until:
            raise BenchmarkError(otherwise)
        time.sleep(0.1)
