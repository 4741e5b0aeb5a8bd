"""The assistant is told before a promise breaks, once, and never at night."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.core.calendar_weeks import WARSAW
from tests.core.test_ledger import WEEK, at
from tests.core.test_triage import LIMITS
from tests.store.builders import MINUTE, PROMISE, acknowledged, cursor, mail, of_firma
from triage_bot.acknowledging import Correspondence
from triage_bot.clock import HandClock
from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.directory import Directory
from triage_bot.core.history import History
from triage_bot.core.items import ItemState, Step
from triage_bot.core.messages import IncomingMessage
from triage_bot.promise_watch import PromiseWatch
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import Act, EntryKind, Plan
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.templates import Templates

KATARZYNA = Assistant("Katarzyna", Locale.PL, WARSAW, telegram_id=7)
MARTA = Assistant("Marta", Locale.EN, WARSAW, telegram_id=8)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/triage.db", exclusive=True)
    yield opened
    opened.close()


def watch(store: Store, *, before: timedelta = 30 * MINUTE, desk: str = "telegram") -> PromiseWatch:
    agreement = Agreement(WEEK, warn_before=before)
    firma = Client("Firma", agreement, Locale.PL, WARSAW, assistant="Marta")
    directory = Directory(KATARZYNA, Agreement(WEEK), [firma], colleagues=[MARTA])
    correspondence = Correspondence(directory, LIMITS, Templates(), {}, desk=desk)
    return PromiseWatch(store, Writer(), HandClock(at(20, 9)), correspondence, ring=lambda: None)


def promised(store: Store, promise_at: datetime) -> None:
    def plan(message: IncomingMessage, history: History) -> Plan:
        made = replace(PROMISE, received_at=at(20, 9), check_at=promise_at, promise_at=promise_at, answered_by=True)
        return replace(acknowledged(message, history), promise=made, entries=())

    store.record([mail(1)], cursor(), plan, client_of=of_firma, at=at(20, 9))


def alerts(store: Store) -> list[tuple[str, str, tuple[str, ...]]]:
    """Whom a warning goes to, what it says, what its buttons carry."""
    sent = [each for each in store.entries_of(1) if each.kind is EntryKind.ALERT]
    return [
        (each.message.to, each.message.text, tuple(data for row in each.message.buttons for _, data in row))
        for each in sent
    ]


def test_she_who_works_for_the_client_is_warned_once(store: Store) -> None:
    promised(store, at(20, 16))
    watching = watch(store)
    assert watching.look(at(20, 15, 29)) == 0
    assert watching.look(at(20, 15, 30)) == 1
    [(chat, text, data)] = alerts(store)
    assert (chat, data) == ("8", ("open:1", "late:1", "done:1"))
    assert "A promise is about to break: answer by 4 pm today" in text
    assert "Firma" in text
    assert watching.look(at(20, 15, 31)) == 0
    assert watch(store).look(at(20, 15, 32)) == 0, "a restart does not forget"
    assert "promise due" in [event.kind for event in store.history(1)]


@pytest.mark.parametrize(
    ("promise_at", "looked_at", "told"),
    [
        pytest.param(at(23, 8), at(20, 15, 30), 1, id="due at 08:00 on Monday: on Friday, before the day ends"),
        pytest.param(at(23, 8), at(20, 15, 29), 0, id="not before"),
        pytest.param(at(23, 8), at(20, 22), 0, id="not at night"),
        pytest.param(at(20, 16), at(20, 16, 1), 0, id="not when it is broken"),
        pytest.param(at(20, 16), at(20, 15, 50), 1, id="late, where the program had stopped"),
    ],
)
def test_when_she_is_warned(store: Store, promise_at: datetime, looked_at: datetime, told: int) -> None:
    promised(store, promise_at)
    assert watch(store).look(looked_at) == told


def test_nobody_is_warned_of_what_nobody_waits_for(store: Store) -> None:
    promised(store, at(20, 16))
    assert watch(store, before=timedelta(0)).look(at(20, 15, 45)) == 0
    assert watch(store, desk="").look(at(20, 15, 45)) == 0
    store.act(Act(Step.DONE, 1, "a test"), "Marta", at(20, 15))
    assert watch(store).look(at(20, 15, 45)) == 0


def test_what_was_snoozed_is_open_again_at_its_time(store: Store) -> None:
    promised(store, at(27, 16))
    store.act(Act(Step.SNOOZE, 1, "a test", until=at(20, 12)), "Marta", at(20, 10))
    watch(store).look(at(20, 12))
    found = store.item(1)
    assert found is not None
    assert found.state is ItemState.OPEN
