"""Which function answers which command and which button."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from triage_bot.core.items import Item
from triage_bot.desk import absence, cards, deeds, drafts, listing, people, taking_back
from triage_bot.desk.buttons import Press
from triage_bot.desk.parsing import MENU
from triage_bot.desk.visit import Answer, Visit
from triage_bot.template_desk import HelpContext

Command = Callable[[Visit, str], Answer]
"""With what she wrote behind the name of the command."""

Verb = Callable[[Visit, Item, str], Answer]
"""With the item and the argument that the button carries."""

Choice = Callable[[Visit, str], Answer]
"""With the argument of a button that is about no item."""


def help_(visit: Visit, rest: str, unknown: str = "") -> Answer:
    commands = tuple((visit.words(f"usage_{name}"), visit.words(f"menu_{name}")) for name in MENU)
    return Answer((visit.templates.page(HelpContext(visit.locale, commands, unknown)),))


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "queue": listing.queue,
        "next": listing.following,
        "today": listing.today,
        "week": listing.week,
        "client": people.client,
        "note": people.note,
        "search": listing.search,
        "away": absence.away,
        "back": absence.back,
        "pause": absence.pause,
        "resume": absence.resume,
        "why": cards.why,
        "undo": taking_back.undo_last,
        "help": help_,
    }
)

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "open": cards.opened,
        "more": cards.opened,
        "show": deeds.show,
        "reply": drafts.reply,
        "done": deeds.done,
        "reopen": deeds.reopen,
        "snooze": deeds.snooze,
        "wake": deeds.wake,
        "urgent": deeds.urgent,
        "calm": deeds.calm,
        "ask": drafts.details,
        "faq": drafts.answer,
        "exception": drafts.exception,
        "late": deeds.late,
        "bind": deeds.bind,
        "unbind": deeds.unbind,
        "stranger": deeds.stranger,
        "seen": deeds.seen,
        "send": drafts.send,
        "edit": drafts.edit,
        "discard": drafts.discard,
        "undo": taking_back.undo,
        "card": listing.pressed_card,
    }
)

CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "list": listing.pressed_list,
        "queue": listing.pressed_queue,
        "client": people.pressed_client,
    }
)


def pressed(visit: Visit, press: Press) -> Answer:
    """What a button does. Raises KeyError or ValueError for one that this program does not know."""
    if press.verb in CHOICES:
        return CHOICES[press.verb](visit, press.argument)
    verb, item = VERBS[press.verb], visit.item(press.item_id)
    return verb(visit, item, press.argument) if item is not None else deeds.gone(visit, press.item_id)
