"""Many mailboxes in one process: what they cost while nothing happens, how soon a mail is noticed while others empty
their backlog, and how connections are begun.

On a stub server, since no real one keeps a thousand connections on a small machine; each mailbox has two, as a folder
for sent mail is watched too.
"""

import argparse
import random
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import mails
from benchmarks.imap_servers import folder_on_disk
from benchmarks.processes import BenchmarkError, Helper, exact_cpu_seconds, helper, memory_mb, threads
from benchmarks.report import Cell, Goal, Report, quantile
from benchmarks.worker_side import Service, service, write_configs

COUNTS = (1, 100, 500)
CONNECTIONS = 2
MOST_MB = 40.0
MOST_THREADS = 16
MOST_CPU = 0.01  # of one core
QUIET_AFTER = 100.0  # seconds: a new connection is looked at a few times, the last time after 85 s
DRAINING = 20
BACKLOG = 300  # mails in each of those
DELIVERED = 200
A_SECOND = 10.0
NOTICED_WITHIN = 1.0
START_WITHIN = 240.0


def run(options: argparse.Namespace) -> Report:
    rows: list[tuple[Cell, ...]] = []
    figures: dict[str, object] = {}
    idle: dict[int, tuple[float, float, int]] = {}
    with folder_on_disk(options.folder) as folder:
        for count in COUNTS:
            with Running(folder / str(count), count) as (running, imap, sink):
                spent = _until_idle(imap, running, count * CONNECTIONS)
                time.sleep(QUIET_AFTER if count == COUNTS[-1] else 0.25 * QUIET_AFTER)
                idle[count] = measured = _measured(running, options.idle)
                rows.append((f"{count} idle", *measured[:2], measured[2], spent, "", "", ""))
                if count == COUNTS[-1]:
                    busy = _under_load(imap, sink, count)
                    rows.append((f"{count}, {DRAINING} drain", *_now(running), "", *busy))
                    figures["noticed_p99"], figures["acknowledged_p99"] = busy[1], busy[2]
    more = idle[COUNTS[-1]][0] - idle[1][0]
    figures["idle"] = {str(count): measured for count, measured in idle.items()}
    return Report(
        "mailboxes",
        ("mailboxes", "MB", "CPU %", "threads", "connected s", "noticed p50 s", "noticed p99 s", "acknowledged p99 s"),
        rows,
        goals=[
            Goal(f"memory of {COUNTS[-1]} beside 1", more, MOST_MB, at_most=True, unit=" MB"),
            Goal("CPU while nothing happens", idle[COUNTS[-1]][1], MOST_CPU * 100, at_most=True, unit=" % of a core"),
            Goal("threads", idle[COUNTS[-1]][2], MOST_THREADS, at_most=True),
            Goal("noticed, p99", float(busy[1]), NOTICED_WITHIN, at_most=True, unit=" s"),
        ],
        notes=[
            f"stub IMAP server, no TLS, {CONNECTIONS} connections a mailbox; CPU over {options.idle:g} s; under load "
            f"{DELIVERED} mails come one by one while {DRAINING} mailboxes with {BACKLOG} mails each are emptied"
        ],
        figures=figures,
    )


class Running:
    """The program on so many mailboxes, with its servers."""

    def __init__(self, home: Path, count: int) -> None:
        self._home = home
        self._count = count

    def __enter__(self) -> tuple[Service, Helper, Helper]:
        self._stack = ExitStack()
        with ExitStack() as stack:
            imap, sink = stack.enter_context(helper("stub_imap")), stack.enter_context(helper("sink"))
            self._home.mkdir()
            mailboxes = {f"m{number}": (f"m{number}@zaradna.example", f"u{number}") for number in range(self._count)}
            config = write_configs(self._home, imap.ready["port"], mailboxes, sink.ready["port"], mails.now())
            running = stack.enter_context(service(config))
            self._stack = stack.pop_all()
        return running, imap, sink

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _until_idle(imap: Helper, running: Service, connections: int) -> float:
    """Until all idle at once; the seconds that took."""
    began = time.monotonic()
    while imap.ask()["idling"] < connections:
        running.check()
        if time.monotonic() - began > START_WITHIN:
            raise BenchmarkError(
                f"not all {connections} connections idle: {imap.ask()['idling']}\n{running.log[-2000:]}"
            )
        time.sleep(0.2)
    return time.monotonic() - began


def _measured(running: Service, seconds: float) -> tuple[float, float, int]:
    before, began = exact_cpu_seconds(running.pid), time.monotonic()
    time.sleep(seconds)
    running.check()
    share = (exact_cpu_seconds(running.pid) - before) / (time.monotonic() - began)
    return memory_mb(running.pid)[0], share * 100, threads(running.pid)


def _now(running: Service) -> tuple[float, str, int]:
    return memory_mb(running.pid)[0], "", threads(running.pid)


def _under_load(imap: Helper, sink: Helper, count: int) -> tuple[float, float, float]:
    """Mails come to quiet mailboxes while others are emptied; p50 and p99 until they are asked for, p99 until the
    acknowledgement has arrived."""
    chance = random.Random(7)
    draining = [f"u{number}" for number in range(DRAINING)]
    imap.ask(fill={"users": draining, "count": BACKLOG - 1, "first": 100_000})
    for place, user in enumerate(draining):  # the last one wakes us
        imap.ask(deliver={"user": user, "number": 90_000 + place})
    announced: dict[str, float] = {}
    for number in range(DELIVERED):
        user = f"u{chance.randrange(DRAINING, count)}"
        announced[mails.sender(number)] = imap.ask(deliver={"user": user, "number": number})["announced_at"]
        time.sleep(1 / A_SECOND)
    until = time.monotonic() + 60
    while not announced.keys() <= (times := sink.ask(times=True)).keys():
        if time.monotonic() > until:
            missing = len(announced.keys() - times.keys())
            raise BenchmarkError(f"{missing} of {DELIVERED} mails were not acknowledged within a minute")
        time.sleep(0.2)
    noticed = [seconds for user, seconds in imap.ask()["noticed"] if user not in draining]
    acknowledged = [times[address] - at for address, at in announced.items()]
    return quantile(noticed, 0.5), quantile(noticed, 0.99), quantile(acknowledged, 0.99)
