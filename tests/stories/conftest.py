import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import DOVECOT, dovecot
from triage_bot.demo.stage import MAILBOX, PASSWORD, Stage

CLIENTS = """\
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}, {telegram: 500}]}
  - {name: Jovanović, language: sr, contacts: [{email: jovan@jovanovic.example}, {telegram: "@mila"}]}
  - {name: Baker, language: en, zone: America/New_York, contacts: [{email: ann@baker.example}]}
  - name: Hotel
    language: pl
    contacts: [{email: recepcja@hotel.example}]
    agreement: {emergencies: {alert: "07:00-22:00", contact: "tel. 600"}}
"""

OpenStage = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def on_stage(tmp_path: Path, empty_database: Path) -> AsyncIterator[OpenStage]:
    """Opens the program between embedded servers, at a moment: `stage = await on_stage(at(20, 12, 30))`."""
    shutil.copy(empty_database, tmp_path / "triage_bot.db")
    async with AsyncExitStack() as stack:

        async def open_stage(start_at: datetime, clients: str = CLIENTS, **settings: Any) -> Stage:
            return await stack.enter_async_context(Stage(tmp_path, start_at, clients, **settings))

        yield open_stage


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
async def on_any_imap(request: pytest.FixtureRequest, on_stage: OpenStage) -> AsyncIterator[OpenStage]:
    """The same, once with each IMAP server."""
    if request.param == "pymap":
        yield on_stage
        return
    if DOVECOT is None:
        if "dovecot" in os.environ.get("TRIAGE_BOT_TESTS_MUST_RUN", ""):
            pytest.fail("Dovecot is not installed, and here it must be")
        pytest.skip("Dovecot is not installed")
    async with dovecot({MAILBOX: PASSWORD}) as server:

        async def open_stage(start_at: datetime, **settings: Any) -> Stage:
            return await on_stage(start_at, imap=server, **settings)

        yield open_stage
