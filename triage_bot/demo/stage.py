"""The whole program between embedded servers, with a clock moved by hand: what the demo plays on and stories test.

    async with Stage(folder, start_at) as stage:
        await stage.mail("anna@nowak.example", "Umowa", "Proszę o umowę na jutro.")
        await stage.quiet()
        print(stage.smtp.received)

Mail and Telegram messages go through real sockets: pymap and the Bot API emulator on one side, the program in the
middle, aiosmtpd and the emulator again on the other.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from triage_bot.clock import Clock, HandClock
from triage_bot.config import build, load_config
from triage_bot.core.digest import last_window
from triage_bot.demo.bot_api import BotApi
from triage_bot.demo.mail_servers import ImapServer, SmtpSink, smtp_sink
from triage_bot.store.store import Store
from triage_bot.worker import Worker

T = TypeVar("T")

ASSISTANT_CHAT = 1000
MAILBOX = "kontakt@zaradna.example"
PASSWORD = "demo"
CHANNEL = "kontakt"
PATIENCE = 90.0  # seconds until `quiet` gives up
GLANCE = 0.01

CONFIG = """\
assistant: {{name: Katarzyna Zaradna, language: pl, zone: Europe/Warsaw, telegram: {assistant}}}
database: sqlite:///triage_bot.db
channels:
  mail:
    - name: {channel}
      address: {mailbox}
      imap: {{host: 127.0.0.1, port: {imap_port}, security: none, user: {mailbox}, password_file: mail.secret,
             poll_every: 1m}}
      smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none}}
  telegram: {{token_file: telegram.secret, api_url: "{api_url}"}}
agreement:
  zone: Europe/Warsaw
  hours: {{mon-fri: "08:00-16:00"}}
  check_windows: {{mon-fri: ["08:00", "12:00", "16:00"]}}
  holidays: {{country: PL}}
  acknowledge_after: 0s
