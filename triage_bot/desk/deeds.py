"""What a button does about an item: each press one act of the store, once, and the card as it is then."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from triage_bot.core.absence_dates import absence_dates
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.directory import STRANGER
from triage_bot.core.items import Item, ItemState, Step, leads_to
from triage_bot.core.kept import later, open_promise
from triage_bot.core.promise import Promise
from triage_bot.core.standing import Deed
from triage_bot.core.urgency import Urgency
from triage_bot.desk.buttons import Button, carried, in_rows, key_of
from triage_bot.desk.visit import BY, Answer, Visit
from triage_bot.store.drafts import Act, Acted, Outcome
from triage_bot.wording import Preposition, moment

BINDS_ON_A_PAGE = 8
LATE_CHOICES = 4
FURTHEST_SNOOZE = timedelta(days=400)
MORNING = time(8)
"""When an item comes back on a day on which she does not look."""

_STATES = {state: f"state_{state.name.lower()}" for state in ItemState}


def gone(visit: Visit, item_id: int) -> Answer:
    return visit.toast("item_unknown", id=str(item_id))


def refused(visit: Visit, item: Item) -> Answer:
    """The button is older than the item's state: what it is now, and the card to go with it."""
    state = visit.words(_STATES[item.state])
    return told(visit, item, visit.words("stale", id=str(item.id), state=state), undo=False)


def told(visit: Visit, item: Item, notice: str, *, undo: bool = True) -> Answer:
    """A few words for the press, and the card as it is now."""
    card = visit.card(item, said=notice if undo else "", undo=undo)
    if not card.in_place:
        # Pressed in a digest, which stays as it is.
        return Answer(notice=notice)
    return Answer(card.blocks, card.rows, notice, item.id, in_place=True, back=card.back)


def after(visit: Visit, acted: Acted, item: Item, code: str, **values: str) -> Answer:
    """What she is told of an act about `item`."""
    if acted.item is None:
        return gone(visit, item.id)
    if acted.outcome is Outcome.REFUSED:
        return refused(visit, acted.item)
    return told(visit, acted.item, visit.words(code, id=str(item.id), **values))


def done(visit: Visit, item: Item, argument: str) -> Answer:
    return after(visit, visit.act(Act(Step.DONE, item.id, BY)), item, "done_noted")


def reopen(visit: Visit, item: Item, argument: str) -> Answer:
    answer = after(visit, visit.act(Act(Step.REOPEN, item.id, BY)), item, "reopened")
    # Somebody who was left alone is one to be told of again.
    return replace(answer, renew=item.state is ItemState.DISMISSED)


def wake(visit: Visit, item: Item, argument: str) -> Answer:
    step = Step.REOPEN if item.state is ItemState.WAITING else Step.WAKE
    return after(visit, visit.act(Act(step, item.id, BY)), item, "woken")


def urgent(visit: Visit, item: Item, argument: str) -> Answer:
    return _rate(visit, item, Urgency.URGENT, "rated_urgent")


def calm(visit: Visit, item: Item, argument: str) -> Answer:
    return _rate(visit, item, Urgency.NORMAL, "rated_calm")


def _rate(visit: Visit, item: Item, urgency: Urgency, code: str) -> Answer:
    is_so = (item.urgency is Urgency.URGENT) == (urgency is Urgency.URGENT)
    if is_so and leads_to(Step.RATE, item.state) is not None:
        return told(visit, item, visit.words(f"{code}_before", id=str(item.id)), undo=False)
    return after(visit, visit.act(Act(Step.RATE, item.id, BY, urgency=urgency)), item, code)


# --- snooze ---------------------------------------------------------------------------------------------------------


def snooze(visit: Visit, item: Item, argument: str) -> Answer:
    if leads_to(Step.SNOOZE, item.state) is None:
        return refused(visit, item)
    if argument == "ask":
        said = visit.say("snooze_ask", id=str(item.id))
        return Answer(said.blocks, item_id=item.id, dialog=visit.went_on(snoozing=item.id, at=0))
    if not argument:
        return _choose(visit, item)
    until = _until(visit, item, argument)
    if until is None or until <= visit.now:
        return _choose(visit, item)
    return _snoozed(visit, item, until)


def _snoozed(visit: Visit, item: Item, until: datetime) -> Answer:
    acted = visit.act(Act(Step.SNOOZE, item.id, BY, until=until))
    return after(visit, acted, item, "snoozed", until=_when(visit, until))


