"""PostgreSQL in a folder of its own, on a socket there and on a port of loopback: nothing of the machine is touched."""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.patience import PATIENCE
from tests.servers.ports import free_port
from triage_bot.store.store import Store

MUST_RUN = "postgresql" in os.environ.get("TRIAGE_BOT_TESTS_MUST_RUN", "")
OWNER = "triage"
PASSWORD = "p@ss:w/rd%"

# Who comes by the socket is let in; a password is asked for on the port. Commits need not survive a power cut here.
ACCESS = """\
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""
SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{home}'
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 16MB
max_connections = 60
"""
DURABLE = """\
fsync = on
full_page_writes = on
autovacuum = on
shared_buffers = 128MB
"""


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
FIRST_ROWS = ("meta", "alembic_version")
SHAPE = """\
SELECT (SELECT (count(*), max(oid)) FROM pg_class), (SELECT (count(*), max(oid)) FROM pg_trigger),
    (SELECT (count(*), max(oid)) FROM pg_proc), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_db_role_setting)"""


def _programs() -> Path | None:
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    return usable[-1] if usable else None


PROGRAMS = _programs()


def _as_nobody_special() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


class Postgres:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._lent_before: list[str] = []
        self._shapes: dict[str, list[Any]] = {}
        self._rows: dict[str, list[Any]] = {}

    def start(self) -> None:
        """From a thread that lives as long as the server: its end counts as the end of the tests."""
        assert PROGRAMS is not None
        with (self.home / "log").open("ab") as log:
            # A child of ours, ended by the kernel when a run of the tests is killed: pg_ctl would leave it behind.
            self._process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(self.home / "data")],
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **_as_nobody_special(),
            )
        give_up_at = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.home / "log").read_text()
            assert time.monotonic() < give_up_at, "PostgreSQL does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)
        self._process.wait(30)

    def restart(self) -> None:
        """As after a crash: every connection breaks, nothing that was committed is lost."""
        self.stop()
        self.start()

    def _control(self, *arguments: str) -> None:
        assert PROGRAMS is not None
        command = [str(PROGRAMS / "pg_ctl"), "-D", str(self.home / "data"), "-w", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, cwd="/", **_as_nobody_special()
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def url(self, name: str) -> str:
        """By the socket: no password."""
        return f"postgresql://{OWNER}@/{name}?host={self.home}&port={self.port}"

    def url_by_port(self, name: str, credentials: str = OWNER) -> str:
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/{name}"

    def empty(self) -> str:
        """The name of a new database without tables."""
        name = f"empty_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
        return name

    def migrated(self) -> str:
        """The name of a new database that has the tables of this program. They are made once and copied."""
        if "tables" not in self._templates:
            self._templates["tables"] = made = self.empty()
            Store.open(self.url(made), exclusive=True).close()
        name = f"test_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {self._templates['tables']} STRATEGY file_copy")
        return name

    def lend(self) -> str:
        """The name of a database that has the tables of this program and nothing in them: an old one if there is any,
        as a new one takes longer than most tests."""
        return self._lent_before.pop() if self._lent_before else self.migrated()

    def give_back(self, name: str) -> None:
        made = self._templates["tables"]
        if made not in self._shapes:
            self._shapes[made] = self.sql(SHAPE, made)
            self._rows = {table: self.sql(f"SELECT * FROM {table}", made) for table in FIRST_ROWS}
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        if self.sql(SHAPE, name) != self._shapes[made]:
            self.drop(name)
            return
        tables = [table for [table] in self.sql(TABLES, name)]
        rows = [(table, *row) for table, found in self._rows.items() for row in found]
        self.sql(
            "SET session_replication_role = replica;"
            + "".join(f"DELETE FROM {table};" for table in tables)
            + "".join(f"INSERT INTO {table} VALUES ({', '.join(map(repr, row))});" for table, *row in rows)
            + "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences;",
            name,
        )
        self._lent_before.append(name)

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        """As the superuser."""
        with psycopg.connect(
            host=str(self.home), port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """`durable` for a database whose commits would survive a power cut, on a real disk: for measurements."""
    assert PROGRAMS is not None, "PostgreSQL is not installed"
    # Not among pytest's own folders: those are for this user only, and the path of a socket is short.
    home = Path(tempfile.mkdtemp(prefix="triage-pg-", dir="/var/tmp" if durable else "/tmp"))
    try:
        postgres = Postgres(home)
        user = _as_nobody_special()
        if user:
            os.chown(home, user["user"], user["group"])
        command = [str(PROGRAMS / "initdb"), "-D", str(home / "data"), "-U", "postgres", "-E", "UTF8", "--locale=C"]
        made = subprocess.run(
            [*command, "-A", "trust", "--no-sync"], capture_output=True, text=True, timeout=PATIENCE, cwd="/", **user
        )
        assert made.returncode == 0, made.stdout + made.stderr
        (home / "data/pg_hba.conf").write_text(ACCESS)
        with (home / "data/postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(home=home, port=postgres.port))
            settings.write(DURABLE if durable else "")
        postgres.start()
        try:
            postgres.sql(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
            yield postgres
        finally:
            postgres.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
