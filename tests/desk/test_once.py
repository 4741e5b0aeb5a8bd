"""What Telegram tells twice, after a crash, is done once."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk.test_speed import visit
from tests.store.builders import FRIDAY, acknowledged, cursor, mail
from triage_bot.core.items import ItemState
from triage_bot.desk.buttons import Press
from triage_bot.desk.commands import pressed
from triage_bot.store.store import Store


@pytest.mark.parametrize(
    ("verb", "argument", "event"),
    [("done", "", "done"), ("snooze", "monday", "snoozed"), ("urgent", "", "rate"), ("wake", "", "open")],
)
def test_a_press_that_comes_twice_acts_once(store: Store, tmp_path: Path, verb: str, argument: str, event: str) -> None:
    store.record([mail(1)], cursor(), acknowledged, at=FRIDAY)
    if verb == "wake":
        store.transition(1, ItemState.WAITING, FRIDAY, by="test")
    asked = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))
    for _ in range(2):
        assert pressed(asked, Press(verb, 1, argument)).notice
    assert [each.kind for each in store.history(1)].count(event) == 1


def test_an_undo_that_comes_twice_takes_one_thing_back(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(), acknowledged, at=FRIDAY)
    asked = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))
    pressed(asked, Press("done", 1))
    store.undo("Anna", FRIDAY + timedelta(minutes=2), asked.once + " undo")
    before = store.history(1)
    store.undo("Anna", FRIDAY + timedelta(minutes=2), asked.once + " undo")
    assert store.history(1) == before


def test_the_button_under_one_item_does_not_take_back_what_was_done_about_another(store: Store, tmp_path: Path) -> None:
    batch = [mail(1), mail(2, "ewa@firma.pl", subject="Plakat")]
    store.record(batch, cursor(2), acknowledged, at=FRIDAY)
    first = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))
    pressed(first, Press("done", 1))
    store.undo("Anna", FRIDAY + timedelta(minutes=2), "x", item_id=2)
    item = store.item(1)
    assert item is not None
    assert item.state is ItemState.DONE
