"""A Telegram Bot API on loopback, for the demo and the tests: a real HTTP server, and the people who use Telegram.

    async with BotApi(token="42:secret") as api:
        api.client_writes(7, "Is the invoice out?", name="Anna Nowak")
        ...                                              # the program polls api.url and answers
        answer = await api.wait_for(lambda: api.sent(7))

Ids of messages and updates are counted as Telegram counts them, and moments come from `now`, so that a clock moved
by hand moves this world too. What the program sends is checked by the rules of the real server, and refused in its
words.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self, TypeVar

from triage_bot.demo.bot_api_accounts import Accounts
from triage_bot.demo.bot_api_groups import Groups
from triage_bot.demo.bot_api_methods import Methods
from triage_bot.demo.bot_api_people import People
from triage_bot.demo.bot_api_server import Fault, PlannedFault, Server
from triage_bot.demo.bot_api_state import Changes, SentFile, SentMessage, Updates, World

__all__ = ["BotApi", "Fault", "SentFile", "SentMessage"]

T = TypeVar("T")

PATIENCE = 90.0  # seconds that wait_for waits
GLANCE = 0.02  # seconds between two looks at a condition that depends on something outside


class BotApi(People, Groups, Accounts):
    def __init__(
        self,
        token: str = "42:" + "A" * 35,
        *,
        username: str = "triage_demo_bot",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.token = token
        self.now = now
        self._changes = Changes()
        self._updates = Updates(now)
        self._world = World(username, now, int(token.partition(":")[0]))
        self._methods = Methods(self._world, self._updates, self._changes)
        self._server = Server(token, self._methods.table(), self._world.files)

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url

    # What they see

    def sent(self, chat_id: int) -> tuple[SentMessage, ...]:
        """The bot's messages in a chat as the person sees them now, oldest first; deleted ones are gone."""
        return tuple(message for message in self._world.sent[chat_id].values() if not message.deleted)

    @property
    def callback_answers(self) -> dict[str, str]:
        """What answered a pressed button, by the id that `press` returned."""
        return self._methods.callback_answers

    def sent_in_name(self, owner: int, chat_id: int) -> tuple[SentMessage, ...]:
        """What the bot wrote into a chat of `owner` as her secretary."""
        return tuple(self._world.sent_in_name[owner, chat_id].values())

    @property
    def callback_alerts(self) -> set[str]:
        """The pressed buttons whose answer had to be closed by hand."""
        return self._methods.callback_alerts

    @property
    def commands(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The menu of commands of all chats, by language code, "" for all others."""
        menus = self._methods.menus
        return {language: menu for (scope, _, language), menu in menus.items() if scope == "default"}

    def menu(self, chat_id: int) -> tuple[tuple[str, str], ...]:
        """The menu of commands of one chat."""
        return self._methods.menus.get(("chat", chat_id, ""), ())

    # What the machine does

    @property
    def requests(self) -> list[str]:
        """The methods that were called, in lower case and in order."""
        return self._server.requests

    @property
    def unconfirmed(self) -> list[int]:
        """The ids of the updates that Telegram still keeps."""
        return [queued.update["update_id"] for queued in self._updates.queued]

    @property
    def polled(self) -> bool:
        """Whether somebody waits in a long poll now."""
        return self._methods.polled

    def fails(self, fault: Fault, method: str = "", *, times: int = 1, retry_after: int = 1) -> None:
        """Let the next `times` calls of `method` (any, if empty) fail."""
        self._server.planned.append(PlannedFault(fault, method.lower(), times, retry_after))

    def weather(self, forecast: Callable[[str], Fault | None]) -> None:
        """Ask `forecast` at every call, with the method's name in lower case, what happens to it."""
        self._server.weather = forecast

    def renumber_updates(self, next_id: int) -> None:
        """Go on counting updates from another number, as Telegram does after a week without any."""
        self._updates.next_id = next_id

    async def wait_for(self, condition: Callable[[], T], seconds: float = PATIENCE) -> T:
        """The first truthy value of `condition`, looked at after every change; TimeoutError if there is none."""
        until = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > until:
                raise TimeoutError(f"not so after {seconds} s; the last calls were {self.requests[-5:]}")
            await self._changes.wait(GLANCE)
        return value
