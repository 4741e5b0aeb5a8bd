"""A Telegram chat becomes an assistant's desk: by a code that `triage-bot pair` prints, which she sends to the bot.

Whoever sends a wrong code gets one polite line and no hint, a few times an hour, then nothing.
"""

import logging
import secrets
from collections.abc import Callable, Collection
from datetime import datetime

from triage_bot.acknowledging import Correspondence
from triage_bot.channels.protocols import AssistantAction
from triage_bot.clock import Clock
from triage_bot.core.agreement import Assistant
from triage_bot.core.digest import mine
from triage_bot.core.messages import Medium, OutgoingMessage
from triage_bot.core.pairing import ALPHABET, DIGITS, MOST_WRONG, VALID_FOR, code_in, hashed, written
from triage_bot.store.drafts import EntryDraft, EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)


def new_code(store: Store, assistant: str, now: datetime) -> str:
    """A code that pairs a chat with the assistant of that name, once, within VALID_FOR. Only its hash is kept."""
    code = written("".join(secrets.choice(ALPHABET) for _ in range(DIGITS)))
    store.offer_pairing(hashed(code), assistant, now, now + VALID_FOR)
    return code


class Pairing:
    """`configured` names the assistants whose chat stands in the configuration, which wins; `renew` lets a new desk
    count."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        correspondence: Correspondence,
        configured: Collection[str],
        *,
        renew: Callable[[], None],
        ring: Callable[[], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._configured = frozenset(configured)
        self._renew = renew
        self._ring = ring

    async def take(self, action: AssistantAction) -> bool:
        """Whether the action is a code: what became of it is then recorded, and told to who sent it. Raises
        StoreError when nothing could be recorded."""
        code = code_in(action.text)
        if code is None or action.callback_id:
            return False
        paired = await self._writer.call(self._take, action, code, self._clock.now())
        self._ring()
        if paired:
            self._renew()
        return True

    def _take(self, action: AssistantAction, code: str, now: datetime) -> bool:
        """Whether a chat was paired. Runs on the store's thread."""
        if self._is_repeated(action):
            return False
        named = self._store.pairing_for(hashed(code), now)
        assistant = self._correspondence.directory.assistant_named(named) if named is not None else None
        if assistant is None:
            self._refuse(action, now)
            return False
        holder = self._correspondence.directory.assistant_at(action.chat_id)
        if assistant.name in self._configured:
            self._say(action.chat_id, assistant, "pairing_configured", now)
            return False
        if holder is not None and holder is not assistant:
            self._say(action.chat_id, holder, "pairing_taken", now)
            return False
        entries = [self._welcome(assistant, action.chat_id, now)]
        if assistant.telegram_id is not None and assistant.telegram_id != action.chat_id:
            entries.append(self._line(assistant.telegram_id, assistant, "pairing_moved", now))
        if not self._store.pair(hashed(code), action.chat_id, entries, now):
            return False
        log.info("chat %d is the desk of %s from now on", action.chat_id, assistant.name)
        return True

    def _is_repeated(self, action: AssistantAction) -> bool:
        """The message that paired this chat, told again after a crash: she has been welcomed."""
        desks = self._store.standing().desks.values()
        return any(desk.chat_id == action.chat_id and action.sent_at <= desk.paired_at for desk in desks)

    def _refuse(self, action: AssistantAction, now: datetime) -> None:
        answer = self._line(action.chat_id, self._correspondence.directory.assistant, "pairing_wrong", now)
        if self._store.note_wrong_code(action.chat_id, action.update_id, [answer], MOST_WRONG, now):
            log.warning("chat %d sent a pairing code that does not work", action.chat_id)

    def _welcome(self, assistant: Assistant, chat_id: int, now: datetime) -> EntryDraft:
        waiting = len(mine(self._store.waiting_items(now), assistant, self._correspondence.directory))
        return self._line(chat_id, assistant, "paired", now, count=str(waiting))

    def _say(self, chat_id: int, assistant: Assistant, code: str, now: datetime) -> None:
        self._store.enqueue([self._line(chat_id, assistant, code, now)])

    def _line(self, chat_id: int, assistant: Assistant, code: str, now: datetime, **values: str) -> EntryDraft:
        """In the language of the assistant whom it is about."""
        text = self._correspondence.templates.desk(assistant.locale, code, {"name": assistant.name, **values})
        message = OutgoingMessage(Medium.CHAT, str(chat_id), text)
        return EntryDraft(EntryKind.DESK, self._correspondence.desk, message, now)
