"""Promises a second, with public holidays loaded: an hour away and three weeks away cost the same."""

import argparse

from benchmarks.promises import RESPONSES, STARTS, first_promise_ms, rate
from benchmarks.report import Goal, Report

GOAL = 50_000


def run(_: argparse.Namespace) -> Report:
    cold = first_promise_ms()
    rates = {name: [rate(response, start) for start in STARTS.values()] for name, response in RESPONSES.items()}
    return Report(
        "promises",
        ("a second", *STARTS),
        [(name, *found) for name, found in rates.items()],
        goals=[Goal("the slowest of them", min(min(found) for found in rates.values()), GOAL, unit=" a second")],
        notes=[f"the first promise of a calendar: {cold:.1f} ms"],
        figures={"first_promise_ms": cold, **rates},
    )
