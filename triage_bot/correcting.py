"""Promises that the calendar no longer lets her keep: found, told to the assistant, corrected with the client.

Found whenever a configuration begins to count. She is told of each once, with a button for each and one for all; the
buttons and `triage-bot promises` do the same. Nothing is sent to a client by itself.

Every method is one transaction at most a client, and blocks: the worker calls them on the store's thread.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from triage_bot.acknowledging import Correspondence, true_until
from triage_bot.core.agreement import Assistant, Client
from triage_bot.core.ledger import Broken, GivenPromise, PromiseState, broken
from triage_bot.core.messages import Medium
from triage_bot.core.promise import Promise
from triage_bot.core.replies import correction_id
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import Correction, EntryDraft, EntryKind
from triage_bot.store.store import Store
from triage_bot.template_promises import at_risk, at_risk_context, correction_context

log = logging.getLogger(__name__)

BUTTON = "correct"
"""What the data of the buttons begins with."""
MOST_IN_A_MESSAGE = 15
LONGEST_DATA = 64
"""Bytes that a button may carry (Bot API, `callback_data`)."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Outcome(StrEnum):
    """What became of one wanted correction; the values are codes of `desk.txt`."""

    CORRECTED = "corrected"
    BEFORE = "corrected_before"
    KEPT = "kept_after_all"
    NOT_CORRECTABLE = "not_correctable"
    UNDELIVERABLE = "not_corrected_undeliverable"


