"""Mails with attachments of 3 MB against as many small ones: only what is text may cost anything."""

import argparse
from dataclasses import asdict

from benchmarks import mails
from benchmarks.drain import COLUMNS, drain_bare, drain_by_program
from benchmarks.imap_servers import folder_on_disk, imap_side
from benchmarks.processes import helper
from benchmarks.report import Goal, Report

SLOWER = 3.0
MOST_MB = 120.0


def run(options: argparse.Namespace) -> Report:
    count, received_at = options.attachments, mails.now()
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, ["bare_small", "small", "bare_large", "large"], folder) as imap,
        helper("sink") as sink,
    ):
        imap.fill(["bare_small", "small"], "small", count, received_at)
        imap.fill(["bare_large", "large"], "attachment", count, received_at)
        runs = {
            "bare loop, small": drain_bare(folder, imap, "bare_small", sink, count),
            "triage_bot, small": drain_by_program(folder, imap, "small", sink, count, received_at),
            "bare loop, 3 MB": drain_bare(folder, imap, "bare_large", sink, count),
            "triage_bot, 3 MB": drain_by_program(folder, imap, "large", sink, count, received_at),
        }
        name = imap.name
    small, large = runs["triage_bot, small"], runs["triage_bot, 3 MB"]
    return Report(
        "attachments",
        COLUMNS,
        [(side, *run.row()[1:]) for side, run in runs.items()],
        goals=[
            Goal(
                "slower than small mails", small.rate_at_work / large.rate_at_work, SLOWER, at_most=True, unit=" times"
            ),
            Goal("peak memory", large.rss_mb, MOST_MB, at_most=True, unit=" MB"),
        ],
        notes=[f"IMAP server: {name}; the bare loop too fetches the text part alone"],
        figures={side: asdict(run) for side, run in runs.items()},
    )
