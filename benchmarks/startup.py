"""How long a start takes: of a command that does nothing, and of the service, beside a Python that starts and ends."""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import mails
from benchmarks.imap_servers import folder_on_disk
from benchmarks.mails import MAILBOX
from benchmarks.processes import ROOT, compiled
from benchmarks.report import Goal, Report
from benchmarks.worker_side import service, write_configs

MOST_SECONDS = 0.4
TIMES = 9
NOBODY = 9  # a port on which nobody listens: the service runs before it has reached a server
COMMANDS = {"python -c pass": ("-c", "pass"), "triage-bot --help": ("-m", "triage_bot", "--help")}
STARTS = ("triage-bot run, at the very first", "triage-bot run, again")


def run(options: argparse.Namespace) -> Report:
    compiled()
    seconds: dict[str, list[float]] = {name: [] for name in (*COMMANDS, *STARTS)}
    with folder_on_disk(options.folder) as folder:
        for _round in range(TIMES):
            for name, arguments in COMMANDS.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
                seconds[name].append(time.perf_counter() - began)
            for name, taken in zip(STARTS, _starts(Path(tempfile.mkdtemp(dir=folder))), strict=True):
                seconds[name].append(taken)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return Report(
        "startup",
        ("command", "median s", "best s", "worst s"),
        [(name, medians[name], min(times), max(times)) for name, times in seconds.items()],
        goals=[Goal("triage-bot --help", medians["triage-bot --help"], MOST_SECONDS, at_most=True, unit=" s")],
        notes=["the service: until it says that it runs; the first start makes the tables of its database"],
        figures=seconds,
    )


def _starts(folder: Path) -> Sequence[float]:
    """Seconds of the first start and of the next one."""
    config = write_configs(folder, NOBODY, {"kontakt": (MAILBOX, "kontakt")}, NOBODY, mails.now())
    taken = []
    for _ in STARTS:
        with service(config) as running:
            taken.append(running.running_at - running.began)
    return taken