def _choose(visit: Visit, item: Item) -> Answer:
    buttons: list[Button] = []
    offered: set[datetime] = set()
    for name in ("window", "tomorrow", "monday"):
        until = _until(visit, item, name)
        if until is not None and until > visit.now and until not in offered:
            offered.add(until)
            when = _when(visit, until)
            # The check of a holiday is that of the day after: only the moment itself is true.
            label = visit.words("snooze_window", at=when) if name == "window" else when[:1].upper() + when[1:]
            # The moment, not its name: pressed days later it is what its label says, or none any more.
            buttons.append((label, carried("snooze", item.id, _minutes(until))))
    buttons.append((visit.words("snooze_other"), carried("snooze", item.id, "ask")))
    return _menu(visit, item, buttons, "snooze_until")


def _menu(visit: Visit, item: Item, buttons: list[Button], code: str) -> Answer:
    """Choices in the place of the card's buttons, with the way back; from a digest in a message of their own."""
    card = visit.card(item, said=visit.words(code))
    rows = (*in_rows(buttons, 1), ((visit.words("button_back"), carried("show", item.id)),))
    return Answer(card.blocks, rows, item_id=item.id, in_place=card.in_place, back=card.back)


def _until(visit: Visit, item: Item, name: str) -> datetime | None:
    """The check that a choice stands for; an ISO date and minutes since 1970 stand for themselves."""
    calendar = visit.agreement(item).calendar
    today = visit.now.astimezone(calendar.zone).date()
    if name == "window":
        return calendar.next_window(visit.now + timedelta(minutes=1))
    if name == "tomorrow":
        return _first_window(calendar, today + timedelta(days=1))
    if name == "monday":
        return _first_window(calendar, today + timedelta(days=7 - today.weekday()))
    if name.isdecimal():
        return datetime.fromtimestamp(int(name) * 60, calendar.zone)
    try:
        return _on(calendar, date.fromisoformat(name))
    except ValueError:
        return None


def _first_window(calendar: BusinessCalendar, on: date) -> datetime | None:
    return calendar.next_window(datetime.combine(on, time(0), calendar.zone))


def _on(calendar: BusinessCalendar, on: date) -> datetime:
    """Her first check of that very day, or the morning of a day on which she does not look."""
    window = _first_window(calendar, on)
    if window is not None and window.date() == on:
        return window
    return datetime.combine(on, MORNING, calendar.zone)


def is_a_day(visit: Visit, text: str) -> bool:
    try:
        return not absence_dates(text, visit.locale, visit.now.astimezone(visit.assistant.zone).date())[2]
    except ValueError:
        return False


def date_said(visit: Visit, item_id: int, text: str) -> Answer:
    """She was asked until when an item is to rest."""
    item = visit.item(item_id)
    if item is None:
        return Answer(visit.say("item_unknown", id=str(item_id)).blocks, dialog=visit.went_on(snoozing=0))
    calendar = visit.agreement(item).calendar
    today = visit.now.astimezone(calendar.zone).date()
    try:
        on = absence_dates(text, visit.locale, today)[0]
    except ValueError:
        return visit.say("snooze_not_understood")
    until = _on(calendar, on)
    if until <= visit.now or on > today + FURTHEST_SNOOZE:
        return visit.say("snooze_not_ahead")
    acted = visit.act(Act(Step.SNOOZE, item_id, BY, until=until))
    if acted.item is None or acted.outcome is Outcome.REFUSED:
        state = visit.words(_STATES[acted.item.state]) if acted.item else ""
        said = visit.say("stale", id=str(item_id), state=state)
        return Answer(said.blocks, dialog=visit.went_on(snoozing=0))
    card = visit.card(acted.item, said=visit.words("snoozed", id=str(item_id), until=_when(visit, until)), undo=True)
    return Answer(card.blocks, card.rows, item_id=item_id, dialog=visit.went_on(snoozing=0))


# --- late -----------------------------------------------------------------------------------------------------------


def late(visit: Visit, item: Item, argument: str) -> Answer:
    """A new promise instead of one that does not hold: first the checks to choose from, then the correction."""
    if leads_to(Step.LATE, item.state) is None:
        return refused(visit, item)
    old = open_promise(visit.store.promises_of(item.id))
    if old is None:
        return told(visit, item, visit.words("late_nothing", id=str(item.id)), undo=False)
    choices = list(islice(later(visit.agreement(item), old, visit.now), LATE_CHOICES))
    chosen = next((made for made in choices if _minutes(made.check_at) == argument), None)
    if chosen is None:
        if not choices:
            return told(visit, item, visit.words("late_no_window", id=str(item.id)), undo=False)
        buttons = [(_answer_words(visit, made), carried("late", item.id, _minutes(made.check_at))) for made in choices]
        return _menu(visit, item, buttons, "late_choose")
    due_at = visit.now + visit.means.settings.send_delay
    correction = visit.means.corrections.late(old, chosen, visit.now, due_at)
    if correction is None:
        return told(visit, item, visit.words("not_correctable"), undo=False)
    acted = visit.act(Act(Step.LATE, item.id, BY, correction=correction))
    return after(visit, acted, item, "late_told", answer=_answer_words(visit, chosen))


