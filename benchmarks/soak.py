"""The service under a steady load for a long while: what it holds must not grow.

    python -m benchmarks.soak [--minutes 30]

Mails come to some mailboxes at a steady rate, some connections are cut, and every few seconds memory, open files and
threads are looked at. Python's development mode tells of every file and socket that was forgotten.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import mails
from benchmarks.imap_servers import folder_on_disk
from benchmarks.processes import BenchmarkError, Helper, helper, memory_mb, threads
from benchmarks.report import Cell, Goal, Report
from benchmarks.worker_side import Service, recorded, service, write_configs

MAILBOXES = 20
A_SECOND = 5.0
LOOK_EVERY = 5.0
CUT_EVERY = 30.0
SETTLED = 0.25
"""The first part of the run, in which caches fill, is not compared."""
MOST_GROWTH_MB = 6.0
MOST_GROWTH_FILES = 2.0
FORGOTTEN = ("ResourceWarning", "was never awaited", "was never retrieved", "Traceback")


@dataclass(frozen=True, slots=True)
class Look:
    seconds: float
    rss_mb: float
    files: int
    threads: int


def run(options: argparse.Namespace) -> Report:
    with folder_on_disk(options.folder) as folder, helper("stub_imap") as imap, helper("sink") as sink:
        home = folder / "soak"
        home.mkdir()
        mailboxes = {f"m{number}": (f"m{number}@zaradna.example", f"u{number}") for number in range(MAILBOXES)}
        config = write_configs(home, imap.ready["port"], mailboxes, sink.ready["port"], mails.now())
        with service(config, through=("-X", "dev", "-W", "always::ResourceWarning")) as running:
            looks, sent, cuts = _load(running, imap, options.minutes * 60)
            _all_answered(sink, sent, running)
            database = running.database
        found = recorded(database)
        said = [line for line in running.log.splitlines() if any(mark in line for mark in FORGOTTEN)]
    grown = _growth(looks)
    lost = sent - found["messages"]
    rows: list[tuple[Cell, ...]] = [
        (f"{look.seconds:.0f} s", look.rss_mb, look.files, look.threads) for look in _some(looks)
    ]
    return Report(
        "soak",
        ("after", "MB", "files", "threads"),
        rows,
        goals=[
            Goal("memory grown", grown.rss_mb, MOST_GROWTH_MB, at_most=True, unit=" MB"),
            Goal("files grown", grown.files, MOST_GROWTH_FILES, at_most=True),
            Goal("unclosed resources and unforeseen errors", len(said), 0, at_most=True),
            Goal("mails lost", lost, 0, at_most=True),
        ],
        notes=[
            f"{sent} mails to {MAILBOXES} mailboxes in {looks[-1].seconds / 60:.1f} minutes, {cuts} connections cut; "
            "grown from the second quarter to the last one, medians",
            *said[:5],
        ],
        figures={"looks": [asdict(look) for look in looks], "sent": sent, "cuts": cuts, "warnings": said[:50]},
    )


def _load(running: Service, imap: Helper, seconds: float) -> tuple[list[Look], int, int]:
    began = time.monotonic()
    looks: list[Look] = []
    sent = cuts = 0
    while (now := time.monotonic() - began) < seconds or not looks:
        if now >= len(looks) * LOOK_EVERY:
            running.check()
            files = len(list(Path(f"/proc/{running.pid}/fd").iterdir()))
            looks.append(Look(now, memory_mb(running.pid)[0], files, threads(running.pid)))
        if now >= (cuts + 1) * CUT_EVERY:
            imap.ask(cut=f"u{cuts % MAILBOXES}")
            cuts += 1
        imap.ask(deliver={"user": f"u{sent % MAILBOXES}", "number": sent})
        sent += 1
        time.sleep(max(0.0, sent / A_SECOND - (time.monotonic() - began)))
    return looks, sent, cuts


def _all_answered(sink: Helper, sent: int, running: Service) -> None:
    until = time.monotonic() + 60
    while (received := sink.ask()["received"]) < sent:
        if time.monotonic() > until:
            raise BenchmarkError(f"{received} of {sent} mails were acknowledged\n{running.log[-2000:]}")
        time.sleep(0.5)


def _growth(looks: Sequence[Look]) -> Look:
    """From the second quarter to the last: medians, since each single look has its own moment."""
    quarter = max(1, round(len(looks) * SETTLED))
    early, late = looks[quarter : 2 * quarter] or looks[-1:], looks[-quarter:]

    def grown(of: Callable[[Look], float]) -> float:
        return statistics.median(map(of, late)) - statistics.median(map(of, early))

    return Look(
        looks[-1].seconds,
        grown(lambda look: look.rss_mb),
        round(grown(lambda look: look.files)),
        round(grown(lambda look: look.threads)),
    )


def _some(looks: Sequence[Look]) -> Sequence[Look]:
    step = max(1, len(looks) // 10)
    return [*looks[:-1:step], looks[-1]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--folder", type=Path, help="where the database goes (default: /var/tmp)")
    report = run(parser.parse_args())
    report.show()
    report.write()
    return 0 if all(goal.reached for goal in report.goals) else 1


if __name__ == "__main__":
    sys.exit(main())