"""


class MailStore(Protocol):
    """An IMAP server into which mail can be put."""

    port: int

    async def deliver(self, user: str, raw: bytes, at: datetime, folder: str = "INBOX") -> object: ...


class Stage:
    """`clients` is YAML: the `clients:` section of the configuration, and whatever else shall be added to it."""

    def __init__(
        self,
        folder: Path,
        start_at: datetime,
        clients: str = "",
        *,
        idle: bool = True,
        users: Sequence[str] = (),
        clock: Clock | None = None,
        imap: MailStore | None = None,
        mailbox: str = MAILBOX,
    ) -> None:
        self._start_at = start_at
        self._hand = HandClock(start_at)
        self.clock = clock or self._hand
        self.mailbox = mailbox
        self.users = (mailbox, *users)
        self.folder = folder
        self.config_path = folder / "config.yaml"
        self.imap: MailStore = imap or ImapServer(dict.fromkeys(self.users, PASSWORD), idle=idle)
        self.telegram = BotApi(now=self.clock.now)
        self.smtp: SmtpSink
        self._delivered_before = 0  # the last UID that was given before the play
        self._delivered = 0
        self._clients = clients
        self._open = contextlib.AsyncExitStack()
        self._worker: Worker | None = None
        self._running: asyncio.Task[None] | None = None
        self._watched: Store | None = None

    async def __aenter__(self) -> Self:
        if isinstance(self.imap, ImapServer):  # another one is its owner's to start and to stop
            await self.imap.start()
            self._open.push_async_callback(self.imap.stop)
        self.smtp = await self._open.enter_async_context(smtp_sink())
        await self._open.enter_async_context(self.telegram)
        self.telegram.opens_chat(ASSISTANT_CHAT, "Katarzyna Zaradna")
        self.write_config(self._clients)
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self._open.aclose()

    def write_config(self, clients: str, *, changes: Mapping[str, str] | None = None) -> None:
        """Write the configuration; `changes` replaces pieces of its text."""
        text = CONFIG.format(
            assistant=ASSISTANT_CHAT,
            channel=CHANNEL,
            mailbox=self.mailbox,
            imap_port=self.imap.port,
            smtp_port=self.smtp.port,
            api_url=self.telegram.url,
        )
        for old, new in (changes or {}).items():
            if old not in text:
                raise ValueError(f"{old!r} does not stand in the configuration")
            text = text.replace(old, new)
        for name, secret in (("mail.secret", PASSWORD), ("telegram.secret", self.telegram.token)):
            file = self.folder / name
            file.touch(mode=0o600)
            file.write_text(secret)
        self.config_path.write_text(text + clients)

    # --- the program -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the program, and wait until it has looked at the mailbox and at Telegram for the first time."""
        self._look_away()
        self._worker = Worker(self.config_path, clock=self.clock, chance=lambda: 0.5)
        self._running = asyncio.create_task(self._worker.run())
        running = asyncio.create_task(self._worker.wait_until_running())
        await asyncio.wait([self._running, running], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            running.cancel()
            self._running.result()
        await self.until(lambda store: store.cursor(f"{CHANNEL}/INBOX") is not None)
        if not self._delivered:
            cursor = await asyncio.to_thread(self.ask, lambda store: store.cursor(f"{CHANNEL}/INBOX"))
            self._delivered_before = cursor.position if cursor else 0
        await self.until(lambda store: store.cursor("telegram") is not None)

    async def stop(self) -> None:
        """Stop it as SIGTERM does."""
        if self._worker is not None and self._running is not None:
            self._worker.stop()
            await self._running
            self._worker = self._running = None
        self._look_away()

    def reload(self) -> None:
        """What SIGHUP does."""
        if self._worker is not None:
            self._worker.reload()

    async def until(self, condition: Callable[[Store], bool], seconds: float = PATIENCE) -> None:
        """Wait until the database says so. Raises TimeoutError, or what the program died of."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(self.ask, condition):
                if self._running is not None and self._running.done():
                    self._running.result()
                await asyncio.sleep(GLANCE)

    def ask(self, question: Callable[[Store], T]) -> T:
        """What the database answers, seen from another process' place."""
        if self._watched is None:
            self._watched = Store.open(build.database_url(load_config(self.config_path)), exclusive=False)
        return question(self._watched)

    def _look_away(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    async def quiet(self) -> None:
        """Wait until all that was delivered is recorded and all that is due has left."""
        await self.until(lambda store: self._recorded(store) and store.is_quiet(self.clock.now()))

    def _recorded(self, store: Store) -> bool:
        cursor = store.cursor(f"{CHANNEL}/INBOX")
        if cursor is None or cursor.position < self._delivered_before + self._delivered or self.telegram.unconfirmed:
            return False
        standing, now = store.standing(), self.clock.now()
        directory = build.terms(load_config(self.config_path), standing).directory
        for assistant in directory.assistants:
            desk = standing.desks.get(assistant.name)
            since_at = max(store.first_start_at(now), desk.paired_at if desk else self._start_at)
            window_at = last_window(directory, since_at, now, assistant)
            digest_at = store.last_digest_at(None, "" if assistant is directory.assistant else assistant.name)
            if assistant.telegram_id is None or window_at is None:
                continue
            if digest_at is None or digest_at < window_at:
                return False
        return True

    async def move_to(self, moment: datetime) -> None:
        """Let time pass, and all that it brings happen."""
        self._hand.move_to(moment)
        await asyncio.sleep(0)
        await self.quiet()

    async def move(self, span: timedelta) -> None:
        await self.move_to(self.clock.now() + span)

    # --- people ------------------------------------------------------------------------------------------------------

    async def mail(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> None:
        """A mail arrives in her mailbox now."""
        if raw is None:
            raw = compose_mail(sender, subject, text, self.clock.now(), to=self.mailbox, name=name, headers=headers)
        await self.imap.deliver(self.mailbox, raw, self.clock.now())
        self._delivered += 1

    def renumbered(self) -> None:
        """Say that the mails of the mailbox are now numbered from 1."""
        self._delivered_before = 0


def compose_mail(
    sender: str,
    subject: str,
    text: str,
    at: datetime,
    *,
    to: str = MAILBOX,
    name: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A mail as a client's mail program writes it."""
    mail = EmailMessage()
    mail["From"] = f"{name} <{sender}>" if name else sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    if "Message-ID" not in (headers or {}):
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    for field, value in (headers or {}).items():
        mail[field] = value
    mail.set_content(text)
    return mail.as_bytes()
