"""What the assistant does on Telegram: a button that she presses becomes an action of the program.

A button carries "name:argument". Who wants one registers its name with a function that does it and returns the words
that answer; the function runs on the store's thread and may run twice for one press, after a crash. A button that
nobody knows, of an older version or a forged one, says that it no longer works.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from triage_bot.acknowledging import Correspondence
from triage_bot.channels.protocols import Answers, AssistantAction
from triage_bot.clock import Clock
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)

Button = Callable[[str, datetime], str]
"""From the argument and the present moment to the answer. Raises ValueError for an argument that is none of its own."""


class Desk:
    """Only the assistant's own chat may command."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        correspondence: Correspondence,
        answers: Answers,
        buttons: Mapping[str, Button],
        *,
        ring: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._answers = answers
        self._buttons = buttons
        self._ring = ring

    async def act(self, action: AssistantAction) -> None:
        """Raises StoreError when nothing could be recorded: the action is then to be delivered again."""
        if action.chat_id != self._correspondence.directory.assistant.telegram_id:
            log.warning("an action of chat %d, which is not the assistant's, was ignored", action.chat_id)
        elif action.callback_id:
            await self._press(action)

    async def _press(self, action: AssistantAction) -> None:
        name, _, argument = action.data.partition(":")
        words = self._words("button_unknown")
        if button := self._buttons.get(name):
            try:
                words = await self._writer.call(button, argument, self._clock.now())
            except (ValueError, OverflowError):
                log.warning("a button carries what is not its own: %r", action.data)
        self._ring()
        await self._answers.answer(action.callback_id, words)

    def _words(self, code: str) -> str:
        return self._correspondence.templates.desk(self._correspondence.directory.assistant.locale, code)
