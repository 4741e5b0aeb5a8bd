"""What the assistant must know because nobody else can mend it: told on Telegram, but never in a flood.

The first few alerts of an hour come one by one, those that differ only in whom they are about as one. What more there
is waits in the database and comes together, at most once in `TOGETHER_EVERY`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from triage_bot.acknowledging import Correspondence
from triage_bot.clock import Clock
from triage_bot.core.agreement import Assistant
from triage_bot.core.telegram_text import split
from triage_bot.errors import FailureKind, Problem
from triage_bot.outbox import Trouble
from triage_bot.store.alerts import HOUR, Alert
from triage_bot.store.drafts import EntryKind
from triage_bot.store.outages import Outage, Way, channel_of, way_of
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.template_contexts import TroubleContext, shorten
from triage_bot.templates import VALUE_LIMIT

log = logging.getLogger(__name__)

TOGETHER_EVERY = timedelta(minutes=10)
MOST_NAMED = 10
"""Mailboxes that one message names when many cannot be read."""
NAME_LIMIT = 60
"""Characters of each name where several stand in a row."""
MOST_REASONS = 3
"""For which alerts of one kind that are told together are told apart."""
REASON_LIMIT = 90
"""Characters of each reason where several stand in a row."""
WHO = frozenset({"contact", "item"})
"""The details by which alerts differ that are told as one."""
# The first words of the codes that tell of an entry to a client.
_TO_CLIENTS = {
    EntryKind.ACK: "ack",
    EntryKind.CORRECTION: "correction",
    EntryKind.REPLY: "reply",
    EntryKind.NOTICE: "reply",
}


class Troubles:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        correspondence: Correspondence,
        ring: Callable[[], None],
        most_an_hour: int,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._ring = ring
        self._most = most_an_hour
        self._breaker_told_at: datetime | None = None
        self._failed_templates: dict[str, str] = {}  # by place: what is still to be told, "" once it was

    async def undelivered(self, *troubles: Trouble) -> None:
        """Entries that did not arrive, or may not have."""
        alerts = [await self._of_entry(each) for each in troubles]
        for alert in together(alert for alert in alerts if alert is not None):
            await self._tell(alert)

    async def _of_entry(self, trouble: Trouble) -> Alert | None:
        entry = trouble.entry
        if entry.kind not in _TO_CLIENTS:
            return None  # what is hers cannot be told her on the same way; the log has it
        code = _TO_CLIENTS[entry.kind] + trouble.kind.value.removeprefix(_TO_CLIENTS[EntryKind.ACK])
        if code == "reply_stale":
            code = "reply_failed"  # her own words are never untrue: the chat does not take them any more
        item = await self._writer.call(self._store.item, entry.item_id) if entry.item_id is not None else None
        contact = (item.client or item.contact_name or item.contact) if item else entry.message.to
        details = {"contact": contact, "item": str(entry.item_id or ""), "error": trouble.what}
        # The assistant of the client, whom it concerns.
        hers = self._correspondence.directory.assistant_of(item.client) if item else self._first()
        return Alert(hers.name, code, details, item_id=entry.item_id)

    async def config_refused(self, error: str) -> None:
        """A change of the configuration, or of a calendar file, that cannot be used."""
        await self._tell(self._of_all("config_refused", {"error": error}))

    def template_failed(self, failure: Problem) -> None:
        """A template of hers that was replaced by ours. Called while a text is made, on any thread: she is told by
        `tell_of_templates`, once of each place."""
        log.error("a template failed and was replaced by the built-in one: %s", failure)
        place = f"{failure.file}:{failure.line}"
        self._failed_templates.setdefault(place, failure.what)

    async def tell_of_templates(self) -> None:
        for place, what in list(self._failed_templates.items()):
            if what:
                await self._tell(self._of_all("template_failed", {"place": place, "error": what}))
                self._failed_templates[place] = ""

    async def breaker_open(self, limit: int) -> None:
        """So many acknowledgements within an hour that no more go out. Told once an hour, by whichever worker."""
        now = self._clock.now()
        if not self._correspondence.desk:
            return
        if self._breaker_told_at is not None and abs(now - self._breaker_told_at) < HOUR:
            return
        alert = self._of_all("breaker_open", {"limit": str(limit)})
        await self._record(self._store.tell_seldom, self._by_itself(alert, now), HOUR, now, self._most)
        self._breaker_told_at = now

    async def outages(self) -> Mapping[str, Outage]:
        """What this and other workers have noted of sources that cannot be read."""
        return await self._writer.look(self._store.outages)

    async def note_outage(self, source: str, since_at: datetime) -> None:
        await self._writer.call(self._store.note_outage, source, since_at)

    async def unreachable(self, sources: Mapping[str, datetime], kind: FailureKind, error: str) -> None:
        """Sources of one way, and since when they cannot be read, all for a reason of that kind; or accounts from which
        nothing can be sent."""
        now, assistant = self._clock.now(), self._first()
        if not self._correspondence.reaches(assistant):
            return  # she is told when she has a chat
        why = self._text(Alert(assistant.name, f"why_{kind}", {}), now)
        code = "courier_unreachable" if _way(sources) is Way.SENDING else "mailbox_unreachable"
        alert = self._by_itself(self._of_all(code, {**self._named(sources), "why": why, "error": error}), now)
        await self._record(self._store.tell_outages, list(sources), alert, now, self._most)

    async def reachable_again(self, sources: Mapping[str, datetime], told: bool) -> None:
        """What was noted of them is over; she hears of it if she was `told` that it had begun."""
        now = self._clock.now()
        code = "courier_back" if _way(sources) is Way.SENDING else "mailbox_back"
        alert = self._by_itself(self._of_all(code, self._named(sources)), now) if told else None
        await self._record(self._store.end_outages, list(sources), alert, now, self._most)

    async def tell_the_rest(self) -> None:
        """What waits because so much was told within the hour, in as few messages as can be."""
        waiting = await self._writer.look(self._store.waiting_alerts)
        if not waiting or not self._correspondence.reaches(self._first()):
            return
        now = self._clock.now()
        texts: dict[str, list[str]] = {}
        for alert in together(waiting.values()):
            texts.setdefault(alert.assistant, []).append(self._text(alert, now))
        entries = [
            entry
            for name, said in texts.items()
            for entry in self._correspondence.to_assistant(
                EntryKind.ALERT, split(said), now, assistant=self._assistant(name)
            )
        ]
        await self._record(self._store.tell_together, list(waiting), entries, TOGETHER_EVERY, now)

    def _named(self, sources: Mapping[str, datetime]) -> dict[str, str]:
        addresses = [self._address(source) for source in sorted(sources)]
        named = addresses[:MOST_NAMED]
        while len(named) > 1 and len(", ".join(named)) > VALUE_LIMIT - len(" (+999)"):
            named.pop()
        more = f" (+{len(addresses) - len(named)})" if len(addresses) > len(named) else ""
        return {
            "address": ", ".join(named) + more,
            "since_at": min(sources.values()).isoformat(),
        }

    def _address(self, source: str) -> str:
        """What she knows it by."""
        name, (_, _, folder) = channel_of(source), source.partition("/")
        identity = self._correspondence.identities.get(name)
        address = identity.addresses[0] if identity else name
        return address if folder in ("", "INBOX") else f"{address} ({folder})"

    async def _tell(self, alert: Alert) -> None:
        if not self._correspondence.desk:
            return  # there is no way to her; the log has it
        now = self._clock.now()
        await self._record(self._store.tell, self._by_itself(alert, now), now, self._most)

    async def _record(self, step: Callable[..., bool], *given: object) -> None:
        """Let the store do it; if something is told by it now, it shall leave at once."""
        if await self._writer.call(step, *given):
            self._ring()

    def _of_all(self, code: str, details: Mapping[str, str]) -> Alert:
        """One that concerns the whole installation."""
        return Alert(self._first().name, code, details)

    def _by_itself(self, alert: Alert, now: datetime) -> Alert:
        """The same with the message that tells it."""
        text, assistant = self._text(alert, now), self._assistant(alert.assistant)
        entries = self._correspondence.to_assistant(EntryKind.ALERT, [text], now, assistant=assistant)
        return replace(alert, entries=entries)

    def _text(self, alert: Alert, now: datetime) -> str:
        assistant = self._assistant(alert.assistant)
        context = TroubleContext(assistant.locale, assistant.zone, now, alert.code, alert.details)
        return self._correspondence.templates.trouble(context)

    def _assistant(self, name: str) -> Assistant:
        """She of that name; the first one, where she has no chat."""
        reached = filter(self._correspondence.reaches, self._correspondence.directory.assistants)
        return next((each for each in reached if each.name == name), self._first())

    def _first(self) -> Assistant:
        """Who is told of what concerns no client: the first who has a chat."""
        reached = filter(self._correspondence.reaches, self._correspondence.directory.assistants)
        return next(reached, self._correspondence.directory.assistant)


def together(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that differ only in whom they are about as one that names them all; the very same ones once."""
    alike: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Alert]] = {}
    for alert in _for_few_reasons(list(alerts)):
        what = tuple(sorted((name, said) for name, said in alert.details.items() if name not in WHO))
        alike.setdefault((alert.assistant, alert.code, what), []).append(alert)
    return [one for same in alike.values() for one in _as_few(same)]


