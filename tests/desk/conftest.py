import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.desk.talk import Talk
from tests.stories.reading import at
from triage_bot.demo.stage import Stage
from triage_bot.store.store import Store

CLIENTS = """\
clients:
  - name: Nowak i Syn
    language: pl
    greeting: Panie Janie
    contacts: [{email: jan@nowak.example}, {telegram: 500}]
  - {name: Nowacka, language: pl, contacts: [{email: ewa@nowacka.example}]}
  - {name: Baker, language: en, zone: America/New_York, contacts: [{email: ann@baker.example}]}
questions:
  - {name: NIP, words: [nip], answer: "NIP: 123-456-78-90"}
"""

FRIDAY = at(20, 13)

OpenDesk = Callable[..., Awaitable[Talk]]


@pytest.fixture
async def desk(tmp_path: Path, empty_database: Path) -> AsyncIterator[OpenDesk]:
    """Opens the program and her chat with it, at a moment: by default on Friday 20 November 2026 at 13:00."""
    shutil.copy(empty_database, tmp_path / "triage_bot.db")
    async with AsyncExitStack() as stack:

        async def open_desk(start_at: datetime = FRIDAY, clients: str = CLIENTS, **settings: Any) -> Talk:
            return Talk(await stack.enter_async_context(Stage(tmp_path, start_at, clients, **settings)))

        yield open_desk


async def mailed(talk: Talk, text: str = "Proszę przygotować ofertę.", subject: str = "Oferta", **mail: Any) -> None:
    """A client's mail has come, and was acknowledged."""
    sender = mail.pop("sender", "jan@nowak.example")
    await talk.stage.mail(sender, subject, text, name=mail.pop("name", "Jan Nowak"), **mail)
    await talk.stage.quiet()


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    shutil.copy(empty_database, tmp_path / "triage.db")
    opened = Store.open(f"sqlite:///{tmp_path}/triage.db", exclusive=True)
    yield opened
    opened.close()
