"""What an answer of the desk is made from, and what it consists of.

A handler is a plain function of a `Visit` (and of what a button carries or a command says) to an `Answer`. It runs on
the store's thread and may run twice for one action, after a crash: what it does is done once, by the update's number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from triage_bot.acknowledging import Correspondence
from triage_bot.channels.protocols import AssistantAction
from triage_bot.core.agreement import Agreement, Assistant
from triage_bot.core.causes import Cause
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item
from triage_bot.core.telegram_text import escape
from triage_bot.correcting import Corrections
from triage_bot.desk.buttons import Choice, Rows, card_buttons
from triage_bot.desk.dialog import Card, Dialog, DraftFile
from triage_bot.facts import Facts
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import Act, Acted
from triage_bot.store.store import Store
from triage_bot.template_desk import card_context
from triage_bot.templates import Templates

BY = Cause.DESK
"""What the history says an act came by."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    send_delay: timedelta  # until what she sends to a client leaves: so long she can take it back
    most_attachment_bytes: int  # of all files of one draft together
    files: Path  # where her attachments lie until they have left


@dataclass(frozen=True, slots=True)
class Means:
    """All that the handlers work with."""

    store: Store
    correspondence: Correspondence
    facts: Facts
    settings: DeskSettings
    corrections: Corrections
    renew: Callable[[], None]  # lets what she said beside the configuration count


@dataclass(frozen=True, slots=True)
class Answer:
    """What she is told. `dialog` is where the conversation stands then, None if it did not move."""

    blocks: tuple[str, ...] = ()  # Telegram HTML; split into messages as needed
    rows: Rows = ()  # under the last message
    notice: str = ""  # a few words to who pressed the button
    item_id: int | None = None  # what the message is about
    in_place: bool = False  # let the message that the button stands in say it
    back: str = ""  # the list that a card was opened from
    forwards: tuple[tuple[str, str], ...] = ()  # originals: "<chat>/<message>", and what to say if that cannot be
    dialog: Dialog | None = None
    renew: bool = False  # what she said concerns the calendars or the directory
    mark_read: tuple[str, int, int] | None = None  # business connection, chat, message


@dataclass(frozen=True, slots=True)
class Visit:
    means: Means
    assistant: Assistant
    action: AssistantAction
    dialog: Dialog
    now: datetime
    files: tuple[DraftFile, ...] = ()  # what she sent along, fetched
    not_fetched: tuple[str, ...] = field(default=())  # names of what could not be

    @property
    def locale(self) -> Locale:
        return self.assistant.locale

    @property
    def store(self) -> Store:
        return self.means.store

    @property
    def directory(self) -> Directory:
        return self.means.correspondence.directory

    @property
    def templates(self) -> Templates:
        return self.means.correspondence.templates

    @property
    def once(self) -> str:
        return once_of(str(self.action.update_id))

    # --- words -----------------------------------------------------------------------------------------------------

    def words(self, code: str, **values: str) -> str:
        """Plain text of `desk_words.txt`."""
        return self.templates.desk(self.locale, code, values)

    def say(self, code: str, **values: str) -> Answer:
        """A message of its own."""
        return self.say_words(self.words(code, **values))

    def say_words(self, words: str) -> Answer:
        return Answer((escape(words),))

    def toast(self, code: str, **values: str) -> Answer:
        """A few words to who pressed the button."""
        return Answer(notice=self.words(code, **values))

    # --- items -----------------------------------------------------------------------------------------------------

    def is_hers(self, item: Item) -> bool:
        return self.directory.assistant_of(item.client) == self.assistant

    def item(self, item_id: int) -> Item | None:
        """An item of hers."""
        item = self.store.item(item_id)
        return item if item is not None and self.is_hers(item) else None

    def waiting(self) -> list[Item]:
        return [item for item in self.store.waiting_items(self.now) if self.is_hers(item)]

    def agreement(self, item: Item) -> Agreement:
        return self.directory.agreement(item.client)

    def act(self, act: Act) -> Acted:
        return self.store.act(act, self.assistant.name, self.now, self.once)

    def card(self, item: Item, *, said: str = "", undo: bool = False) -> Answer:
        """The item in the message that she pressed a button of, if that shows it; else in one of its own. With `undo`
        it has the button that takes back what this visit did."""
        shown = self.shown_by(self.action.message_id) if self.action.callback_id else None
        in_place = shown is not None and shown.item_id == item.id
        back = shown.back if shown is not None and in_place else ""
        is_working = self.agreement(item).calendar.is_working(self.now)
        did = str(self.action.update_id) if undo else ""
        choice = Choice.of(item, is_working=is_working, unread=self._is_unread(item), undo=did, back=back)
        text = self.templates.page(card_context(item, self.assistant, self.now, self.directory, said=said))
        rows = card_buttons(self.templates, self.locale, item, choice)
        return Answer((text,), rows, item_id=item.id, in_place=in_place, back=back)

    def _is_unread(self, item: Item) -> bool:
        return bool(item.channel) and any(message.business for message in self.store.messages_of(item.id)[-1:])

    def shown_by(self, message_id: int) -> Card | None:
        """Which item a message in her chat shows."""
        if card := self.dialog.card(message_id):
            return card
        item_id = self.store.item_of_message(self.action.chat_id, message_id)
        return Card(message_id, item_id) if item_id is not None else None

    def went_on(self, **changes: Any) -> Dialog:
        return replace(self.dialog, **changes)


def once_of(update: str) -> str:
    """Under what name the store keeps what an update did."""
    return f"telegram {update}"
