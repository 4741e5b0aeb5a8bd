"""Conversations with the desk, written as scripts: she says, she presses, she reads; the program runs between embedded
servers.

    await talk.says("/next")
    await talk.presses("Gotowe")
    assert "zamknięta" in talk.toast
"""

from datetime import timedelta

from triage_bot.core.items import Item, ItemState
from triage_bot.demo.bot_api import SentMessage
from triage_bot.demo.stage import ASSISTANT_CHAT, Stage

CLIENT_CHAT = 500


class Talk:
    def __init__(self, stage: Stage, chat: int = ASSISTANT_CHAT) -> None:
        self.stage = stage
        self.chat = chat
        self.toast = ""  # what answered the button that she pressed last
        self.news: list[SentMessage] = []  # what came since she last did something

    @property
    def messages(self) -> list[SentMessage]:
        return list(self.stage.telegram.sent(self.chat))

    @property
    def newest(self) -> SentMessage:
        return self.messages[-1]

    @property
    def reads(self) -> str:
        """All that came since she last did something."""
        return "\n".join(message.text for message in self.news)

    def labels(self, message: SentMessage | None = None) -> list[str]:
        return [label for row in (message or self.newest).buttons for label, _ in row]

    async def says(self, text: str, *, to: SentMessage | None = None) -> int:
        """She writes, as a reply to a message if `to`; returns the id of what she wrote."""
        before = self._ids()
        reply_to = to.message_id if to is not None else None
        written = self.stage.telegram.client_writes(self.chat, text, reply_to=reply_to)
        await self._settled(before)
        return written

    async def edits(self, written: int, text: str) -> None:
        before = self._ids()
        self.stage.telegram.client_edits(self.chat, written, text)
        await self._settled(before)

    async def attaches(self, name: str, content: bytes, caption: str = "") -> None:
        before = self._ids()
        self.stage.telegram.client_sends_document(self.chat, name, content, caption)
        await self._settled(before)

    async def presses(self, label: str, on: SentMessage | None = None) -> None:
        """The button whose label holds these words, of the newest message that has one."""
        before = self._ids()
        candidates = [on] if on is not None else reversed(self.messages)
        message_id, data = next(
            (message.message_id, data)
            for message in candidates
            for row in message.buttons
            for found, data in row
            if label in found
        )
        telegram = self.stage.telegram
        callback = telegram.press(self.chat, message_id, data)
        await telegram.wait_for(lambda: callback in telegram.callback_answers)
        self.toast = telegram.callback_answers[callback]
        await self._settled(before)

    async def waits(self, span: timedelta = timedelta(seconds=20)) -> None:
        before = self._ids()
        await self.stage.move(span)
        await self._settled(before)

    def item(self, number: int = 1) -> Item:
        found = self.stage.ask(lambda store: store.item(number))
        assert found is not None
        return found

    def state(self, number: int = 1) -> ItemState:
        return self.item(number).state

    def events(self, number: int = 1) -> list[str]:
        return [event.kind for event in self.stage.ask(lambda store: store.history(number))]

    def _ids(self) -> set[int]:
        return {message.message_id for message in self.messages}

    async def _settled(self, before: set[int]) -> None:
        await self.stage.quiet()
        self.news = [message for message in self.messages if message.message_id not in before]
