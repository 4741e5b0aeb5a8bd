"""A courier on the Bot API over real HTTP, a client who can be written to and one who blocks the bot."""

from collections.abc import AsyncIterator

import pytest

from tests.patience import PATIENCE
from triage_bot.channels.telegram_courier import TelegramCourier
from triage_bot.core.messages import Medium, OutgoingMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.demo.bot_api import BotApi

ANNA = 1001
BLOCKED = 2002


class Commitment:
    """Counts, and notes how many requests had been made by then."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.requests_before: list[int] = []

    async def __call__(self) -> None:
        self.requests_before.append(len(self.api.requests))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        api.opens_chat(ANNA, "Anna Nowak")
        api.opens_chat(BLOCKED)
        api.client_blocks(BLOCKED)
        yield api


@pytest.fixture
async def courier(api: BotApi) -> AsyncIterator[TelegramCourier]:
    courier = TelegramCourier("telegram", server(api), answer_seconds=PATIENCE)
    yield courier
    await courier.close()


@pytest.fixture
async def impatient(api: BotApi) -> AsyncIterator[TelegramCourier]:
    """For an API that never answers."""
    courier = TelegramCourier("telegram", server(api), answer_seconds=0.5)
    yield courier
    await courier.close()


@pytest.fixture
def commitment(api: BotApi) -> Commitment:
    return Commitment(api)


def server(api: BotApi) -> TelegramServer:
    return TelegramServer(token=api.token, api_url=api.url)


def a_message(
    text: str = "<b>Hello</b>", to: object = ANNA, html: str = "telegram", silent: bool = False
) -> OutgoingMessage:
    return OutgoingMessage(medium=Medium.CHAT, to=str(to), text=text, html=html, silent=silent)
