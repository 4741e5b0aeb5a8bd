"""Which couriers of other workers are woken by what is written."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.patience import PATIENCE
from tests.store.builders import FRIDAY, acknowledged, cursor, entry, mail
from triage_bot import leasing
from triage_bot.clock import CorrectedClock, SystemClock
from triage_bot.leasing import Leasing
from triage_bot.store import postgresql
from triage_bot.store.store import Store

ONLY = "postgresql"


@pytest.fixture
def heard(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"LISTEN {postgresql.CHANNEL}".encode())
        yield connection


def payloads(connection: psycopg.Connection[Any], wanted: int) -> list[str]:
    return [each.payload for each in connection.notifies(timeout=PATIENCE, stop_after=wanted)]


def test_a_message_wakes_the_courier_that_answers_it(store: Store, heard: psycopg.Connection[Any]) -> None:
    store.record([], cursor(1), acknowledged)  # nothing for anybody
    store.record([mail(2)], cursor(2), acknowledged)
    store.enqueue([entry("1", due_at=FRIDAY)])
    assert payloads(heard, 2) == ["\nmail", ""]


def test_too_many_couriers_are_all() -> None:
    many = [f"mailbox number {number}" for number in range(1000)]
    assert postgresql.news("w", many) == "w"
    assert postgresql.news("w", ["b", "a"]) == "w\na\nb"


@pytest.mark.parametrize(
    ("payloads", "rung"),
    [
        pytest.param(["other\na", "other\nb\na"], [("a", "b")], id="those that are named, once"),
        pytest.param(["other\na", "other"], [()], id="all, if one of the news names none"),
        pytest.param(["", "other\na"], [()], id="all, if news may have been missed"),
        pytest.param(["me\na", "me"], [], id="nobody for what this worker wrote itself"),
    ],
)
async def test_what_is_heard_rings(
    payloads: list[str], rung: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "RING_AFTER", 0.0)
    nobody: Any = None
    here = Leasing(nobody, CorrectedClock(SystemClock()), nobody, "me", "leases")
    rings: list[tuple[str, ...]] = []
    for payload in payloads:
        here._heard(payload, lambda *couriers: rings.append(tuple(sorted(couriers))))
    await asyncio.sleep(0.01)
    assert rings == rung
    here._writer.close()
