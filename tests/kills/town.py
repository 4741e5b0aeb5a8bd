"""Everything around the program, for tests that kill it: the servers, the people, and what they all remember.

The servers live in the test's event loop and outlive the program, as real ones do. Every mail and every chat message
has a number of its own, so that afterwards it can be said what became of each.
"""

import asyncio
import contextlib
import email
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tests.patience import PATIENCE
from tests.servers.proxy import Proxy, proxy_to
from triage_bot.core.items import ItemState
from triage_bot.demo.bot_api import BotApi
from triage_bot.demo.mail_servers import ImapServer, SmtpSink, smtp_sink
from triage_bot.demo.stage import compose_mail
from triage_bot.store.drafts import EntryKind
from triage_bot.store.store import Store

T = TypeVar("T")

MAILBOX = "kontakt@zaradna.example"
PASSWORD = "secret"
ASSISTANT_CHAT = 1000
FIRST_CHAT = 5000
GLANCE = 0.02
A_WHILE = timedelta(seconds=20)
"""What falls due so soon is waited for."""

CONFIG = """\
assistant: {{name: Katarzyna, language: pl, zone: {zone}, telegram: {assistant}}}
channels:
  mail:
    - name: kontakt
      address: {mailbox}
      imap: {{host: 127.0.0.1, port: {imap}, security: none, user: {mailbox}, password_file: mail.secret}}
      smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}
      save_sent: never
  telegram: {{token_file: telegram.secret, api_url: "{telegram}"}}
agreement:
  hours: {{mon-sun: "00:00-24:00"}}
  check_windows: {{mon-sun: ["00:00", "06:00", "12:00", "18:00"]}}
  holidays: none
  acknowledge_after: {acknowledge_after}
limits: {{per_contact_hour: 9999, per_contact_day: 9999, per_domain_hour: 9999, all_per_hour: 9999}}
outbox: {{retry_first: 1s, retry_most: 2s}}
desk: {{alerts_per_hour: {alerts_per_hour}}}
clients:
  - name: Nowak
    contacts: [{{domain: nowak.example}}, {chats}]
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one message of a client."""

    acknowledged: int  # times that the client was written to
    in_doubt: bool
    items: int