def _for_few_reasons(alerts: Sequence[Alert]) -> Iterator[Alert]:
    """Servers put a number of their own into every refusal: where those of a kind have many reasons, all of them have
    the first few."""
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for alert in alerts:
        reasons.setdefault((alert.assistant, alert.code), {})[alert.details.get("error", "")] = None
    for alert in alerts:
        of_kind = reasons[alert.assistant, alert.code]
        if len(of_kind) > MOST_REASONS and "contact" in alert.details:
            few = [shorten(each, REASON_LIMIT) for each in islice(of_kind, MOST_REASONS)]
            yield replace(alert, details={**alert.details, "error": "; ".join([*few, "…"])})
        else:
            yield alert


def _as_few(alerts: Sequence[Alert]) -> Iterator[Alert]:
    """One that names them all, or more, where they are more than a line of `trouble.html` holds."""
    first = alerts[0]
    if len(alerts) == 1 or "contact" not in first.details:
        yield first
        return
    named = ""
    for name in dict.fromkeys(map(_name, alerts)):
        if named and len(named) + len(name) + len(", ") > VALUE_LIMIT:
            yield _naming(first, named)
            named = ""
        named = f"{named}, {name}" if named else name
    yield _naming(first, named)


def _name(alert: Alert) -> str:
    contact, item = shorten(alert.details["contact"], NAME_LIMIT), alert.details.get("item")
    return f"{contact} (#{item})" if item else contact


def _naming(alert: Alert, named: str) -> Alert:
    return replace(alert, details={**alert.details, "contact": named, "item": ""}, item_id=None)


def _way(sources: Iterable[str]) -> Way:
    [way] = set(map(way_of, sources))
    return way
