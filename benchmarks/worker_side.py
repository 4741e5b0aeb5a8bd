"""The program itself as a benchmark runs it: its configuration, its process, and what its database says afterwards."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import processes
from benchmarks.imap_servers import PASSWORD, ImapSide
from benchmarks.mails import DOMAINS, MAILBOX, domain
from benchmarks.processes import BenchmarkError
from benchmarks.telegram_server import ASSISTANT_CHAT

GLANCE = 0.02
STARTED = " running: "
START_WITHIN = 20.0

CONFIG = """\
assistant: {{name: Katarzyna Zaradna, language: pl, zone: Europe/Warsaw{chat}}}
database: sqlite:///triage_bot.db
channels:
  mail:
{accounts}
{telegram}
agreement: {{acknowledge_after: 0s}}
limits: {{per_contact_hour: 1000000, per_contact_day: 1000000, per_domain_hour: 1000000, all_per_hour: 1000000}}
clients:
"""
ACCOUNT = """\
    - name: {name}
      address: {address}
      imap: {{host: 127.0.0.1, port: {imap_port}, security: none, user: {user}, password_file: mail.secret,
             start_at: {start_at}}}
      smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none}}
"""
TELEGRAM = '  telegram: {{token_file: telegram.secret, api_url: "{url}"}}\n'
CLIENT = "  - {{name: Client {number:02}, language: {language}, contacts: [{{domain: {domain}}}]}}\n"


@dataclass(frozen=True, slots=True)
class Bot:
    url: str
    token: str


def write_config(
    folder: Path, imap: ImapSide, user: str, smtp_port: int, start_at: datetime, bot: Bot | None = None
) -> Path:
    return write_configs(folder, imap.port, {"kontakt": (MAILBOX, user)}, smtp_port, start_at, bot)


def write_configs(
    folder: Path,
    imap_port: int,
    mailboxes: Mapping[str, tuple[str, str]],
    smtp_port: int,
    start_at: datetime,
    bot: Bot | None = None,
) -> Path:
    """`mailboxes` are by name, each with its address and its user."""
    accounts = [
        ACCOUNT.format(
            name=name,
            address=address,
            imap_port=imap_port,
            user=user,
            start_at=(start_at - timedelta(hours=1)).isoformat(),
            smtp_port=smtp_port,
        )
        for name, (address, user) in mailboxes.items()
    ]
    text = CONFIG.format(
        accounts="".join(accounts),
        chat=f", telegram: {ASSISTANT_CHAT}" if bot else "",
        telegram=TELEGRAM.format(url=bot.url) if bot else "",
    )
    for number in range(DOMAINS):
        language = ("pl", "sr", "en")[number % 3]
        text += CLIENT.format(number=number, language=language, domain=domain(number))
    for name, secret in (("mail.secret", PASSWORD), ("telegram.secret", bot.token if bot else "")):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret)
    path = folder / "config.yaml"
    path.write_text(text)
    return path


class Service:
    """One running `triage-bot run`."""

    def __init__(self, config: Path, *, through: tuple[str, ...] = ()) -> None:
        """`through` is a profiler's command line of Python, put before the program."""
        self._log = config.with_name("log")
        self.database = config.with_name("triage_bot.db")
        self.began = time.monotonic()
        with self._log.open("wb") as errors:
            self.process: subprocess.Popen[bytes] = processes.start(
                *through, "-m", "triage_bot", "run", "--config", str(config), errors=errors
            )
        try:
            self.running_at = self._wait_until_running()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _wait_until_running(self) -> float:
        while time.monotonic() < self.began + START_WITHIN:
            if STARTED in self.log:
                return time.monotonic()
            self.check()
            time.sleep(GLANCE)
        raise BenchmarkError(f"the program does not start:\n{self.log[-2000:]}")

    def check(self) -> None:
        if self.process.poll() is not None:
            raise BenchmarkError(f"the program has ended with {self.process.returncode}:\n{self.log[-2000:]}")

    def stop(self) -> float:
        return processes.stop(self.process)


@contextmanager
def service(config: Path, *, through: tuple[str, ...] = ()) -> Iterator[Service]:
    started = Service(config, through=through)
    try:
        yield started
    finally:
        started.stop()


def recorded(database: Path) -> dict[str, int]:
    """What lies in the database: messages with an item, items, and entries of the outbox by state."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        counts = {
            "messages": "SELECT count(*) FROM messages",
            "without_item": "SELECT count(*) FROM messages WHERE item_id IS NULL",
            "items": "SELECT count(*) FROM items",
        }
        found = {name: int(connection.execute(query).fetchone()[0]) for name, query in counts.items()}
        states = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state")
        return found | {f"outbox_{state}": int(number) for state, number in states}
