"""She takes back what she did last: a step of an item, or what she said of herself, of a client, of a contact.

Whatever cannot be taken back is said to be so, in the place of what was done before it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from triage_bot.core.items import Item, Step
from triage_bot.core.standing import Deed
from triage_bot.desk.deeds import told
from triage_bot.desk.dialog import Dialog
from triage_bot.desk.visit import Answer, Visit, once_of
from triage_bot.errors import UsageError
from triage_bot.facts import Facts
from triage_bot.store.drafts import Acted, Outcome
from triage_bot.store.store import Store
from triage_bot.wording import Preposition, day

_CODES = {
    Outcome.DONE: "undone",
    Outcome.AGAIN: "undone",
    Outcome.TOO_LATE: "undo_too_late",
    Outcome.CHANGED: "undo_changed",
}


def taken_back(
    store: Store,
    facts: Facts,
    assistant: str,
    now: datetime,
    once: str = "",
    item_id: int | None = None,
    *,
    of: str = "",
    drafts: bool = True,
) -> Acted:
    """Take back what this assistant did last, also in the files; with `of` only if it was done under this `once`.
    Raises UsageError for a file that cannot be used; then nothing is taken back."""

    def fact(said: Mapping[str, Any]) -> bool:
        return facts.take_back(said["client"], said["text"], date.fromisoformat(said["on"]))

    return store.undo(assistant, now, once, item_id, of=of, drafts=drafts, fact=fact)


def undo(visit: Visit, item: Item, argument: str) -> Answer:
    """The button under an item. `argument` is the update whose act it takes back, "" under an older card."""
    acted = _undone(visit, item.id, of=once_of(argument) if argument else "")
    now = visit.store.item(item.id) or item
    notice = _words(visit, acted, item.id)
    answer = told(visit, now, notice, undo=False)
    return replace(answer, dialog=_restored(visit, acted), renew=_counts_at_once(acted))


def undo_last(visit: Visit, rest: str) -> Answer:
    """The command: whatever she did last."""
    try:
        acted = _undone(visit, None)
    except UsageError as error:
        return visit.say("facts_trouble", error=str(error))
    if acted.item is None and acted.deed is None:
        return visit.say("undo_again" if acted.outcome is Outcome.AGAIN else "undo_nothing")
    notice = _words(visit, acted, acted.item.id if acted.item is not None else 0)
    if acted.item is None:
        answer = visit.say_words(notice)
    else:
        card = visit.card(acted.item, said=notice)
        answer = Answer(card.blocks, card.rows, item_id=acted.item.id)
    return replace(answer, dialog=_restored(visit, acted), renew=_counts_at_once(acted))


def _undone(visit: Visit, item_id: int | None, of: str = "") -> Acted:
    return taken_back(visit.store, visit.means.facts, visit.assistant.name, visit.now, visit.once, item_id, of=of)


def _counts_at_once(acted: Acted) -> bool:
    """Whether it concerns the calendars or the directory. Who was to be left alone no longer is."""
    if acted.outcome is not Outcome.DONE:
        return False
    concerns = (Deed.AWAY, Deed.BACK, Deed.PAUSE, Deed.RESUME, Deed.BIND)
    return acted.step is Step.DISMISS or acted.deed in concerns


def _restored(visit: Visit, acted: Acted) -> Dialog:
    """What she wrote is not lost with what she takes back."""
    if acted.outcome is not Outcome.DONE or acted.item is None:
        return visit.dialog
    return visit.dialog.with_taken_back(acted.item.id)


def _words(visit: Visit, acted: Acted, item_id: int) -> str:
    if acted.deed is None or acted.outcome is Outcome.AGAIN:
        return visit.words(_CODES.get(acted.outcome, "undo_nothing"), id=str(item_id))
    if acted.outcome is Outcome.TOO_LATE:
        return visit.words("undo_seen")
    if acted.deed is Deed.DISCARD and all(draft.item_id != item_id for draft in visit.dialog.sent):
        return visit.words("draft_gone", id=str(item_id))  # it was forgotten meanwhile
    if acted.outcome is not Outcome.DONE:
        return visit.words("undo_fact_changed" if acted.deed is Deed.FACT else "undo_deed_changed")
    values = {name: str(acted.values.get(name) or "") for name in ("client", "first_on", "last_on")}
    days = {name.removesuffix("_on"): _day(visit, values.pop(name)) for name in ("first_on", "last_on")}
    return visit.words(f"undone_{acted.deed.value}", id=str(item_id), **values, **days)


def _day(visit: Visit, on: str) -> str:
    if not on:
        return ""
    today = visit.now.astimezone(visit.assistant.zone).date()
    return day(date.fromisoformat(on), today=today, locale=visit.locale, preposition=Preposition.NONE)
