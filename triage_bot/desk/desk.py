"""What the assistants do on Telegram: a command, a button, a few lines for a client.

Only the chats that are desks may command. What answers is made on the store's thread from what she said and where
the conversation stands; here it gets its way to her: a pressed button changes the message that it stands in, anything
else is an entry of the outbox. An action may come twice, after a crash: what it does is done once, and she may be told
twice.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from triage_bot.acknowledging import TELEGRAM_HTML
from triage_bot.channels.protocols import AssistantAction, Screen
from triage_bot.clock import Clock
from triage_bot.core.agreement import Assistant
from triage_bot.core.messages import Medium, OutgoingMessage
from triage_bot.core.telegram_text import escape, split
from triage_bot.desk import drafts
from triage_bot.desk.attachments import fetched, remove_others
from triage_bot.desk.buttons import read
from triage_bot.desk.commands import COMMANDS, help_, pressed
from triage_bot.desk.dialog import NOTHING_SAID, Card, Dialog, DraftFile, as_record, from_record
from triage_bot.desk.parsing import MENU, command_of
from triage_bot.desk.visit import Answer, Means, Visit
from triage_bot.errors import StoreError, TriageBotError, where
from triage_bot.store.drafts import EntryDraft, EntryKind
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)

TIDY_EVERY = timedelta(minutes=5)
MOST_MESSAGES = 12
"""Messages that one answer takes at most."""

Button = Callable[[str, datetime, Assistant], str]
"""Of somebody else: from its argument, the present moment and who pressed it to the words that answer. Raises
ValueError for an argument that is none of its own."""


class Desk:
    def __init__(
        self,
        means: Means,
        writer: Writer,
        clock: Clock,
        screen: Screen,
        *,
        ring: Callable[[], None],
        buttons: Mapping[str, Button] = MappingProxyType({}),
    ) -> None:
        """`buttons` are those of other use cases, by what their data begins with."""
        self._means = means
        self._store = means.store
        self._directory = means.correspondence.directory
        self._templates = means.correspondence.templates
        self._writer = writer
        self._clock = clock
        self._screen = screen
        self._ring = ring
        self._buttons = buttons

    async def act(self, action: AssistantAction) -> None:
        """Raises StoreError when nothing could be recorded: the action is then to be delivered again."""
        assistant = self._directory.assistant_at(action.chat_id)
        if assistant is None:
            log.warning("an action of chat %d, which is nobody's desk, was ignored", action.chat_id)
            return
        now = self._clock.now()
        dialog = await self._writer.call(self._dialog, action.chat_id, now)
        if action.update_id in dialog.seen:
            log.info("update %d was dealt with before", action.update_id)
            return
        visit = Visit(self._means, assistant, action, dialog, now)
        answer = await (self._press(visit) if action.callback_id else self._hear(visit))
        self._ring()
        if answer.renew:
            # Last: it ends the generation that this is a part of.
            log.info("%s said something that counts beside the configuration", assistant.name)
            self._means.renew()

    async def run(self) -> None:
        """Register the menus, then keep the folder of attachments tidy until cancelled."""
        await self._tidy()
        for assistant in self._directory.assistants:
            if assistant.telegram_id is not None:
                await self._register(assistant, assistant.telegram_id)
        while True:
            await self._clock.sleep_until(self._clock.now() + TIDY_EVERY)
            await self._tidy()

    async def _register(self, assistant: Assistant, chat_id: int) -> None:
        menu = tuple((name, self._templates.desk(assistant.locale, f"menu_{name}")) for name in MENU)
        if not await self._screen.set_menu(chat_id, menu):
            log.warning("the menu of commands of %s could not be set; it stays as it was", assistant.name)

    # --- what she did ------------------------------------------------------------------------------------------------

    async def _press(self, visit: Visit) -> Answer:
        name, _, argument = visit.action.data.partition(":")
        if theirs := self._buttons.get(name):
            answer = await self._writer.call(self._pressed_of_others, visit, theirs, argument)
        else:
            answer = await self._writer.call(self._safely, visit, self._pressed)
        await self._tell(visit, answer)
        await self._screen.answer(visit.action.callback_id, answer.notice)
        return answer

    def _pressed_of_others(self, visit: Visit, button: Button, argument: str) -> Answer:
        try:
            return Answer(notice=button(argument, visit.now, visit.assistant))
        except (ValueError, OverflowError):
            log.warning("a button carries what is not its own: %r", visit.action.data)
            return visit.toast("button_unknown")

    def _pressed(self, visit: Visit) -> Answer:
        try:
            return pressed(visit, read(visit.action.data))
        except (ValueError, KeyError, OverflowError):
            log.warning("a button carries what this program does not know: %r", visit.action.data)
            return visit.toast("button_unknown")

    async def _hear(self, visit: Visit) -> Answer:
        action = visit.action
        if action.files and not action.edited and command_of(action.text) is None:
            visit = await self._with_files(visit)
        answer = await self._writer.call(self._safely, visit, self._heard)
        await self._tell(visit, answer)
        return answer

    def _heard(self, visit: Visit) -> Answer:
        action = visit.action
        command = command_of(action.text) if not action.edited else None
        if command is None:
            return drafts.said(visit)
        if not command.name:
            return help_(visit, "", unknown=action.text.split()[0][:40])
        answer = COMMANDS[command.name](visit, command.rest)
        if action.files:
            answer = replace(answer, blocks=(escape(visit.words("not_attachable")), *answer.blocks))
        return answer

    async def _with_files(self, visit: Visit) -> Visit:
        draft = await self._writer.call(drafts.wants_files, visit)
        if draft is None:
            return visit
        settings = self._means.settings
        room = settings.most_attachment_bytes - sum(file.size for file in draft.files)
        files: tuple[DraftFile, ...]
        files, left_out = await fetched(self._screen, visit.action.files, settings.files, room)
        return replace(visit, files=files, not_fetched=left_out)

    def _safely(self, visit: Visit, answer: Callable[[Visit], Answer]) -> Answer:
        """One action that stumbles over an error of ours must not stop those behind it."""
        try:
            return answer(visit)
        except StoreError:
            raise
        except TriageBotError as error:
            log.warning("update %d could not be obeyed: %s", visit.action.update_id, error)
            return self._failed(visit, str(error))
        except Exception as error:
            log.error("update %d could not be obeyed: %s", visit.action.update_id, where(error))
            return self._failed(visit, "")

    def _failed(self, visit: Visit, what: str) -> Answer:
        if visit.action.callback_id:
            return visit.toast("failed", what=what)
        return visit.say("failed", what=what)

    # --- what she is told --------------------------------------------------------------------------------------------

    async def _tell(self, visit: Visit, answer: Answer) -> None:
        """Show the answer and write down where the conversation stands, in this order: cut short in between, the
        action comes again and finds done what it did."""
        chat_id, message_id = visit.action.chat_id, visit.action.message_id
        dialog = (answer.dialog or visit.dialog).after(visit.action.update_id)
        texts = split(answer.blocks)[:MOST_MESSAGES]
        in_place = answer.in_place and len(texts) == 1
        if in_place and await self._screen.edit(chat_id, message_id, texts[0], answer.rows):
            dialog = dialog.with_card(Card(message_id, answer.item_id or 0, answer.back))
            texts = []
        entries = [
            (entry, answer.item_id) for entry in (*self._entries(visit, answer, texts), *self._originals(visit, answer))
        ]
        await self._writer.call(self._store.say, chat_id, as_record(dialog), entries, visit.now)
        if answer.mark_read is not None:
            await self._screen.mark_read(*answer.mark_read)
        if visit.dialog.drafts or visit.files:
            await self._tidy()

    def _entries(self, visit: Visit, answer: Answer, texts: list[str]) -> list[EntryDraft]:
        last = len(texts) - 1
        return [
            self._entry(
                visit,
                OutgoingMessage(
                    Medium.CHAT,
                    str(visit.action.chat_id),
                    text,
                    html=TELEGRAM_HTML,
                    buttons=answer.rows if number == last else (),
                ),
            )
            for number, text in enumerate(texts)
        ]

    def _originals(self, visit: Visit, answer: Answer) -> list[EntryDraft]:
        chat = str(visit.action.chat_id)
        return [
            self._entry(
                visit, OutgoingMessage(Medium.CHAT, chat, instead, html=TELEGRAM_HTML, forward_from=place, silent=True)
            )
            for place, instead in answer.forwards
        ]

    def _entry(self, visit: Visit, message: OutgoingMessage) -> EntryDraft:
        return EntryDraft(EntryKind.DESK, self._means.correspondence.desk, message, visit.now)

    # --- what is kept ------------------------------------------------------------------------------------------------

    def _dialog(self, chat_id: int, now: datetime) -> Dialog:
        kept = self._store.dialog(chat_id)
        return from_record(kept[0], kept[1], now) if kept is not None else NOTHING_SAID

    async def _tidy(self) -> None:
        try:
            await self._writer.call(self._remove_orphans)
        except StoreError as error:
            log.info("the folder of attachments stays as it is: %s", error)

    def _remove_orphans(self) -> None:
        wanted = self._store.files_to_send()
        for changed_at, state in self._store.dialogs():
            still = from_record(changed_at, state, self._clock.now())
            wanted |= {file.path for draft in still.drafts for file in draft.files}
        remove_others(self._means.settings.files, wanted)
