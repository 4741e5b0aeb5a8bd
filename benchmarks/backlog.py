"""Many small mails wait: each is recorded and acknowledged, against the bare loop in the same run."""

import argparse
from dataclasses import asdict

from benchmarks import mails
from benchmarks.drain import COLUMNS, Drained, drain_bare, drain_by_program, ratio
from benchmarks.imap_servers import folder_on_disk, imap_side
from benchmarks.processes import helper
from benchmarks.report import Goal, Report

GOAL = 0.5


def run(options: argparse.Namespace) -> Report:
    rounds = range(options.rounds)
    bare_users, our_users = [f"bare{number}" for number in rounds], [f"worker{number}" for number in rounds]
    bare: list[Drained] = []
    ours: list[Drained] = []
    received_at = mails.now()
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, [*bare_users, *our_users], folder) as imap,
        helper("sink") as sink,
    ):
        imap.fill([*bare_users, *our_users], "small", options.mails, received_at)
        for bare_user, our_user in zip(bare_users, our_users, strict=True):
            bare.append(drain_bare(folder, imap, bare_user, sink, options.mails))
            ours.append(drain_by_program(folder, imap, our_user, sink, options.mails, received_at))
        name = imap.name
    return Report(
        "backlog",
        COLUMNS,
        [run.row() for pair in zip(bare, ours, strict=True) for run in pair],
        goals=[Goal("rate of the bare loop", ratio(bare, ours), GOAL)],
        notes=[f"IMAP server: {name}; SQLite with synchronous=FULL on both sides"],
        figures={"bare": [asdict(run) for run in bare], "triage_bot": [asdict(run) for run in ours]},
    )
