"""A full mailbox is emptied once by the bare loop and once by the program; both are timed and weighed alike.

A rate counts from the start of the process to the last acknowledgement that the sink has taken. The rate at work
leaves out what a process needs to load itself.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.imap_servers import ImapSide
from benchmarks.processes import BenchmarkError, Helper, cpu_seconds, memory_mb, start
from benchmarks.worker_side import Service, recorded, service, write_config

GLANCE = 0.1
STALLED = 20.0  # seconds without any acknowledgement


@dataclass(frozen=True, slots=True)
class Drained:
    side: str
    mails: int
    seconds: float  # from the start of the process
    loading: float  # of these, until it began to work
    cpu: float
    imap_cpu: float
    sink_cpu: float
    rss_mb: float
    fsync_ms: float

    @property
    def rate(self) -> float:
        return self.mails / self.seconds

    @property
    def rate_at_work(self) -> float:
        return self.mails / (self.seconds - self.loading)

    def row(self) -> tuple[str, int, float, float, float, float, float, float, float]:
        return (
            self.side,
            self.mails,
            self.rate,
            self.rate_at_work,
            self.cpu / self.mails * 1000,
            self.imap_cpu / self.mails * 1000,
            self.sink_cpu / self.mails * 1000,
            self.rss_mb,
            self.fsync_ms,
        )


COLUMNS = (
    "side",
    "mails",
    "mails/s",
    "at work/s",
    "CPU ms/mail",
    "IMAP ms/mail",
    "sink ms/mail",
    "peak MB",
    "fsync ms",
)


def drain_bare(folder: Path, imap: ImapSide, user: str, sink: Helper, mails: int, *how: str) -> Drained:
    """`how` it fetches, as `floor` knows it."""
    sink.ask(reset=True)
    wait = fsync_ms(folder)
    with _servers(imap, sink) as servers:
        began = time.monotonic()
        bare = start(
            "-m", "benchmarks.floor", str(imap.port), user, str(sink.ready["port"]), str(folder / f"{user}.db"), *how
        )
        assert bare.stdout is not None
        said = processes.read_line(bare.stdout)
        bare.wait()
    _all_came(sink.ask(), mails, "")
    return Drained(
        "bare loop",
        mails,
        said["ended"] - began,
        said["began"] - began,
        said["cpu"],
        servers["imap"],
        servers["sink"],
        said["rss_mb"],
        wait,
    )


def drain_by_program(
    folder: Path,
    imap: ImapSide,
    user: str,
    sink: Helper,
    mails: int,
    received_at: datetime,
    *,
    through: tuple[str, ...] = (),
) -> Drained:
    sink.ask(reset=True)
    wait = fsync_ms(folder)
    home = folder / user
    home.mkdir()
    config = write_config(home, imap, user, sink.ready["port"], received_at)
    with _servers(imap, sink) as servers, service(config, through=through) as running:
        said = _wait_for_all(sink, running, mails)
        cpu, (_, rss) = cpu_seconds(running.pid), memory_mb(running.pid)
        servers["until"]()
    found = recorded(running.database)
    _all_came(said, mails, f"{found}\n{running.log[-2000:]}")
    if found["messages"] != mails or found["without_item"] or found.get("outbox_sent") != mails:
        raise BenchmarkError(f"not all of the {mails} mails were recorded and acknowledged: {found}")
    return Drained(
        "triage_bot",
        mails,
        said["last_at"] - running.began,
        running.running_at - running.began,
        cpu,
        servers["imap"],
        servers["sink"],
        rss,
        wait,
    )


def _wait_for_all(sink: Helper, running: Service, mails: int) -> dict[str, Any]:
    while True:
        said = sink.ask()
        if said["received"] >= mails:
            return said
        since = said["last_at"] or running.running_at
        if time.monotonic() - since > STALLED:
            raise BenchmarkError(
                f"only {said['received']} of {mails} mails were acknowledged: {recorded(running.database)}\n"
                f"{running.log[-2000:]}"
            )
        running.check()
        time.sleep(GLANCE)


def _all_came(said: dict[str, Any], mails: int, more: str) -> None:
    # Each mail has a sender of its own, the bare loop and the program answer to that.
    if said["received"] != mails or said["recipients"] != mails:
        raise BenchmarkError(f"{mails} mails, but {said['received']} answers to {said['recipients']} addresses {more}")


@contextmanager
def _servers(imap: ImapSide, sink: Helper) -> Any:
    """The CPU that the servers take meanwhile, or until `until` is called."""
    pids = {"imap": imap.pid, "sink": sink.process.pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    taken: dict[str, Any] = {}

    def until() -> None:
        if not taken.keys() & pids.keys():
            taken.update({name: cpu_seconds(pid) - before[name] for name, pid in pids.items()})

    taken["until"] = until
    yield taken
    until()


def fsync_ms(folder: Path, times: int = 60) -> float:
    """What this disk asks for one small commit right now: the median of a few appended and synced blocks."""
    waits = []
    with tempfile.NamedTemporaryFile(dir=folder) as file, suppress(OSError):
        for _ in range(times):
            os.write(file.fileno(), b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - began)
    return statistics.median(waits) * 1000


def ratio(floor: Sequence[Drained], ours: Sequence[Drained]) -> float:
    """Of the rates, each over all rounds."""
    return (sum(run.mails for run in ours) / sum(run.seconds for run in ours)) / (
        sum(run.mails for run in floor) / sum(run.seconds for run in floor)
    )
