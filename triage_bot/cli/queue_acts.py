"""What `triage-bot queue` does about items: the steps of `core.items`, by the same acts as the desk on Telegram."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from triage_bot.core.items import Item, Step
from triage_bot.core.messages import Medium
from triage_bot.core.standing import Deed
from triage_bot.core.urgency import Urgency
from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.acknowledging import Correspondence
    from triage_bot.cli.queue_views import Views
    from triage_bot.config.model import Config
    from triage_bot.core.directory import Directory
    from triage_bot.store.drafts import Act, Acted
    from triage_bot.store.store import Store

PLAIN = {
    "done": Step.DONE,
    "wake": Step.WAKE,
    "dismiss": Step.DISMISS,
    "reopen": Step.REOPEN,
    "answered": Step.ANSWER,
    "urgent": Step.RATE,
    "normal": Step.RATE,
    "low": Step.RATE,
}
PLAIN_TEXTS = {
    "done": "close items",
    "wake": "bring snoozed items back",
    "dismiss": "no client, or nothing to do: close items without a word",
    "reopen": "open closed items again",
    "answered": "say that you have answered elsewhere",
    "urgent": "rate items urgent",
    "normal": "rate items neither urgent nor low",
    "low": "rate items low",
}
DID = {
    "done": "done",
    "wake": "back in the queue",
    "dismiss": "dismissed",
    "reopen": "open again",
    "answered": "answered",
    "urgent": "rated urgent",
    "normal": "rated normal",
    "low": "rated low",
}
"""What is said when it is done."""
TAKEN_BACK = {
    Step.DONE: "marking it done",
    Step.SNOOZE: "putting it aside",
    Step.WAKE: "bringing it back",
    Step.ANSWER: "the answer",
    Step.ASK: "the question",
    Step.DISMISS: "the dismissal",
    Step.REOPEN: "opening it again",
    Step.RATE: "the new urgency",
    Step.NOTE: "the note",
    Step.EXEMPTION: "the exemption",
    Step.LATE: "the new time",
}
"""What each step is called when it is taken back."""
DEEDS = {
    Deed.AWAY: "the absence {days}",
    Deed.BACK: "the end of the absence {days}",
    Deed.PAUSE: "the pause",
    Deed.RESUME: "the end of the pause",
    Deed.FACT: "the note about {client}",
    Deed.BIND: "binding a contact to {client}",
    Deed.SEEN: "marking a message as read",
}
"""And what is no step of an item."""
UNTIL_WORDS = ("window", "tomorrow", "monday")


@dataclass(frozen=True, slots=True)
class Session:
    """What every action needs."""

    config: "Config"
    store: "Store"
    views: "Views"
    correspondence: "Correspondence"
    now: datetime

    @property
    def directory(self) -> "Directory":
        return self.correspondence.directory

    @classmethod
    @contextmanager
    def opened(cls, config: "Config", now: datetime) -> "Iterator[Session]":
        from triage_bot.acknowledging import Correspondence, MailIdentity
        from triage_bot.cli.queue_views import Views
        from triage_bot.config import build
        from triage_bot.store.store import Store
        from triage_bot.templates import Templates

        store = Store.open(build.database_url(config), exclusive=False, create=False)
        try:
            terms = build.terms(config, store.standing())
            store.use_calendars(lambda client: terms.directory.agreement(client).calendar)
            identities = {each.name: MailIdentity((each.address, *each.aliases)) for each in config.channels.mail}
            templates = Templates(build.templates_folder(config))
            correspondence = Correspondence(terms.directory, terms.limits, templates, identities)
            views = Views.from_config(config, now, terms.directory)
            yield cls(config, store, views, correspondence, now)
        finally:
            store.close()

    def item(self, item_id: int) -> Item:
        found = self.store.item(item_id)
        if found is None:
            raise UsageError(f"there is no item {item_id}; `triage-bot queue --all` lists them all")
        return found

    def act(self, act: "Act") -> "Acted":
        assistant = self.directory.assistant_of(self.item(act.item_id).client)
        return self.store.act(act, assistant.name, self.now)


def plain(arguments: argparse.Namespace, session: Session) -> int:
    """A step that says nothing more, of each of the items."""
    from triage_bot.store.drafts import Act

    name, code = arguments.command, 0
    for item_id in arguments.id:
        urgency = Urgency(name) if PLAIN[name] is Step.RATE else None
        acted = session.act(Act(PLAIN[name], item_id, f"queue {name}", urgency=urgency))
        code |= _said(acted, DID[name])
    return code


def _said(acted: "Acted", done: str) -> int:
    """Tell what became of it; the exit code."""
    from triage_bot.cli.queue_views import one_line
    from triage_bot.store.drafts import Outcome

    item = acted.item
    if item is None:
        raise UsageError("there is no such item any more")
    if acted.outcome is not Outcome.DONE:
        print(f"#{item.id} is {item.state.value} already", file=sys.stderr)
        return 1
    print(f"#{item.id} {one_line(item)}: {done}")
    return 0


def snooze(arguments: argparse.Namespace, session: Session) -> int:
    from triage_bot.store.drafts import Act

    item = session.item(arguments.id)
    until = _until(arguments.until, item, session)
    acted = session.act(Act(Step.SNOOZE, item.id, "queue snooze", until=until))
    return _said(acted, f"back on {session.views.moment(until)}")


def note(arguments: argparse.Namespace, session: Session) -> int:
    from triage_bot.store.drafts import Act

    return _said(session.act(Act(Step.NOTE, arguments.id, "queue note", text=arguments.text)), "noted")


def bind(arguments: argparse.Namespace, session: Session) -> int:
    """The contact of an item is a client's from now on; what waits of it becomes the client's too."""
    from triage_bot.cli.names import client_named
    from triage_bot.core.directory import STRANGER

    item, client = session.item(arguments.id), client_named(session.directory.clients.values(), arguments.client)
    if item.client != STRANGER:
        raise UsageError(f"#{item.id} is {item.client}'s already")
    if not item.contact:
        raise UsageError(f"#{item.id} names nobody who could be bound to a client")
    hers = session.directory.assistant_of(client.name).name
    session.store.bind(item.channel, item.contact, client.name, session.now, assistant=hers, item_id=item.id)
    who = f"{item.contact_name} ({item.contact})" if item.contact_name else item.contact
    print(f"{who} is {client.name} from now on; `triage-bot queue undo {item.id}` takes it back")
    return 0


def _until(text: str, item: Item, session: Session) -> datetime:
    """A word, a date (the first check of that day) or a moment."""
    from triage_bot.cli.moments import DAY_OR_MOMENT, parse_day, parse_moment

    calendar = session.directory.agreement(item.client).calendar
    today = session.now.astimezone(calendar.zone).date()
    days = {"tomorrow": 1, "monday": 7 - today.weekday()}
    if text == "window":
        found = calendar.next_window(session.now + timedelta(minutes=1))
    elif text in days:
        found = calendar.next_window(datetime.combine(today + timedelta(days=days[text]), time(0), calendar.zone))
    elif day := parse_day(text, calendar.zone):
        found = calendar.next_window(day)
    else:
        return parse_moment(text, calendar.zone, f"{', '.join(UNTIL_WORDS)}, {DAY_OR_MOMENT}")
    if found is None:
        raise UsageError(f"the calendar of {item.client or 'strangers'} holds no check ahead: name a moment")
    return found


def reply(arguments: argparse.Namespace, session: Session) -> int:
    """An answer, a question or an exemption to the client. What is nothing is not sent."""
    from triage_bot.replying import compose
    from triage_bot.store.drafts import Act, EntryKind

    steps = {"reply": Step.ANSWER, "ask": Step.ASK, "exemption": Step.EXEMPTION}
    step, item = steps[arguments.command], session.item(arguments.id)
    refuse_stale(item, step)
    text = (arguments.text if arguments.text is not None else sys.stdin.read()).strip()
    if not text:
        raise UsageError("nothing was written: give --text, or write to standard input")
    due_at = session.now + session.config.desk.send_delay
    kind = EntryKind.NOTICE if step is Step.EXEMPTION else EntryKind.REPLY
    messages = session.store.messages_of(item.id)
    ready = compose(session.correspondence, item, messages, text, session.now, due_at=due_at, kind=kind)
    print(session.views.outgoing(ready.to, ready.subject, ready.entries[0].message.text))
    if not arguments.yes and not _agreed():
        print("Nothing was sent.")
        return 1
    acted = session.act(Act(step, item.id, f"queue {arguments.command}", entries=ready.entries))
    return _said(acted, "on its way; `triage-bot queue undo` takes it back until it has left")


def refuse_stale(item: Item, step: Step) -> None:
    from triage_bot.core.items import leads_to

    if leads_to(step, item.state) is None:
        raise UsageError(f"#{item.id} is {item.state.value}: `triage-bot queue reopen {item.id}` opens it again")


def late(arguments: argparse.Namespace, session: Session) -> int:
    from triage_bot.cli.moments import parse_moment
    from triage_bot.core.kept import LATER_WITHIN, later, open_promise
    from triage_bot.correcting import Corrections
    from triage_bot.store.drafts import Act

    item = session.item(arguments.id)
    refuse_stale(item, Step.LATE)
    old = open_promise(session.store.promises_of(item.id))
    if old is None:
        raise UsageError(f"#{item.id}: the client was promised nothing that is open; write with `queue reply`")
    agreement = session.directory.agreement(item.client)
    since = parse_moment(arguments.at, agreement.calendar.zone) if arguments.at else session.now
    made = next(later(agreement, old, session.now, since), None)
    if made is None:
        raise UsageError(f"#{item.id}: nothing later can be promised within {LATER_WITHIN.days} days")
    due_at = session.now + session.config.desk.send_delay
    correction = Corrections(session.store, session.correspondence).late(old, made, session.now, due_at)
    if correction is None:
        raise UsageError(f"#{item.id}: the message that made the promise is gone; write with `queue reply`")
    message = correction.entry.message
    to = item.contact_name or item.client if item.medium is Medium.CHAT else ""
    print(session.views.outgoing(to or message.to, message.subject, message.text))
    if not arguments.yes and not _agreed():
        print("Nothing was sent.")
        return 1
    acted = session.act(Act(Step.LATE, item.id, "queue late", correction=correction))
    return _said(acted, f"promised for {session.views.moment(made.promise_at)} now")


def _agreed() -> bool:
    """What is piped in was the text: then nobody can be asked."""
    try:
        with open("/dev/tty", encoding="utf-8") if not sys.stdin.isatty() else sys.stdin as terminal:
            print("Send it? [y/N] ", end="", flush=True)
            return terminal.readline().strip().lower() in ("y", "yes")
    except OSError:
        raise UsageError("nobody can be asked here: --yes sends it without asking") from None


def undo(arguments: argparse.Namespace, session: Session) -> int:
    from triage_bot.cli.queue_views import one_line
    from triage_bot.config import build
    from triage_bot.desk.taking_back import taken_back
    from triage_bot.facts import Facts
    from triage_bot.store.drafts import Outcome

    name = arguments.assistant or session.directory.assistant.name
    if arguments.id is not None:
        item = session.item(arguments.id)
        name = arguments.assistant or session.directory.assistant_of(item.client).name
        last = session.store.item_of_last_act(name)
        if last != arguments.id:
            about = f"#{last}" if last is not None else "nothing"
            raise UsageError(f"what {name} did last was about {about}; only the last thing can be taken back")
    facts = Facts(build.facts_folder(session.config))
    undone = taken_back(session.store, facts, name, session.now, item_id=arguments.id, drafts=False)
    if undone.deed is not None:
        return _deed_undone(undone.deed, undone.outcome is Outcome.DONE, undone.values)
    if undone.item is None or undone.step is None:
        print(f"{name} has done nothing that can be taken back.", file=sys.stderr)
        return 1
    what = f"#{undone.item.id} {one_line(undone.item)}: {TAKEN_BACK[undone.step]}"
    if undone.outcome is Outcome.DONE:
        print(f"{what} was taken back; it is {undone.item.state.value}")
        return 0
    why = {
        Outcome.TOO_LATE: "cannot be taken back: it has left already",
        Outcome.CHANGED: f"cannot be taken back: the item has changed since, it is {undone.item.state.value}",
    }
    print(f"{what} {why.get(undone.outcome, 'was taken back before')}", file=sys.stderr)
    return 1


def _deed_undone(deed: Deed, done: bool, values: Mapping[str, Any]) -> int:
    first, last = (values.get(name, "") for name in ("first_on", "last_on"))
    what = DEEDS[deed].format(client=values.get("client", ""), days=first if first == last else f"{first} to {last}")
    if done:
        print(f"{what} was taken back")
        return 0
    print(f"{what} cannot be taken back{'' if deed is Deed.SEEN else ': it has changed since'}", file=sys.stderr)
    return 1
