"""A long queue: how long it takes to list it, to find what is overdue in it, and to do one thing about an item."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.promises import CALENDAR
from benchmarks.report import Goal, Report
from triage_bot.core.history import History
from triage_bot.core.items import Step
from triage_bot.core.kept import overdue
from triage_bot.core.messages import Address, Cursor, IncomingMessage, Medium
from triage_bot.core.promise import Promise
from triage_bot.core.untouched import is_untouched
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import Act, ItemDraft, Plan
from triage_bot.store.store import Store

ITEMS = 1000
GOAL_MS = 200
ROUNDS = 5
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(_: argparse.Namespace) -> Report:
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'triage.db'}", exclusive=True)
        try:
            _fill(store)
            rows = [(name, _best_ms(action)) for name, action in _actions(store).items()]
        finally:
            store.close()
    return Report(
        "queue",
        (f"with {ITEMS} open items", "ms"),
        rows,
        goals=[Goal("the slowest of them", max(ms for _, ms in rows), GOAL_MS, at_most=True, unit=" ms")],
        figures=dict(rows),
    )


def _actions(store: Store) -> dict[str, Callable[[], object]]:
    later = NOW + timedelta(days=3)
    return {
        "what waits": lambda: store.waiting_items(later),
        "overdue promises": lambda: overdue(store.given_promises(), lambda client: CALENDAR, later),
        "untouched items": lambda: [is_untouched(each, CALENDAR, later, 3) for each in store.waiting_items(later)],
        "one act": lambda: store.act(Act(Step.NOTE, ITEMS // 2, "a benchmark", text="x"), "Anna", later),
        "search": lambda: store.search(f"raport {ITEMS // 2}"),
    }


def _best_ms(action: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        start = perf_counter()
        action()
        found.append((perf_counter() - start) * 1000)
    return round(min(found), 1)


def _fill(store: Store) -> None:
    mails = [mail(number) for number in range(1, ITEMS + 1)]
    store.record(mails, Cursor("mail/INBOX", 1, ITEMS, NOW, NOW), plan, at=NOW)


def mail(number: int) -> IncomingMessage:
    return IncomingMessage(
        "mail",
        Medium.EMAIL,
        f"INBOX/1/{number}",
        NOW,
        f"Proszę o raport numer {number}. " * 20,
        header_from=Address(f"c{number}@firma.example", "Jan"),
        message_id=f"{number}@firma.example",
        subject=f"Raport {number}",
    )


def plan(message: IncomingMessage, history: History) -> Plan:
    made = Promise(NOW, NOW + HOUR, NOW + 4 * HOUR, answered_by=True)
    item = ItemDraft(
        client="",
        channel=message.channel,
        medium=message.medium,
        contact=message.header_from.addr,
        contact_name="Jan",
        subject=message.subject,
        excerpt=message.text[:200],
        urgency=Urgency.NORMAL,
        kind="task",
        last_message_at=NOW,
        check_at=made.check_at,
        promise_at=made.promise_at,
        promise_sentence="…",
    )
    return Plan(decision={}, item=item, promise=made, zone="Europe/Warsaw")
