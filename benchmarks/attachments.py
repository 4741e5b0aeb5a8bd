"""Mails with attachments of 3 MB, against the bare loop and against as many small ones: only what is text may cost
anything.

There are two bare loops: one fetches all of a mail, as most scripts do, the other knows that part 1 is the text.
"""

import argparse
from dataclasses import asdict

from benchmarks import mails
from benchmarks.drain import COLUMNS, drain_bare, drain_by_program, ratio
from benchmarks.imap_servers import folder_on_disk, imap_side
from benchmarks.processes import helper
from benchmarks.report import Goal, Report

LARGE = ("bare_large", "bare_text", "large")
AS_FAST = 1.0
SLOWER = 3.0
MOST_MB = 120.0


def run(options: argparse.Namespace) -> Report:
    count, received_at = options.attachments, mails.now()
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, ["bare_small", "small", *LARGE], folder) as imap,
        helper("sink") as sink,
    ):
        imap.fill(["bare_small", "small"], "small", count, received_at)
        imap.fill(LARGE, "attachment", count, received_at)
        runs = {
            "bare loop, small": drain_bare(folder, imap, "bare_small", sink, count),
            "triage_bot, small": drain_by_program(folder, imap, "small", sink, count, received_at),
            "bare loop, 3 MB, whole": drain_bare(folder, imap, "bare_large", sink, count, "whole"),
            "bare loop, 3 MB, part 1": drain_bare(folder, imap, "bare_text", sink, count),
            "triage_bot, 3 MB": drain_by_program(folder, imap, "large", sink, count, received_at),
        }
        name = imap.name
    small, large = runs["triage_bot, small"], runs["triage_bot, 3 MB"]
    whole, part_1 = runs["bare loop, 3 MB, whole"], runs["bare loop, 3 MB, part 1"]
    return Report(
        "attachments",
        COLUMNS,
        [(side, *run.row()[1:]) for side, run in runs.items()],
        goals=[
            Goal("rate of the bare loop that fetches whole mails", ratio([whole], [large]), AS_FAST, unit=" times"),
            Goal(
                "slower than small mails", small.rate_at_work / large.rate_at_work, SLOWER, at_most=True, unit=" times"
            ),
            Goal("peak memory", large.rss_mb, MOST_MB, at_most=True, unit=" MB"),
        ],
        notes=[
            f"IMAP server: {name}",
            f"rate of the bare loop that fetches part 1 alone, and loads nothing: {ratio([part_1], [large]):.2f}",
        ],
        figures={side: asdict(run) for side, run in runs.items()},
    )
