"""One, two and three workers on one PostgreSQL database empty the same mailboxes, and one worker on SQLite does.

A worker that has much to do judges in a second process, and so keeps two processors busy by itself: on a machine that
has no more, others cannot add to that. What the database allows is seen where each worker has one process.

The database makes every commit durable (fsync), on the same disk as SQLite. The mails come when all workers run and
have divided the mailboxes among them; a rate counts from the tenth part of the acknowledgements that the sink has taken
to the last one, so that nothing is in it of what each worker loads once.
"""

import argparse
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from benchmarks import mails
from benchmarks.imap_servers import ImapSide, folder_on_disk, imap_side
from benchmarks.processes import BenchmarkError, Helper, cpu_seconds, helper
from benchmarks.report import Goal, Report
from benchmarks.worker_side import Service, service, write_configs
from tests.servers.postgres import PROGRAMS, Postgres, running_postgres

GOAL = 1.6
MAILBOXES = 6
STALLED = 30.0
COLUMNS = ("workers", "processes each", "database", "mails", "mails/s", "CPU ms/mail", "database CPU ms/mail")
Row = tuple[int, int, str, int, float, float, float]
ALONE = "\njudging: {second_process: false}\n"


def run(options: argparse.Namespace) -> Report:
    if PROGRAMS is None:
        raise BenchmarkError("PostgreSQL is not installed: apt-get install postgresql")
    each = max(1, options.mails // MAILBOXES)
    sides = [(1, 2, "SQLite"), (1, 2, "PostgreSQL"), *((workers, 1, "PostgreSQL") for workers in (1, 2, 3))]
    users = [[f"side{side}box{box}" for box in range(MAILBOXES)] for side in range(len(sides))]
    received_at = mails.now()
    rows: list[Row] = []
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, [user for those in users for user in those], folder) as imap,
        helper("sink") as sink,
        running_postgres(durable=True) as postgres,
    ):
        for side, those in zip(sides, users, strict=True):
            home = folder / those[0]
            home.mkdir()
            rows.append(_emptied(home, imap, those, sink, side, postgres, each, received_at))
        name = imap.name
    of = {workers: rate for workers, processes, _, _, rate, _, _ in rows if processes == 1}
    return Report(
        "workers",
        COLUMNS,
        rows,
        goals=[Goal("three workers against one, each in one process", of[3] / of[1], GOAL)],
        notes=[f"IMAP server: {name}; {MAILBOXES} mailboxes; all servers share the processors with the workers"],
        figures={"rows": rows},
    )


def _emptied(
    home: Path,
    imap: ImapSide,
    users: list[str],
    sink: Helper,
    side: tuple[int, int, str],
    server: Postgres,
    in_each: int,
    received_at: datetime,
) -> Row:
    workers, processes, kind = side
    count = in_each * len(users)
    postgres = server if kind == "PostgreSQL" else None
    sink.ask(reset=True)
    url = postgres.url(postgres.migrated()) if postgres else "sqlite:///triage_bot.db"
    with ExitStack() as stack:
        running: list[Service] = []
        for number in range(workers):
            folder = home / str(number)
            folder.mkdir()
            mailboxes = {f"box{box}": (f"box{box}@zaradna.example", user) for box, user in enumerate(users)}
            config = write_configs(folder, imap.port, mailboxes, sink.ready["port"], received_at)
            text = config.read_text().replace("sqlite:///triage_bot.db", url)
            config.write_text(text if processes > 1 else text + ALONE)
            running.append(stack.enter_context(service(config)))
        if postgres is not None:
            _until_divided(running, len(users))
        before = [sum(cpu_seconds(one.pid) for one in running), _database_cpu(postgres)]
        for box, user in enumerate(users):
            imap.fill([user], "small", in_each, received_at, first=box * in_each)
        said = _wait_for_all(sink, running, count)
        after = [sum(cpu_seconds(one.pid) for one in running), _database_cpu(postgres)]
    if said["received"] != count or said["recipients"] != count:
        raise BenchmarkError(f"{count} mails, but {said['received']} answers to {said['recipients']} addresses")
    times = sorted(sink.ask(times=True).values())[count // 10 :]
    ours, of_database = ((end - begin) / count * 1000 for begin, end in zip(before, after, strict=True))
    return workers, processes, kind, count, len(times) / (times[-1] - times[0]), ours, of_database


def _until_divided(running: list[Service], mailboxes: int) -> None:
    until = time.monotonic() + STALLED
    while True:
        has = [one.log.count(": this worker's") - one.log.count(": given to another worker") for one in running]
        if min(has) >= mailboxes // len(running) and sum(has) == mailboxes + 1:  # and what goes with no mailbox
            return
        if time.monotonic() > until:
            raise BenchmarkError(f"the workers do not divide the mailboxes: {has}")
        for one in running:
            one.check()
        time.sleep(0.1)


def _wait_for_all(sink: Helper, running: list[Service], count: int) -> dict[str, float]:
    began = time.monotonic()
    while True:
        said = sink.ask()
        if said["received"] >= count:
            return said
        if time.monotonic() - (said["last_at"] or began) > STALLED:
            logs = "\n".join(each.log[-1500:] for each in running)
            raise BenchmarkError(f"only {said['received']} of {count} mails were acknowledged\n{logs}")
        for each in running:
            each.check()
        time.sleep(0.1)


def _database_cpu(postgres: Postgres | None) -> float:
    """Of all processes of the server that are there now, and of those that have ended."""
    if postgres is None:
        return 0.0
    pid = int((postgres.home / "data/postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_seconds(pid) + sum(cpu_seconds(int(child)) for child in children)