class Town:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_path = folder / "config.yaml"
        self.database = folder / "triage_bot.db"
        self.imap = ImapServer({MAILBOX: PASSWORD})
        self.telegram = BotApi()
        self.smtp: SmtpSink
        self.imap_line: Proxy
        self.smtp_line: Proxy
        self.mails = 0
        self.chats = 0
        self._newest_uid = 0
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.imap.start()
        self._open.push_async_callback(self.imap.stop)
        self.smtp = await self._open.enter_async_context(smtp_sink())
        self.smtp_line = await self._open.enter_async_context(proxy_to(self.smtp.host, self.smtp.port))
        self.imap_line = await self._open.enter_async_context(proxy_to(self.imap.host, self.imap.port))
        await self._open.enter_async_context(self.telegram)
        self.telegram.opens_chat(ASSISTANT_CHAT, "Katarzyna")
        await self._open_more()
        self.write_config()
        return self

    async def _open_more(self) -> None:
        """What else the configuration names."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @property
    def run(self) -> tuple[str, ...]:
        """The command line of the service."""
        return ("run", "--config", str(self.config_path))

    def write_config(
        self, more: str = "", *, chats: int = 10, alerts_per_hour: int = 9999, acknowledge_after: str = "0s"
    ) -> None:
        """`chats` is how many clients may write on Telegram; `more` is added at the end."""
        text = CONFIG.format(
            zone=zone_far_from_midnight(datetime.now(UTC)),
            assistant=ASSISTANT_CHAT,
            mailbox=MAILBOX,
            imap=self.imap_line.port,
            smtp=self.smtp_line.port,
            telegram=self.telegram.url,
            alerts_per_hour=alerts_per_hour,
            acknowledge_after=acknowledge_after,
            chats=", ".join(f"{{telegram: {FIRST_CHAT + number}}}" for number in range(1, chats + 1)),
        )
        for name, secret in (("mail.secret", PASSWORD), ("telegram.secret", self.telegram.token)):
            file = self.folder / name
            file.touch(mode=0o600)
            file.write_text(secret)
        self.config_path.write_text(text + more)

    def remember_yesterday(self) -> None:
        """Let the program believe that it has run since yesterday, so that it owes a digest when it starts."""
        store = Store.open(self.url, exclusive=True)
        store.first_start_at(datetime.now(UTC) - timedelta(days=1))
        store.close()

    # --- people ------------------------------------------------------------------------------------------------------

    async def mail(self) -> None:
        """A client writes a mail."""
        self.mails += 1
        at = datetime.now(UTC)
        text = f"Proszę o ofertę numer {self.mails} dla hotelu Pod Różą."
        raw = compose_mail(writer(self.mails), subject(self.mails), text, at)
        self._newest_uid = await self.imap.deliver(MAILBOX, raw, at)

    def chat(self) -> None:
        """A client writes in a chat, each one in her own."""
        self.chats += 1
        self.telegram.client_writes(FIRST_CHAT + self.chats, f"Proszę o fakturę numer {self.chats}.", name="Anna")

    # --- what can be seen from outside -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    def ask(self, question: Callable[[Store], T]) -> T:
        store = Store.open(self.url, exclusive=False)
        try:
            return question(store)
        finally:
            store.close()

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await asyncio.to_thread(condition):
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            raise AssertionError(f"after {seconds:.0f} s still not so: {what}\n{self.account()}") from None

    async def until_listening(self) -> None:
        """Until the program has remembered where it begins to read: what comes from now on is its."""
        await self.until(
            lambda: (
                self.database.exists()
                and self.ask(lambda store: bool(store.cursor("kontakt/INBOX") and store.cursor("telegram")))
            ),
            "the program reads both channels",
        )

    async def until_at_rest(self) -> None:
        """Until all that was delivered is recorded, confirmed, sent or known to be in doubt, and told."""
        await self.until(lambda: self.ask(self._is_at_rest), "everything is at rest")

    def _is_at_rest(self, store: Store) -> bool:
        cursor = store.cursor("kontakt/INBOX")
        return (
            cursor is not None
            and cursor.position >= self._newest_uid
            and not self.telegram.unconfirmed
            and store.is_quiet(datetime.now(UTC) + A_WHILE)
            and all(self.is_told(entry.item_id) for entry in (*store.doubtful_entries(), *store.failed_entries()))
        )

    def is_told(self, item_id: int | None) -> bool:
        """Whether the assistant has read of trouble with this item."""
        return any(f"(#{item_id})" in text for text in self.phone)

    @property
    def phone(self) -> list[str]:
        """What the assistant reads on Telegram."""
        return [message.text for message in self.telegram.sent(ASSISTANT_CHAT)]

    @property
    def digests(self) -> list[str]:
        return [text for text in self.phone if "rzegląd" in text]

    def outcomes(self) -> dict[str, Outcome]:
        """What became of every message that was delivered, by its name: "mail 3", "chat 1"."""
        return self.ask(self._outcomes)

    def _outcomes(self, store: Store) -> dict[str, Outcome]:
        names = [f"mail {n + 1}" for n in range(self.mails)] + [f"chat {n + 1}" for n in range(self.chats)]
        items = [name_of(item.contact) for item in store.items(ItemState)]
        acknowledged = Counter(map(self._acknowledged_mail, self.smtp.received))
        for number in range(1, self.chats + 1):
            acknowledged[f"chat {number}"] = len(self.telegram.sent(FIRST_CHAT + number))
        doubtful = {name_of(entry.message.to) for entry in store.doubtful_entries() if entry.kind is EntryKind.ACK}
        strange = (set(items) | set(acknowledged) | doubtful) - set(names)
        assert not strange, f"never delivered: {strange}"
        recorded = Counter(items)
        return {name: Outcome(acknowledged[name], name in doubtful, recorded[name]) for name in names}

    def _acknowledged_mail(self, received: object) -> str:
        data = getattr(received, "data", b"")
        number = int(str(email.message_from_bytes(data)["Subject"]).split()[-1])
        assert getattr(received, "recipients", ()) == (writer(number),)
        return f"mail {number}"

    def account(self) -> str:
        """Everything that helps to see what went wrong."""
        logs = "\n".join(f"--- {file.name}\n{file.read_text()}" for file in sorted(self.folder.glob("*.log")))
        wrong = {}
        if self.database.exists():
            wrong = {name: was for name, was in self.outcomes().items() if was != Outcome(1, in_doubt=False, items=1)}
        return f"unconfirmed: {self.telegram.unconfirmed}; phone: {self.phone[-5:]}\n{wrong}\n{logs[-6000:]}"


def writer(number: int) -> str:
    return f"client{number}@nowak.example"


def subject(number: int) -> str:
    return f"Oferta {number}"


def name_of(contact: str) -> str:
    if match := re.fullmatch(r"client(\d+)@nowak\.example", contact):
        return f"mail {match[1]}"
    return f"chat {int(contact) - FIRST_CHAT}"


def zone_far_from_midnight(now: datetime) -> str:
    """An acknowledgement says "today" and is dropped at midnight: let that be hours away."""
    return "Europe/Warsaw" if 3 <= now.hour < 18 else "Pacific/Honolulu"


def check_laws(town: Town) -> dict[str, Outcome]:
    """Nothing lost, no client written to twice, whatever is in doubt is known and told."""
    outcomes = town.outcomes()
    for name, was in outcomes.items():
        assert was.items == 1, f"{name} has {was.items} items\n{town.account()}"
        assert was.acknowledged <= 1, f"{name} was acknowledged {was.acknowledged} times\n{town.account()}"
        assert was.acknowledged == 1 or was.in_doubt, f"{name} was forgotten\n{town.account()}"
    doubtful = town.ask(lambda store: store.doubtful_entries())
    for entry in doubtful:
        assert town.is_told(entry.item_id), f"she was never told of {entry}\n{town.account()}"
    return outcomes
