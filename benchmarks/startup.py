"""How long a command takes that does nothing: `triage-bot --help`, beside a Python that starts and ends."""

import argparse
import statistics
import subprocess
import sys
import time

from benchmarks.processes import ROOT
from benchmarks.report import Goal, Report

MOST_SECONDS = 0.4
TIMES = 9


def run(_: argparse.Namespace) -> Report:
    commands = {"python -c pass": ("-c", "pass"), "triage-bot --help": ("-m", "triage_bot", "--help")}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _round in range(TIMES):
        for name, arguments in commands.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return Report(
        "startup",
        ("command", "median s", "best s", "worst s"),
        [(name, medians[name], min(times), max(times)) for name, times in seconds.items()],
        goals=[Goal("triage-bot --help", medians["triage-bot --help"], MOST_SECONDS, at_most=True, unit=" s")],
        figures=seconds,
    )
