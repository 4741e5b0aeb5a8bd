"""One, two and three workers on one PostgreSQL database empty the same mailboxes, and one process on SQLite does.

The database makes every commit durable (fsync), on the same disk as SQLite. A rate counts from the first
acknowledgement that the sink has taken to the last one, so that no start is in it.
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
COLUMNS = ("workers", "database", "mails", "mails/s", "CPU ms/mail", "database CPU ms/mail")
Row = tuple[int, str, int, float, float, float]


def run(options: argparse.Namespace) -> Report:
    if PROGRAMS is None:
        raise BenchmarkError("PostgreSQL is not installed: apt-get install postgresql")
    each = max(1, options.mails // MAILBOXES)
    sides = [(1, "SQLite"), (1, "PostgreSQL"), (2, "PostgreSQL"), (3, "PostgreSQL")]
    users = [[f"side{side}box{box}" for box in range(MAILBOXES)] for side in range(len(sides))]
    received_at = mails.now()
    rows: list[Row] = []
    with (
        folder_on_disk(options.folder) as folder,
        imap_side(options.imap, [user for those in users for user in those], folder) as imap,
        helper("sink") as sink,
        running_postgres(durable=True) as postgres,
    ):
        for box in range(MAILBOXES):
            imap.fill([those[box] for those in users], "small", each, received_at, first=box * each)
        for (workers, database), those in zip(sides, users, strict=True):
            shared = postgres if database == "PostgreSQL" else None
            home = folder / those[0]
            home.mkdir()
            rows.append(_emptied(home, imap, those, sink, workers, shared, each * MAILBOXES, received_at))
        name = imap.name
    of = {workers: rate for workers, database, _, rate, _, _ in rows if database == "PostgreSQL"}
    return Report(
        "workers",
        COLUMNS,
        rows,
        goals=[Goal("three workers against one", of[3] / of[1], GOAL)],
        notes=[f"IMAP server: {name}; {MAILBOXES} mailboxes; all servers share the processors with the workers"],
        figures={"rows": rows},
    )


def _emptied(
    home: Path,
    imap: ImapSide,
    users: list[str],
    sink: Helper,
    workers: int,
    postgres: Postgres | None,
    count: int,
    received_at: datetime,
) -> Row:
    sink.ask(reset=True)
    url = postgres.url(postgres.migrated()) if postgres else "sqlite:///triage_bot.db"
    before = _database_cpu(postgres)
    with ExitStack() as stack:
        running: list[Service] = []
        for number in range(workers):
            folder = home / str(number)
            folder.mkdir()
            mailboxes = {f"box{box}": (f"box{box}@zaradna.example", user) for box, user in enumerate(users)}
            config = write_configs(folder, imap.port, mailboxes, sink.ready["port"], received_at)
            config.write_text(config.read_text().replace("sqlite:///triage_bot.db", url))
            running.append(stack.enter_context(service(config)))
        said = _wait_for_all(sink, running, count)
        cpu = sum(cpu_seconds(each.pid) for each in running)
        of_database = _database_cpu(postgres) - before
    if said["received"] != count or said["recipients"] != count:
        raise BenchmarkError(f"{count} mails, but {said['received']} answers to {said['recipients']} addresses")
    rate = count / (said["last_at"] - said["first_at"])
    kind = "PostgreSQL" if postgres else "SQLite"
    return workers, kind, count, rate, cpu / count * 1000, of_database / count * 1000


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
