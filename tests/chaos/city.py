"""The town of `tests/kills` with a real IMAP server, several mailboxes, and a proxy of ours before every server."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.chaos import weather
from tests.chaos.disk import SmallDisk, small_disk
from tests.chaos.ledger import Ledger
from tests.chaos.people import (
    BUSY,
    WITH_COPIES,
    WITH_QUOTA,
    WRITERS_A_FIRM,
    firm,
    mailbox_of,
    writer,
)
from tests.chaos.weather import Climate, Weather
from tests.kills.programs import Incubator
from tests.kills.town import ASSISTANT_CHAT, FIRST_CHAT, PASSWORD, zone_far_from_midnight
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import PASSWORD as DATABASE_PASSWORD
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy, proxy_to
from tests.workers.agency import LEASE_SECONDS, MAILBOXES, Agency, address, resume
from triage_bot.demo.stage import compose_mail
from triage_bot.store.store import Store

LONG_TEXT = 60_000

CONFIG = """\
assistant: {{name: Katarzyna, language: pl, zone: {zone}, telegram: {assistant}}}
{database}
channels:
  mail:
{mailboxes}
  telegram: {{token_file: telegram.secret, api_url: "{telegram}"}}
agreement:
  hours: {{mon-sun: "00:00-24:00"}}
  check_windows: {{mon-sun: [{windows}]}}
  holidays: none
  acknowledge_after: 0s
limits:
  {{per_contact_hour: 9999, per_contact_day: 9999, per_domain_hour: {per_domain}, all_per_hour: 99999}}
outbox: {{retry_first: 1s, retry_most: 2s, lease: 10s}}
desk: {{alerts_per_hour: 9999}}
clients:
  - name: Nowak
    contacts: [{{domain: {busy}}}, {contacts}]
"""
MAILBOX = """\
    - name: {name}
      address: {address}
      imap: {{host: 127.0.0.1, port: {imap}, security: none, user: {address}, password_file: mail.secret, timeout: 4s,
              poll_every: 5s}}
      smtp: {{host: 127.0.0.1, port: {smtp}, security: none, timeout: 4s, per_hour: {per_hour}}}
      save_sent: {save_sent}
