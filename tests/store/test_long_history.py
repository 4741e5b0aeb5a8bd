"""What a message costs does not depend on how much its contact wrote before."""

from datetime import datetime, timedelta

import pytest

from tests.store.builders import FRIDAY, HOUR, MINUTE, acknowledged, chat, cursor, mail, of_firma
from triage_bot.core.items import ItemState
from triage_bot.core.messages import IncomingMessage
from triage_bot.store.store import Store

ONLY = "sqlite"
SHORT, LONG = 10, 150


def steps_of(store: Store, message: IncomingMessage) -> int:
    """Of SQLite's virtual machine: as many on any machine."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store.database.writing() as connection:
        driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(count, 1)
    store.record([message], cursor(), acknowledged, client_of=of_firma, at=message.received_at)
    driver.set_progress_handler(None, 0)
    return steps


def one_of_many(kind: str, number: int, at: datetime) -> IncomingMessage:
    """All in one thread: a chat is one for ever, and somebody may answer to the same mail again and again."""
    if kind == "chat":
        return chat(number, received_at=at)
    return mail(number, received_at=at, refs=("1@firma.pl",))


@pytest.mark.parametrize("kind", ["chat", "mail"])
def test_a_message_costs_the_same_after_a_long_history(store: Store, kind: str) -> None:
    found: dict[int, int] = {}
    for number in range(1, LONG + 1):
        at = FRIDAY + number * timedelta(days=2)
        [row] = store.record([one_of_many(kind, number, at)], cursor(), acknowledged, client_of=of_firma, at=at)
        for entry in store.claim(["mail"], at, 10, HOUR, "test"):
            store.advance([], [(entry.id, at)])
            store.advance([(entry.id, at, "250 ok")], [])
        assert row.item_id is not None
        store.transition(row.item_id, ItemState.DONE, at, "test")
        if number in (SHORT, LONG):  # soon after an acknowledgement, of which it could be that it has not left yet
            another = one_of_many(kind, 1000 + number, at + 10 * MINUTE)
            found[number] = steps_of(store, another)
    assert found[LONG] < found[SHORT] * 1.1
