"""python -m benchmarks [NAME ...]: run them all, or those named; tables here, JSON in benchmarks/results/."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    attachments,
    backlog,
    history,
    idle,
    judging,
    latency,
    mailboxes,
    promising,
    queueing,
    startup,
    workers,
)
from benchmarks.imap_servers import CHOICES
from benchmarks.processes import BenchmarkError
from benchmarks.report import Report

BENCHMARKS: dict[str, Callable[[argparse.Namespace], Report]] = {
    "startup": startup.run,
    "promises": promising.run,
    "judging": judging.run,
    "queue": queueing.run,
    "backlog": backlog.run,
    "attachments": attachments.run,
    "idle": idle.run,
    "history": history.run,
    "mailboxes": mailboxes.run,
    "latency": latency.run,
    "workers": workers.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--mails", type=int, default=10_000, help="small mails in the backlog (default: 10000)")
    parser.add_argument("--rounds", type=int, default=2, help="times the backlog is emptied by each side (default: 2)")
    parser.add_argument("--attachments", type=int, default=500, help="mails with attachments (default: 500)")
    parser.add_argument("--history", type=int, default=1_000_000, help="messages before (default: 1000000)")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds to watch it doing nothing (default: 20)")
    parser.add_argument("--imap", choices=CHOICES, default="auto", help="the IMAP server (default: Dovecot if there)")
    parser.add_argument("--folder", type=Path, help="where mailboxes and databases go (default: /var/tmp)")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if options.history < 1:
        parser.error("--history: there is no growth without messages before")
    if options.folder is not None and not options.folder.is_dir():
        parser.error(f"--folder {options.folder}: there is no such folder")
    missed = 0
    for name in options.names or BENCHMARKS:
        try:
            report = BENCHMARKS[name](options)
        except BenchmarkError as error:
            print(f"\n== {name}\n  failed: {error}")
            missed += 1
            continue
        report.show()
        report.write()
        missed += sum(not goal.reached for goal in report.goals)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
