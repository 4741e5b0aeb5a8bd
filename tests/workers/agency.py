"""A town with three mailboxes and several workers of the program on one PostgreSQL database."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.kills.programs import Hatchling, Incubator
from tests.kills.town import (
    ASSISTANT_CHAT,
    FIRST_CHAT,
    PASSWORD,
    Outcome,
    Town,
    subject,
    writer,
    zone_far_from_midnight,
)
from tests.servers.postgres import Postgres
from triage_bot.demo.mail_servers import ImapServer
from triage_bot.demo.stage import compose_mail
from triage_bot.store.store import Store

MAILBOXES = ("kontakt", "biuro", "sklep")
LEASE_SECONDS = 3
TAKEN_OVER_WITHIN = 30.0

CONFIG = """\
assistant: {{name: Katarzyna, language: pl, zone: {zone}, telegram: {assistant}}}
database: "{url}"
workers: {{lease: {lease}s}}
channels:
  mail:
{mailboxes}
  telegram: {{token_file: telegram.secret, api_url: "{telegram}"}}
agreement:
  hours: {{mon-sun: "00:00-24:00"}}
  check_windows: {{mon-sun: ["00:00", "06:00", "12:00", "18:00"]}}
  holidays: none
  acknowledge_after: 0s
limits: {{per_contact_hour: 9999, per_contact_day: 9999, per_domain_hour: 9999, all_per_hour: 9999}}
outbox: {{retry_first: 1s, retry_most: 2s}}
clients:
  - name: Nowak
    contacts: [{{domain: nowak.example}}, {chats}]
"""
MAILBOX = """\
    - name: {name}
      address: {address}
      imap: {{host: 127.0.0.1, port: {imap}, security: none, user: {address}, password_file: mail.secret}}
      smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}
      save_sent: never
      watch_sent: false
"""


def address(mailbox: str) -> str:
    return f"{mailbox}@zaradna.example"


class Agency(Town):
    def __init__(self, folder: Path, nest: Incubator, postgres: Postgres, database: str) -> None:
        super().__init__(folder)
        self.imap = ImapServer({address(name): PASSWORD for name in MAILBOXES})
        self.postgres = postgres
        self.name = database
        self.workers: list[Hatchling] = []
        self._nest = nest
        self._newest: dict[str, int] = {}

    @property
    def url(self) -> str:
        return self.postgres.url(self.name)

    def write_config(self, more: str = "", *, chats: int = 60) -> None:
        text = CONFIG.format(
            zone=zone_far_from_midnight(datetime.now(UTC)),
            assistant=ASSISTANT_CHAT,
            url=self.url,
            lease=LEASE_SECONDS,
            mailboxes="".join(
                MAILBOX.format(name=name, address=address(name), imap=self.imap_line.port, smtp=self.smtp_line.port)
                for name in MAILBOXES
            ),
            telegram=self.telegram.url,
            chats=", ".join(f"{{telegram: {FIRST_CHAT + number}}}" for number in range(1, chats + 1)),
        )
        for name, secret in (("mail.secret", PASSWORD), ("telegram.secret", self.telegram.token)):
            file = self.folder / name
            file.touch(mode=0o600)
            file.write_text(secret)
        self.config_path.write_text(text + more)

    async def mail(self) -> None:
        """A client writes to one of the mailboxes, by turns."""
        self.mails += 1
        at = datetime.now(UTC)
        mailbox = MAILBOXES[self.mails % len(MAILBOXES)]
        text = f"Proszę o ofertę numer {self.mails} dla hotelu Pod Różą."
        raw = compose_mail(writer(self.mails), subject(self.mails), text, at)
        self._newest[mailbox] = await self.imap.deliver(address(mailbox), raw, at)

    async def people_write(self, times: int = 3) -> None:
        for _ in range(times):
            await self.mail()
            self.chat()

    # --- the workers --------------------------------------------------------------------------------------------------

    async def hire(self, twist: str = "impatience") -> Hatchling:
        """One more `triage-bot run`."""
        log = self.folder / f"worker{len(self.workers) + 1}.log"
        worker = self._nest.run(*self.run, log=log, twist=twist)
        self.workers.append(worker)
        return worker

    async def dismiss_all(self) -> None:
        for worker in self.workers:
            worker.kill()
            await worker.ended()

    def shares(self) -> dict[str, int]:
        """How many of the duties each living worker has."""
        rows = self.postgres.sql(
            "SELECT workers.id, count(leases.resource) FROM workers LEFT JOIN leases ON leases.worker = workers.id "
            "GROUP BY workers.id ORDER BY workers.started_at",
            self.name,
        )
        return dict(rows)

    def place_of(self, worker: Hatchling) -> str:
        """By what name the database knows it."""
        [(found,)] = self.postgres.sql(f"SELECT id FROM workers WHERE place LIKE '%process {worker.pid}'", self.name)
        return str(found)

    def duties_of(self, place: str) -> set[str]:
        return {row[0] for row in self.postgres.sql(f"SELECT resource FROM leases WHERE worker = '{place}'", self.name)}

    async def until_shared(self, *counts: int) -> None:
        """Until the five duties are divided like this, the oldest worker first."""
        await self.until(lambda: tuple(self.shares().values()) == counts, f"shared like {counts}")

    # --- what can be seen ---------------------------------------------------------------------------------------------

    async def until_listening(self) -> None:
        def all_read(store: Store) -> bool:
            return all(store.cursor(source) for source in (*(f"{name}/INBOX" for name in MAILBOXES), "telegram"))

        await self.until(lambda: self.ask(all_read), "every channel is read")

    def _is_at_rest(self, store: Store) -> bool:
        cursors = {name: store.cursor(f"{name}/INBOX") for name in self._newest}
        return (
            all(cursor is not None and cursor.position >= self._newest[name] for name, cursor in cursors.items())
            and not self.telegram.unconfirmed
            and store.is_quiet(datetime.now(UTC))
            and all(self.is_told(entry.item_id) for entry in (*store.doubtful_entries(), *store.failed_entries()))
        )

    def account(self) -> str:
        logs = "\n".join(f"--- {file.name}\n{file.read_text()[-3000:]}" for file in sorted(self.folder.glob("*.log")))
        wrong = {name: was for name, was in self.outcomes().items() if was != Outcome(1, in_doubt=False, items=1)}
        return f"unconfirmed: {self.telegram.unconfirmed}; shares: {self.shares()}\n{wrong}\n{logs}"


@asynccontextmanager
async def agency(folder: Path, nest: Incubator, postgres: Postgres) -> AsyncIterator[Agency]:
    database = postgres.migrated()
    try:
        async with Agency(folder, nest, postgres, database) as opened:
            try:
                yield opened
            finally:
                for worker in opened.workers:
                    resume(worker)
                await opened.dismiss_all()
    finally:
        await asyncio.to_thread(postgres.drop, database)


def resume(worker: Hatchling) -> None:
    if worker._code == 1000:
        os.kill(worker.pid, signal.SIGCONT)
