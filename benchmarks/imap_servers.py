"""The IMAP server of a benchmark, in a process of its own: Dovecot where it is installed, else pymap.

One mailbox a measurement, all with the same mails: who comes second shall not find the server's caches warm.
"""

import asyncio
import imaplib
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from benchmarks import mails
from benchmarks.processes import BenchmarkError, Helper, helper
from tests.servers.dovecot import DOVECOT, Dovecot

PASSWORD = "benchmark"
KINDS: dict[str, Callable[[int, datetime], bytes]] = {"small": mails.small, "attachment": mails.with_attachment}
CHOICES = ("auto", "dovecot", "pymap")


class ImapSide(Protocol):
    name: str
    port: int
    pid: int

    def fill(self, users: Sequence[str], kind: str, count: int, at: datetime, first: int = 0) -> None:
        """Put the same mails into the mailboxes of `users`, received at `at`, numbered from `first` on."""


@contextmanager
def imap_side(choice: str, users: Sequence[str], folder: Path) -> Iterator[ImapSide]:
    if choice == "dovecot" and not DOVECOT:
        raise BenchmarkError("Dovecot is not installed: apt-get install dovecot-imapd, or --imap pymap")
    if choice == "pymap" or not DOVECOT:
        with helper("pymap_server", *users) as started:
            yield _Pymap(started)
        return
    home = folder / "dovecot"
    home.mkdir(mode=0o755)
    server = Dovecot(home, dict.fromkeys(users, PASSWORD))
    asyncio.run(server.start())
    try:
        yield _Dovecot(home, server.port)
    finally:
        asyncio.run(server.stop())


class _Dovecot:
    name = "dovecot"

    def __init__(self, home: Path, port: int) -> None:
        self._mail = home / "mail"
        self.port = port
        self.pid = int((home / "run" / "master.pid").read_text())

    def fill(self, users: Sequence[str], kind: str, count: int, at: datetime, first: int = 0) -> None:
        """Written into the maildirs as a delivery would, once; the other mailboxes get links."""
        source = self._maildir(users[0])
        for number in range(first, first + count):
            raw = KINDS[kind](number, at)
            file = source / f"{int(at.timestamp())}.M{number:06}.benchmark,S={len(raw)}:2,"
            file.write_bytes(raw)
            self._owned(file)
            os.utime(file, (at.timestamp(), at.timestamp()))
        for user in users[1:]:
            target = self._maildir(user)
            for file in source.iterdir():
                os.link(file, target / file.name)
        for user in users:
            look(self.port, user, count)

    def _maildir(self, user: str) -> Path:
        for folder in ("", "new", "tmp", "cur"):
            made = self._mail / user / folder
            made.mkdir(exist_ok=True)
            self._owned(made)
        return made

    def _owned(self, file: Path) -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(file, nobody.pw_uid, nobody.pw_gid)


class _Pymap:
    name = "pymap"

    def __init__(self, started: Helper) -> None:
        self._helper = started
        self.port: int = started.ready["port"]
        self.pid = started.process.pid

    def fill(self, users: Sequence[str], kind: str, count: int, at: datetime, first: int = 0) -> None:
        self._helper.ask(users=users, kind=kind, count=count, at=at.isoformat(), first=first)


def look(port: int, user: str, count: int) -> None:
    """Open the mailbox once, so that the server has its list of mails, and see that all are there."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=60) as client:
        client.login(user, PASSWORD)
        _, found = client.select("INBOX", readonly=True)
        if found[0] is None or int(found[0]) != count:
            raise BenchmarkError(f"the mailbox of {user} holds {found[0]!r} mails instead of {count}")


@contextmanager
def folder_on_disk(chosen: Path | None) -> Iterator[Path]:
    """A folder of our own on a real disk: what lies in memory would make fsync free of charge."""
    parent = chosen or next((path for path in (Path("/var/tmp"), Path("/tmp")) if path.is_dir()), None)
    made = Path(tempfile.mkdtemp(prefix="triage_bench", dir=parent))
    made.chmod(0o755)  # Dovecot gives up root for other users, who must be able to pass through
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