"""
SHARED = """\
database: "postgresql://triage@127.0.0.1:{port}/{name}"
database_password_file: database.secret
workers: {{lease: {lease}s}}
"""
ALONE = 'database: "sqlite:///triage_bot.db"'


class City(Agency):
    """`postgres` and `database` are None and "" for a database of SQLite, which one worker has."""

    def __init__(
        self,
        folder: Path,
        nest: Incubator,
        postgres: Postgres | None,
        database: str,
        disk: SmallDisk | None,
        chance: Random,
        seconds: float,
    ) -> None:
        super().__init__(folder, nest, postgres, database)  # type: ignore[arg-type]  # asked only where there is one
        self.counts: Counter[str] = Counter()
        self.chance = chance
        self.disk = disk
        self.weathers: list[Weather] = []
        self.lines: list[Proxy] = []
        # Not below the folder of the test: Dovecot gives up root for others, who must be able to pass through.
        self._home = Path(tempfile.mkdtemp(prefix="dovecot"))
        self._home.chmod(0o755)
        self.imap = Dovecot(self._home, {address(name): PASSWORD for name in MAILBOXES})  # type: ignore[assignment]
        self._most = int(seconds * 4) + 200
        # Reached some time before the end.
        self.per_hour = max(10, int(seconds * 0.15))  # of the courier
        self.per_domain = max(7, int(seconds * 0.08))
        begin_at = datetime.now(UTC).replace(second=0, microsecond=0)
        every = timedelta(minutes=1 if seconds <= 120 else 5)
        minutes = timedelta(seconds=seconds) + timedelta(minutes=20)
        begin_at -= timedelta(minutes=begin_at.minute % 5) + 2 * every
        self.windows = [begin_at + number * every for number in range(int(minutes / every) + 8)]
        self.zone = ZoneInfo(zone_far_from_midnight(begin_at))
        self.ledger = Ledger(self)

    @property
    def is_shared(self) -> bool:
        return bool(self.name)

    @property
    def url(self) -> str:
        return self.postgres.url(self.name) if self.is_shared else f"sqlite:///{self.database}"

    async def _open_more(self) -> None:
        host, _, port = self.telegram.url.removeprefix("http://").partition(":")
        self._open.callback(shutil.rmtree, self._home, ignore_errors=True)
        self.telegram_line = await self._open.enter_async_context(proxy_to(host, int(port)))
        self._behind(self.imap_line, weather.IMAP)
        self._behind(self.smtp_line, weather.SMTP)
        self._behind(self.telegram_line, weather.HTTP)
        if self.is_shared:
            self.database_line = await self._open.enter_async_context(proxy_to("127.0.0.1", self.postgres.port))
            self._behind(self.database_line, weather.POSTGRESQL)
        self.smtp.on_taken = self._taken
        # The folder for sent mail is there and marked as such.
        old = compose_mail(address(WITH_COPIES), "Dawniej", "-", datetime.now(UTC), to="a@b.example")
        await self.imap.deliver(address(WITH_COPIES), old, datetime.now(UTC), folder="Out")

    def _behind(self, line: Proxy, climate: Climate) -> None:
        line.remembers = False
        line.meddle = blowing = Weather(climate, Random(self.chance.random()), self.counts)
        self.lines.append(line)
        self.weathers.append(blowing)

    async def _taken(self) -> None:
        self.ledger.taken(self.smtp.received)

    def write_config(self, more: str = "", *, chats: int = 0) -> None:
        firms = ", ".join(f"{{domain: {firm(number)}}}" for number in range(0, self._most, WRITERS_A_FIRM))
        people = ", ".join(f"{{telegram: {FIRST_CHAT + number}}}" for number in range(1, (chats or self._most) + 1))
        local = sorted({window.astimezone(self.zone).strftime("%H:%M") for window in self.windows})
        database = ALONE
        if self.is_shared:
            database = SHARED.format(port=self.database_line.port, name=self.name, lease=LEASE_SECONDS)
        text = CONFIG.format(
            zone=self.zone.key,
            assistant=ASSISTANT_CHAT,
            database=database,
            mailboxes="".join(map(self._mailbox, MAILBOXES)),
            telegram=f"http://127.0.0.1:{self.telegram_line.port}",
            windows=", ".join(f'"{window}"' for window in local),
            per_domain=self.per_domain,
            busy=BUSY,
            contacts=f"{firms}, {people}",
        )
        secrets = {"mail": PASSWORD, "telegram": self.telegram.token, "database": DATABASE_PASSWORD}
        for name, secret in secrets.items():
            file = self.folder / f"{name}.secret"
            file.touch(mode=0o600)
            file.write_text(secret)
        self.config_path.write_text(text + more)

    def _mailbox(self, name: str) -> str:
        return MAILBOX.format(
            name=name,
            address=address(name),
            imap=self.imap_line.port,
            smtp=self.smtp_line.port,
            per_hour=self.per_hour if name == WITH_QUOTA else 0,
            save_sent="always" if name == WITH_COPIES else "never",
        )

    # --- people ------------------------------------------------------------------------------------------------------

    async def mail(self) -> None:
        number = self.mails + 1
        at = datetime.now(UTC)
        text = f"Proszę o przesłanie umowy numer {number} do podpisu."
        if self.chance.random() < 0.1:
            text += "\n" + "Szczegóły w umowie, która leży u nas w biurze.\n" * (LONG_TEXT // 48)
        raw = compose_mail(writer(number), f"Umowa {number}", text, at, to=address(mailbox_of(number)))
        self.mails = number
        await self.imap.deliver(address(mailbox_of(number)), raw, at)

    async def people_write(self, times: int = 1) -> None:
        """Until cancelled."""
        pause = 0.4 if self._most < 1000 else 0.8
        while self.mails < self._most - 2 and self.chats < self._most - 2:
            await asyncio.sleep(self.chance.random() * 2 * pause)
            if self.chance.random() < 0.65:
                await asyncio.shield(self.mail())  # who has begun to write ends it
            else:
                self.chat()

    async def until_listening(self) -> None:
        sources = [*(f"{name}/INBOX" for name in MAILBOXES), "telegram", f"{WITH_COPIES}/Out"]

        def all_read(store: Store) -> bool:
            return all(store.cursor(source) for source in sources)

        await self.until(lambda: self.ask(all_read), "every channel is read", 120)

    def account(self) -> str:
        logs = "\n".join(f"--- {file.name}\n{file.read_text()[-2000:]}" for file in sorted(self.folder.glob("*.log")))
        return f"unconfirmed: {self.telegram.unconfirmed}\n{logs[-20000:]}"


@asynccontextmanager
async def city(
    folder: Path, nest: Incubator, postgres: Postgres | None, seed: int, seconds: float
) -> AsyncIterator[City]:
    database = postgres.migrated() if postgres else ""
    with small_disk(postgres, database) if postgres else nullcontext() as disk:
        async with City(folder, nest, postgres, database, disk, Random(seed), seconds) as opened:
            opened.remember_yesterday()
            try:
                yield opened
            finally:
                for worker in opened.workers:
                    resume(worker)
                await opened.dismiss_all()
