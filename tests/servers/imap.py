"""The IMAP servers that the tests run against: pymap always, Dovecot where it is installed."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from tests.servers import dovecot
from triage_bot.demo import mail_servers

Server = mail_servers.ImapServer | dovecot.Dovecot

USER = "maja"
USERS = {USER: "sesame"}

EVERY_SERVER = [
    "pymap",
    pytest.param(
        "dovecot",
        marks=[pytest.mark.dovecot, pytest.mark.skipif(dovecot.DOVECOT is None, reason="Dovecot is not installed")],
    ),
]


def started(kind: str, *, idle: bool = True) -> AbstractAsyncContextManager[Server]:
    return dovecot.dovecot(USERS, idle=idle) if kind == "dovecot" else mail_servers.imap_server(USERS, idle=idle)


@pytest.fixture(params=EVERY_SERVER)
async def imap(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with started(request.param) as server:
        yield server


@pytest.fixture(params=EVERY_SERVER)
async def imap_without_idle(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with started(request.param, idle=False) as server:
        yield server