def _answer_words(visit: Visit, made: Promise) -> str:
    by = Preposition.BY if made.answered_by else Preposition.AFTER
    zone = visit.assistant.zone
    return moment(made.promise_at, now=visit.now, zone=zone, locale=visit.locale, preposition=by)


def _minutes(at: datetime) -> str:
    return str(int(at.timestamp()) // 60)


# --- who it is ------------------------------------------------------------------------------------------------------


def stranger(visit: Visit, item: Item, argument: str) -> Answer:
    """No client: left alone from now on, and the item is dismissed."""
    if item.client != STRANGER:
        return told(visit, item, visit.words("bound_before", client=item.client), undo=False)
    acted = visit.act(Act(Step.DISMISS, item.id, BY))  # which knows a press that comes again
    if acted.outcome is Outcome.REFUSED:
        return after(visit, acted, item, "left_alone")
    visit.store.bind(item.channel, item.contact, STRANGER, visit.now)
    return _renewed(after(visit, acted, item, "left_alone"))


def bind(visit: Visit, item: Item, argument: str) -> Answer:
    """Whose contact it is: a page of her clients, then the one that was chosen."""
    clients = sorted(visit.directory.clients_of(visit.assistant), key=lambda client: client.name.lower())
    chosen = next((client for client in clients if f"c{key_of(client.name)}" == argument), None)
    # A press may come again, cut short before the answer to it.
    if item.client != STRANGER and (chosen is None or chosen.name != item.client):
        return told(visit, item, visit.words("bound_before", client=item.client), undo=False)
    if chosen is not None:
        who = visit.assistant.name
        visit.store.bind(
            item.channel, item.contact, chosen.name, visit.now, assistant=who, once=visit.once, item_id=item.id
        )
        bound = visit.store.item(item.id) or item
        answer = told(visit, bound, visit.words("bound", client=chosen.name), undo=False)
        if answer.rows:
            answer = replace(answer, rows=(*answer.rows, ((visit.words("button_undo"), carried("unbind", item.id)),)))
        return _renewed(answer)
    if not clients:
        return told(visit, item, visit.words("no_clients"), undo=False)
    pages = -(-len(clients) // BINDS_ON_A_PAGE)
    page = int(argument) % pages if argument.isdecimal() else 0
    shown = clients[page * BINDS_ON_A_PAGE : (page + 1) * BINDS_ON_A_PAGE]
    buttons = [(client.name[:40], carried("bind", item.id, f"c{key_of(client.name)}")) for client in shown]
    if pages > 1:
        buttons.append((f"{page + 1}/{pages} ›", carried("bind", item.id, str((page + 1) % pages))))
    return _menu(visit, item, buttons, "bind_choose")


def unbind(visit: Visit, item: Item, argument: str) -> Answer:
    """The wrong client was chosen: whose contact it is, is open again."""
    if not visit.store.standing().bindings.get((item.channel, item.contact)):
        return told(visit, item, visit.words("undo_again"), undo=False)
    visit.store.unbind(item.channel, item.contact, visit.now)
    free = visit.store.item(item.id) or item
    return _renewed(told(visit, free, visit.words("undone", id=str(item.id)), undo=False))


def _renewed(answer: Answer) -> Answer:
    return replace(answer, renew=True)


# --- back and forth -------------------------------------------------------------------------------------------------


def show(visit: Visit, item: Item, argument: str) -> Answer:
    """The card with its usual buttons again."""
    return visit.card(item)


def seen(visit: Visit, item: Item, argument: str) -> Answer:
    """The message counts as read in her own account."""
    messages = visit.store.messages_of(item.id)
    if not messages or not messages[-1].business:
        return gone(visit, item.id)
    chat, _, number = messages[-1].message_id.rpartition("/")
    place = (messages[-1].business, int(chat.partition("@")[0]), int(number))
    # Telegram knows no way back: `/undo` says so, and takes nothing else back instead.
    visit.store.note_deed(Deed.SEEN, visit.assistant.name, visit.now, {}, visit.once)
    return Answer(notice=visit.words("seen"), mark_read=place)


def _when(visit: Visit, at: datetime) -> str:
    return moment(at, now=visit.now, zone=visit.assistant.zone, locale=visit.locale, preposition=Preposition.NONE)
