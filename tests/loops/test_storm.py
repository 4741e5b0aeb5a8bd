"""Five thousand mails from one address, judged and recorded as the service does it, without the servers around."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.stories.reading import at
from triage_bot.acknowledging import Correspondence, MailIdentity
from triage_bot.channels.protocols import Batch
from triage_bot.clock import HandClock
from triage_bot.config import build, load_config
from triage_bot.core.messages import Address, Cursor, IncomingMessage, Medium
from triage_bot.intake import Intake
from triage_bot.judging import Judging
from triage_bot.store.drafts import EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.templates import Templates
from triage_bot.trays import Bell
from triage_bot.troubles import Troubles

STORM = 5000
BATCH = 200
MAILBOX = "kontakt@zaradna.example"

MANY = ", ".join(f"{{email: info@client{number}.example}}" for number in range(1000))
CONFIG = f"""\
assistant: {{name: Katarzyna, language: pl, telegram: 1000}}
clients:
  - {{name: Nowak, contacts: [{{domain: nowak.example}}]}}
  - {{name: Wielka, contacts: [{MANY}]}}
"""


class House:
    """The intake and its store."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        (folder / "config.yaml").write_text(CONFIG)
        config = load_config(folder / "config.yaml")
        terms = build.terms(config)
        self.clock = HandClock(at(20, 9))
        self.store = Store.open(build.database_url(config), exclusive=True)
        self.writer = Writer()
        identities = {"kontakt": MailIdentity((MAILBOX,))}
        writing = Correspondence(terms.directory, terms.limits, Templates(), identities, desk="telegram")
        troubles = Troubles(self.store, self.writer, self.clock, writing, ring=lambda *_: None, most_an_hour=5)
        judging = Judging(terms, pool, second_process=False)
        self.intake = Intake(self.store, self.writer, self.clock, terms, writing, judging, troubles, Bell())
        self._uid = 0

    async def storm(self, number: int, sender: str) -> None:
        now = self.clock.now()
        for _ in range(number // BATCH):
            first = self._uid
            self._uid += BATCH
            messages = tuple(mail(uid, sender, now) for uid in range(first, self._uid))
            await self.intake.record(Batch(messages, Cursor("kontakt/INBOX", 1, self._uid, now, now)))

    def sent(self) -> list[str]:
        """Let all that is due leave, and say what kinds of messages it was."""
        now, kinds = self.clock.now(), []
        while due := self.store.claim(["kontakt", "telegram"], now, 10_000, timedelta(minutes=5), "test"):
            self.store.advance([(entry.id, now, "250") for entry in due], [])
            kinds += [entry.kind.value for entry in due]
        return kinds


def mail(uid: int, sender: str, now: datetime) -> IncomingMessage:
    return IncomingMessage(
        channel="kontakt",
        medium=Medium.EMAIL,
        key=f"INBOX/1/{uid}",
        received_at=now,
        text=f"Proszę przygotować ofertę numer {uid}.",
        header_from=Address(sender.format(uid)),
        message_id=f"{uid}@nowak.example",
        subject=f"Oferta {uid}",
        to=(Address(MAILBOX),),
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with ThreadPoolExecutor(2) as pool:
        built = House(tmp_path, pool)
        yield built
        built.writer.close()
        built.store.close()


async def test_a_storm_from_one_address_yields_the_staircase_and_queues_all(house: House) -> None:
    await house.storm(STORM, "anna@nowak.example")
    house.clock.move(timedelta(minutes=5))
    assert house.sent().count(EntryKind.ACK) == 5
    assert len(house.store.waiting_items()) == STORM


async def test_a_storm_from_one_domain_stops_at_its_limit(house: House) -> None:
    await house.storm(400, "client{}@nowak.example")
    house.clock.move(timedelta(minutes=5))
    assert house.sent().count(EntryKind.ACK) == 30


async def test_the_staircase_of_a_day_is_twenty(house: House) -> None:
    told = 0
    for _ in range(8):
        await house.storm(BATCH, "anna@nowak.example")
        house.clock.move(timedelta(hours=1, minutes=1))
        told += house.sent().count(EntryKind.ACK)
    assert told == 20


async def test_the_breaker_stops_all_and_she_is_told_once(house: House) -> None:
    await house.storm(1000, "info@client{}.example")
    house.clock.move(timedelta(minutes=5))
    sent = house.sent()
    assert sent.count(EntryKind.ACK) == 200
    assert sent.count(EntryKind.ALERT) == 1
