"""What a button does about an item: each press one act of the store, once, and the card as it is then."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from triage_bot.core.absence_dates import absence_dates
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.directory import STRANGER
from triage_bot.core.items import Item, ItemState, Step, leads_to
from triage_bot.core.kept import LedgerLine
from triage_bot.core.ledger import PromiseState
from triage_bot.core.promise import Promise, promise_after_check
from triage_bot.core.urgency import Urgency
from triage_bot.desk.buttons import Button, carried, in_rows, key_of
from triage_bot.desk.visit import BY, Answer, Visit
from triage_bot.store.drafts import Act, Acted, Outcome
from triage_bot.wording import Preposition, moment

BINDS_ON_A_PAGE = 8
LATE_CHOICES = 4
LATE_AHEAD = timedelta(days=21)
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


def after(visit: Visit, acted: Acted, item_id: int, code: str, **values: str) -> Answer:
    """What she is told of an act."""
    if acted.item is None:
        return gone(visit, item_id)
    if acted.outcome is Outcome.REFUSED:
        return refused(visit, acted.item)
    return told(visit, acted.item, visit.words(code, id=str(item_id), **values))


def done(visit: Visit, item_id: int, argument: str) -> Answer:
    if visit.item(item_id) is None:
        return gone(visit, item_id)
    return after(visit, visit.act(Act(Step.DONE, item_id, BY)), item_id, "done_noted")


def reopen(visit: Visit, item_id: int, argument: str) -> Answer:
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    answer = after(visit, visit.act(Act(Step.REOPEN, item_id, BY)), item_id, "reopened")
    # Somebody who was left alone is one to be told of again.
    return replace(answer, renew=item.state is ItemState.DISMISSED)


def wake(visit: Visit, item_id: int, argument: str) -> Answer:
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    step = Step.REOPEN if item.state is ItemState.WAITING else Step.WAKE
    return after(visit, visit.act(Act(step, item_id, BY)), item_id, "woken")


def urgent(visit: Visit, item_id: int, argument: str) -> Answer:
    return _rate(visit, item_id, Urgency.URGENT, "rated_urgent")


def calm(visit: Visit, item_id: int, argument: str) -> Answer:
    return _rate(visit, item_id, Urgency.NORMAL, "rated_calm")


def _rate(visit: Visit, item_id: int, urgency: Urgency, code: str) -> Answer:
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    is_so = (item.urgency is Urgency.URGENT) == (urgency is Urgency.URGENT)
    if is_so and leads_to(Step.RATE, item.state) is not None:
        return told(visit, item, visit.words(f"{code}_before", id=str(item_id)), undo=False)
    return after(visit, visit.act(Act(Step.RATE, item_id, BY, urgency=urgency)), item_id, code)


# --- snooze ---------------------------------------------------------------------------------------------------------


def snooze(visit: Visit, item_id: int, argument: str) -> Answer:
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    if leads_to(Step.SNOOZE, item.state) is None:
        return refused(visit, item)
    if argument == "ask":
        said = visit.say("snooze_ask", id=str(item_id))
        return Answer(said.blocks, item_id=item_id, dialog=visit.went_on(snoozing=item_id, at=0))
    if not argument:
        return _choose(visit, item)
    until = _until(visit, item, argument)
    if until is None or until <= visit.now:
        return _choose(visit, item)
    return _snoozed(visit, item_id, until)


def _snoozed(visit: Visit, item_id: int, until: datetime) -> Answer:
    acted = visit.act(Act(Step.SNOOZE, item_id, BY, until=until))
    return after(visit, acted, item_id, "snoozed", until=_when(visit, until))


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


def late(visit: Visit, item_id: int, argument: str) -> Answer:
    """A new promise instead of one that does not hold: first the checks to choose from, then the correction."""
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    line = _open_promise(visit, item_id)
    if leads_to(Step.LATE, item.state) is None:
        return refused(visit, item)
    if line is None:
        return told(visit, item, visit.words("late_nothing", id=str(item_id)), undo=False)
    choices = late_choices(visit, item, line)
    chosen = next((made for made in choices if _minutes(made.check_at) == argument), None)
    if chosen is None:
        if not choices:
            return told(visit, item, visit.words("late_no_window", id=str(item_id)), undo=False)
        buttons = [(_answer_words(visit, made), carried("late", item_id, _minutes(made.check_at))) for made in choices]
        return _menu(visit, item, buttons, "late_choose")
    due_at = visit.now + visit.means.settings.send_delay
    correction = visit.means.corrections.late(line.promise, chosen, visit.now, due_at)
    if correction is None:
        return told(visit, item, visit.words("not_correctable"), undo=False)
    acted = visit.act(Act(Step.LATE, item_id, BY, correction=correction))
    return after(visit, acted, item_id, "late_told", answer=_answer_words(visit, chosen))


def late_choices(visit: Visit, item: Item, line: LedgerLine) -> list[Promise]:
    """What could be promised at the next checks, as far as it is later than what was."""
    agreement, old = visit.agreement(item), line.promise
    found: list[Promise] = []
    for window in agreement.calendar.windows_between(visit.now, visit.now + LATE_AHEAD):
        made = promise_after_check(agreement.calendar, agreement.response, old.received_at, window)
        is_later = made is not None and made.promise_at > max(visit.now, old.promise_at)
        if made is not None and is_later and made.promise_at not in (other.promise_at for other in found):
            found.append(made)
        if len(found) == LATE_CHOICES:
            break
    return found


def _open_promise(visit: Visit, item_id: int) -> LedgerLine | None:
    """The promise that the client waits on: of several the earliest."""
    lines = visit.store.promises_of(item_id)
    still = [line for line in lines if line.promise.state in (PromiseState.OPEN, PromiseState.TOLD)]
    return min(still, key=lambda line: line.promise.promise_at, default=None)


def _answer_words(visit: Visit, made: Promise) -> str:
    by = Preposition.BY if made.answered_by else Preposition.AFTER
    zone = visit.assistant.zone
    return moment(made.promise_at, now=visit.now, zone=zone, locale=visit.locale, preposition=by)


def _minutes(at: datetime) -> str:
    return str(int(at.timestamp()) // 60)


# --- who it is ------------------------------------------------------------------------------------------------------


def stranger(visit: Visit, item_id: int, argument: str) -> Answer:
    """No client: left alone from now on, and the item is dismissed."""
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    if item.client != STRANGER:
        return told(visit, item, visit.words("bound_before", client=item.client), undo=False)
    if leads_to(Step.DISMISS, item.state) is None:
        return refused(visit, item)
    visit.store.bind(item.channel, item.contact, STRANGER, visit.now)
    answer = after(visit, visit.act(Act(Step.DISMISS, item_id, BY)), item_id, "left_alone")
    return _renewed(answer)


def bind(visit: Visit, item_id: int, argument: str) -> Answer:
    """Whose contact it is: a page of her clients, then the one that was chosen."""
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    if item.client != STRANGER:
        return told(visit, item, visit.words("bound_before", client=item.client), undo=False)
    clients = sorted(visit.directory.clients_of(visit.assistant), key=lambda client: client.name.lower())
    chosen = next((client for client in clients if f"c{key_of(client.name)}" == argument), None)
    if chosen is not None:
        visit.store.bind(item.channel, item.contact, chosen.name, visit.now)
        bound = visit.store.item(item_id) or item
        answer = told(visit, bound, visit.words("bound", client=chosen.name), undo=False)
        if answer.rows:
            answer = replace(answer, rows=(*answer.rows, ((visit.words("button_undo"), carried("unbind", item_id)),)))
        return _renewed(answer)
    if not clients:
        return told(visit, item, visit.words("no_clients"), undo=False)
    pages = -(-len(clients) // BINDS_ON_A_PAGE)
    page = int(argument) % pages if argument.isdecimal() else 0
    shown = clients[page * BINDS_ON_A_PAGE : (page + 1) * BINDS_ON_A_PAGE]
    buttons = [(client.name[:40], carried("bind", item_id, f"c{key_of(client.name)}")) for client in shown]
    if pages > 1:
        buttons.append((f"{page + 1}/{pages} ›", carried("bind", item_id, str((page + 1) % pages))))
    return _menu(visit, item, buttons, "bind_choose")


def unbind(visit: Visit, item_id: int, argument: str) -> Answer:
    """The wrong client was chosen: whose contact it is, is open again."""
    item = visit.item(item_id)
    if item is None:
        return gone(visit, item_id)
    if not visit.store.standing().bindings.get((item.channel, item.contact)):
        return told(visit, item, visit.words("undo_again"), undo=False)
    visit.store.unbind(item.channel, item.contact)
    free = visit.store.item(item_id) or item
    return _renewed(told(visit, free, visit.words("undone", id=str(item_id)), undo=False))


def _renewed(answer: Answer) -> Answer:
    return replace(answer, renew=True)


# --- back and forth -------------------------------------------------------------------------------------------------


def show(visit: Visit, item_id: int, argument: str) -> Answer:
    """The card with its usual buttons again."""
    item = visit.item(item_id)
    return visit.card(item) if item is not None else gone(visit, item_id)


def seen(visit: Visit, item_id: int, argument: str) -> Answer:
    """The message counts as read in her own account."""
    item = visit.item(item_id)
    messages = visit.store.messages_of(item_id) if item is not None else []
    if not messages or not messages[-1].business:
        return gone(visit, item_id)
    chat, _, number = messages[-1].message_id.rpartition("/")
    place = (messages[-1].business, int(chat.partition("@")[0]), int(number))
    return Answer(notice=visit.words("seen"), mark_read=place)


def _when(visit: Visit, at: datetime) -> str:
    return moment(at, now=visit.now, zone=visit.assistant.zone, locale=visit.locale, preposition=Preposition.NONE)
