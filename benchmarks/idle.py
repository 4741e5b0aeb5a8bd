"""One mailbox and Telegram, and nothing happens any more: what the program costs just by being there."""

import argparse
import time

from benchmarks import mails
from benchmarks.imap_servers import folder_on_disk, imap_side
from benchmarks.processes import BenchmarkError, Helper, exact_cpu_seconds, helper, memory_mb, threads
from benchmarks.report import Cell, Goal, Report
from benchmarks.worker_side import Bot, service, write_config

MOST_MB = 100.0
MOST_CPU = 0.001  # of one core: below what `top` shows
MAILS = 40  # in every language: what is loaded at first use is loaded then
SETTLE_WITHIN = 15.0
SETTLED = 3.0


def run(options: argparse.Namespace) -> Report:
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, ["quiet"], folder) as imap,
        helper("sink") as sink,
        helper("telegram_server") as telegram,
    ):
        bot = Bot(telegram.ready["url"], telegram.ready["token"])
        config = write_config(folder, imap, "quiet", sink.ready["port"], mails.now(), bot)
        rows: list[tuple[Cell, ...]] = []
        with service(config) as running:
            _settle(telegram, sink, 0)
            first, first_most = memory_mb(running.pid)  # it has made the tables of its database
            rows.append(("the very first start, no mail yet", first, first_most, "", threads(running.pid)))
        imap.fill(["quiet"], "small", MAILS, mails.now())
        with service(config) as running:
            _settle(telegram, sink, MAILS)
            before, began = exact_cpu_seconds(running.pid), time.monotonic()
            time.sleep(options.idle)
            running.check()
            share = (exact_cpu_seconds(running.pid) - before) / (time.monotonic() - began)
            now, most = memory_mb(running.pid)
            rows.append((f"started again, {MAILS} mails later", now, most, share * 100, threads(running.pid)))
    return Report(
        "idle",
        ("", "MB", "peak MB", "CPU %", "threads"),
        rows,
        goals=[
            Goal("memory", now, MOST_MB, at_most=True, unit=" MB"),
            Goal("CPU", share * 100, MOST_CPU * 100, at_most=True, unit=" % of a core"),
        ],
        notes=[f"over {options.idle:g} s"],
        figures={"rss_mb": now, "peak_mb": most, "cpu_share": share, "first_start_rss_mb": first},
    )


def _settle(telegram: Helper, sink: Helper, mails: int) -> None:
    """Until it waits in a long poll and has acknowledged so many mails, and then a little longer."""
    until = time.monotonic() + SETTLE_WITHIN
    while not telegram.ask()["polled"] or sink.ask()["received"] < mails:
        if time.monotonic() > until:
            raise BenchmarkError("the program does not poll Telegram, or does not acknowledge what it should")
        time.sleep(0.1)
    time.sleep(SETTLED)
