"""What the assistant must know because nobody else can mend it: told on Telegram, but never in a flood."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from triage_bot.acknowledging import Correspondence
from triage_bot.clock import Clock
from triage_bot.core.agreement import Assistant
from triage_bot.errors import FailureKind, Problem
from triage_bot.outbox import Trouble
from triage_bot.store.drafts import EntryDraft, EntryKind
from triage_bot.store.outages import Outage
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.template_contexts import TroubleContext

log = logging.getLogger(__name__)

MOST_AN_HOUR = 5
MOST_NAMED = 10
"""Mailboxes that one message names when many cannot be read."""
HOUR = timedelta(hours=1)
# The first words of the codes that tell of an entry to a client.
_TO_CLIENTS = {
    EntryKind.ACK: "ack",
    EntryKind.CORRECTION: "correction",
    EntryKind.REPLY: "reply",
    EntryKind.NOTICE: "reply",
}


class Troubles:
    def __init__(
        self, store: Store, writer: Writer, clock: Clock, correspondence: Correspondence, *, ring: Callable[[], None]
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._correspondence = correspondence
        self._ring = ring
        self._told_at: deque[datetime] = deque(maxlen=MOST_AN_HOUR)
        self._breaker_told_at: datetime | None = None
        self._failed_templates: dict[str, str] = {}  # by place: what is still to be told, "" once it was

    async def undelivered(self, trouble: Trouble) -> None:
        """An entry that did not arrive, or may not have."""
        entry = trouble.entry
        if entry.kind not in _TO_CLIENTS:
            return  # what is hers cannot be told her on the same way; the log has it
        code = _TO_CLIENTS[entry.kind] + trouble.kind.value.removeprefix(_TO_CLIENTS[EntryKind.ACK])
        if code == "reply_stale":
            code = "reply_failed"  # her own words are never untrue: the chat does not take them any more
        item = await self._writer.call(self._store.item, entry.item_id) if entry.item_id is not None else None
        contact = (item.client or item.contact_name or item.contact) if item else entry.message.to
        values = {"contact": contact, "item": str(entry.item_id or ""), "error": trouble.what}
        hers = self._correspondence.directory.assistant_of(item.client) if item else None
        await self._tell(code, values, entry.item_id, hers)

    async def config_refused(self, error: str) -> None:
        """A change of the configuration, or of a calendar file, that cannot be used."""
        await self._tell("config_refused", {"error": error}, None)

    def template_failed(self, failure: Problem) -> None:
        """A template of hers that was replaced by ours. Called while a text is made, on any thread: she is told by
        `tell_of_templates`, once of each place."""
        log.error("a template failed and was replaced by the built-in one: %s", failure)
        place = f"{failure.file}:{failure.line}"
        self._failed_templates.setdefault(place, failure.what)

    async def tell_of_templates(self) -> None:
        for place, what in list(self._failed_templates.items()):
            if what:
                await self._tell("template_failed", {"place": place, "error": what}, None)
                self._failed_templates[place] = ""

    async def breaker_open(self, limit: int) -> None:
        """So many acknowledgements within an hour that no more go out. Told once an hour, by whichever worker."""
        now = self._clock.now()
        if self._is_too_much(now) or (self._breaker_told_at is not None and now - self._breaker_told_at < HOUR):
            return
        entries = self._alert("breaker_open", {"limit": str(limit)}, self._first(), now)
        if await self._writer.call(self._store.enqueue_seldom, "breaker_open", HOUR, entries, now):
            self._has_told(now)
        self._breaker_told_at = now

    async def outages(self) -> Mapping[str, Outage]:
        """What this and other workers have noted of sources that cannot be read."""
        return await self._writer.look(self._store.outages)

    async def note_outage(self, source: str, since_at: datetime) -> None:
        await self._writer.call(self._store.note_outage, source, since_at)

    async def unreachable(self, sources: Mapping[str, datetime], kind: FailureKind, error: str) -> None:
        """Sources, and since when they cannot be read, all for a reason of that kind. Where too much was told within
        the hour, she is not told, and they stay noted as they were."""
        now, assistant = self._clock.now(), self._first()
        if self._is_too_much(now):
            return
        why = self._correspondence.templates.trouble(
            TroubleContext(assistant.locale, assistant.zone, now, f"why_{kind}")
        )
        values = {**self._named(sources), "why": why, "error": error}
        entries = self._alert("mailbox_unreachable", values, assistant, now)
        if await self._writer.call(self._store.tell_outages, list(sources), entries, now):
            self._has_told(now)

    async def reachable_again(self, sources: Mapping[str, datetime], told: bool) -> None:
        """What was noted of them is over; she hears of it if she was `told` that it had begun."""
        now, assistant = self._clock.now(), self._first()
        entries = self._alert("mailbox_back", self._named(sources), assistant, now) if told else []
        if await self._writer.call(self._store.end_outages, list(sources), entries, now) and told:
            self._has_told(now)

    def _named(self, sources: Mapping[str, datetime]) -> dict[str, str]:
        addresses = [self._address(source) for source in sorted(sources)]
        more = f" (+{len(addresses) - MOST_NAMED})" if len(addresses) > MOST_NAMED else ""
        return {
            "address": ", ".join(addresses[:MOST_NAMED]) + more,
            "since_at": min(sources.values()).isoformat(),
        }

    def _address(self, source: str) -> str:
        """What she knows it by."""
        name, _, folder = source.partition("/")
        identity = self._correspondence.identities.get(name)
        address = identity.addresses[0] if identity else name
        return address if folder in ("", "INBOX") else f"{address} ({folder})"

    async def _tell(
        self, code: str, values: dict[str, str], item_id: int | None, assistant: Assistant | None = None
    ) -> None:
        """Tell whom it concerns: the assistant of a client, or of the whole installation the first who has a chat."""
        now = self._clock.now()
        if self._is_too_much(now):
            log.warning("not told on Telegram, there were %d within an hour: %s", MOST_AN_HOUR, code)
            return
        entries = self._alert(code, values, assistant or self._first(), now)
        await self._writer.call(self._store.enqueue, entries, item_id)
        self._has_told(now)

    def _is_too_much(self, now: datetime) -> bool:
        return len(self._told_at) == MOST_AN_HOUR and now - self._told_at[0] < HOUR

    def _has_told(self, now: datetime) -> None:
        """Only when it is recorded: what could not be was not told, and its caller will come again."""
        self._told_at.append(now)
        self._ring()

    def _alert(self, code: str, values: dict[str, str], assistant: Assistant, now: datetime) -> list[EntryDraft]:
        text = self._correspondence.templates.trouble(
            TroubleContext(assistant.locale, assistant.zone, now, code, values)
        )
        return list(self._correspondence.to_assistant(EntryKind.ALERT, [text], now, assistant=assistant))

    def _first(self) -> Assistant:
        reached = filter(self._correspondence.reaches, self._correspondence.directory.assistants)
        return next(reached, self._correspondence.directory.assistant)