@dataclass(frozen=True, slots=True)
class Corrections:
    store: Store
    correspondence: Correspondence

    def broken(self, now: datetime) -> list[Broken]:
        return broken(self.store.given_promises(), self.correspondence.directory, now)

    def report(self, now: datetime) -> int:
        """Tell the assistant of the broken promises that she does not know of yet; returns how many."""
        given = self.store.given_promises()
        found = broken(given, self.correspondence.directory, now)
        risky = {each.old.id for each in found}
        relieved = [each.id for each in given if each.state is PromiseState.TOLD and each.id not in risky]
        news = [each for each in found if each.old.state is PromiseState.OPEN]
        told: list[int] = []
        entries: list[EntryDraft] = []
        for assistant in self.correspondence.directory.assistants:
            hers = [each for each in news if self._assistant_of(each) is assistant]
            if self.correspondence.reaches(assistant):
                told += [each.old.id for each in hers]
                entries += [entry for part in _parts(hers) for entry in self._message(assistant, part, now)]
            elif hers:
                log.warning(
                    "the calendar breaks %d promises of %s: see `triage-bot promises broken`", len(hers), assistant.name
                )
        if told or relieved:
            self.store.tell_broken(told, relieved, entries, now)
        return len(told)

    def correct(self, promise_ids: Iterable[int], now: datetime, by: str) -> dict[int, Outcome]:
        """Send the clients of these promises a corrected one, each at most once however often it is asked."""
        found = {each.old.id: each for each in self.broken(now)}
        return {number: self._correct(number, found.get(number), now, by) for number in promise_ids}

    def _correct(self, promise_id: int, risk: Broken | None, now: datetime, by: str) -> Outcome:
        if risk is not None:
            correction = self._correction(risk, now)
            if correction is None:
                return Outcome.NOT_CORRECTABLE
            if any(lost.address == correction.entry.message.to for lost in self.store.undeliverable()):
                return Outcome.UNDELIVERABLE
            if self.store.correct(correction, now, by):
                log.info("promise %d of item %d: corrected by %s", promise_id, risk.old.item_id, by)
                return Outcome.CORRECTED
        state = self.store.promise_state(promise_id)
        return Outcome.BEFORE if state is PromiseState.CORRECTED else Outcome.KEPT

    def late(self, old: GivenPromise, new: Promise, now: datetime, due_at: datetime) -> Correction | None:
        """What tells the client that she will be answered later than promised, because the assistant says so; it
        leaves at `due_at`. None if nobody knows where to."""
        return self._correction(Broken(old, new), now, due_at=due_at)

    def _correction(self, risk: Broken, now: datetime, *, due_at: datetime | None = None) -> Correction | None:
        """With `due_at` it is her own doing, not her calendar's."""
        sent = self.store.told_with(risk.old)
        if sent is None:
            return None
        courier, told = sent
        client, locale = self._reader(risk)
        hers = self.correspondence.directory.assistant_of(risk.old.client)
        context = replace(correction_context(risk, client, hers, locale, now), late=due_at is not None)
        rendered = self.correspondence.templates.correction(context, told.medium)
        # A reply to the client's own message, as the acknowledgement was.
        message = replace(
            told, text=rendered.text, html=rendered.html, message_id="", date=now.isoformat() if told.date else ""
        )
        if told.medium is Medium.EMAIL:
            made_of = told.message_id if due_at is None else f"{int(now.timestamp())}.{told.message_id}"
            message = replace(message, message_id=correction_id(risk.old.id, made_of))
        until = true_until(now, client, self.correspondence.limits)
        entry = EntryDraft(EntryKind.CORRECTION, courier, message, due_at or now, until)
        return Correction(risk.old.id, entry, risk.new, rendered.promise, client.zone.key, locale.value)

    def _reader(self, risk: Broken) -> tuple[Client, Locale]:
        directory = self.correspondence.directory
        known = directory.clients.get(risk.old.client)
        hers = directory.assistant_of(risk.old.client)
        locale = Locale(risk.old.locale) if risk.old.locale else (known or hers).locale
        return known or directory.stranger(locale), locale

    # --- to the assistant ------------------------------------------------------------------------------------------

    def _assistant_of(self, broken: Broken) -> Assistant:
        return self.correspondence.directory.assistant_of(broken.old.client)

    def _message(self, assistant: Assistant, part: Sequence[Broken], now: datetime) -> tuple[EntryDraft, ...]:
        templates = self.correspondence.templates
        text = templates.at_risk(at_risk_context(tuple(part), assistant, now))
        rows = []
        for each in part:
            told = at_risk(each, assistant, now)
            values = {"item": str(told.item), "contact": told.client or told.contact}
            label = templates.desk(assistant.locale, "correct_one", values)
            rows.append(((label, button_data([each.old.id])),))
        if len(part) > 1:
            label = templates.desk(assistant.locale, "correct_all", {"count": str(len(part))})
            rows.append(((label, button_data([each.old.id for each in part])),))
        return self.correspondence.to_assistant(EntryKind.ALERT, [text], now, assistant=assistant, buttons=tuple(rows))

    def pressed(self, argument: str, now: datetime, assistant: Assistant | None = None) -> str:
        """What a button that carries these promises does, and the words that answer the assistant who pressed it."""
        outcomes = list(self.correct(ids_of(argument), now, by="the button on Telegram").values())
        # The most that happened is what she is told.
        outcome = next(each for each in Outcome if each in outcomes)
        values = {"count": str(outcomes.count(outcome))}
        reader = assistant or self.correspondence.directory.assistant
        return self.correspondence.templates.desk(reader.locale, outcome, values)


def _parts(found: Sequence[Broken]) -> list[list[Broken]]:
    """Lists that each fit into one message, and whose button for all of them can carry their names."""
    parts: list[list[Broken]] = []
    for each in found:
        ids = [other.old.id for other in parts[-1]] if parts else []
        if not parts or len(ids) == MOST_IN_A_MESSAGE or len(button_data([*ids, each.old.id])) > LONGEST_DATA:
            parts.append([])
        parts[-1].append(each)
    return parts


def button_data(promise_ids: Collection[int]) -> str:
    """ "correct:2n.1.3": the first id and the steps to the following ones."""
    ordered = sorted(promise_ids)
    steps = [ordered[0], *(after - before for before, after in pairwise(ordered))]
    return f"{BUTTON}:{'.'.join(map(_short, steps))}"


def ids_of(argument: str) -> list[int]:
    """Raises ValueError for what no button of ours carries."""
    found: list[int] = []
    for step in argument.split("."):
        found.append(int(step, 36) + (found[-1] if found else 0))
    return found


def _short(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
