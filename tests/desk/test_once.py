"""What Telegram tells twice, after a crash, is done once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk.test_speed import visit
from tests.store.builders import FRIDAY, acknowledged, cursor, mail
from triage_bot.core.items import ItemState
from triage_bot.core.standing import Deed
from triage_bot.core.urgency import Urgency
from triage_bot.desk.buttons import Press, read
from triage_bot.desk.commands import pressed
from triage_bot.desk.taking_back import taken_back
from triage_bot.desk.visit import Answer
from triage_bot.errors import UsageError
from triage_bot.facts import Facts
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


def test_the_button_that_takes_back_is_good_for_one_act_on_however_many_devices(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(), acknowledged, at=FRIDAY)
    asked = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))

    def presses(update_id: int, verb: str, argument: str = "") -> Answer:
        return pressed(replace(asked, action=replace(asked.action, update_id=update_id)), Press(verb, 1, argument))

    presses(7, "urgent")
    presses(8, "done")
    states = []
    for update_id, act in ((9, "8"), (10, "8"), (11, "7"), (12, "7"), (13, "6")):
        assert presses(update_id, "undo", act).notice
        item = store.item(1)
        assert item is not None
        states.append((item.state, item.urgency))
    done_taken_back, calm = (ItemState.OPEN, Urgency.URGENT), (ItemState.OPEN, Urgency.NORMAL)
    assert states == [done_taken_back, done_taken_back, calm, calm, calm]


def test_a_button_under_one_item_does_not_take_back_what_was_done_about_it_later(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(), acknowledged, at=FRIDAY)
    asked = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))
    pressed(replace(asked, action=replace(asked.action, update_id=7)), Press("urgent", 1))
    pressed(replace(asked, action=replace(asked.action, update_id=8)), Press("done", 1))
    pressed(replace(asked, action=replace(asked.action, update_id=9)), Press("undo", 1, "7"))
    item = store.item(1)
    assert item is not None
    assert (item.state, item.urgency) == (ItemState.DONE, Urgency.URGENT)


def test_a_card_carries_which_act_its_button_takes_back(store: Store, tmp_path: Path) -> None:
    store.record([mail(1)], cursor(), acknowledged, at=FRIDAY)
    asked = visit(store, tmp_path, FRIDAY + timedelta(minutes=1))
    item = store.item(1)
    assert item is not None
    [*_, ((_, data),)] = asked.card(item, undo=True).rows
    assert read(data) == Press("undo", 1, str(asked.action.update_id))


def test_a_note_in_a_file_that_cannot_be_used_is_taken_back_once_it_can(store: Store, tmp_path: Path) -> None:
    store.pause("Anna", FRIDAY)
    facts, on = Facts(tmp_path / "facts"), FRIDAY.date()
    path = facts.note("Firma", "lubi krótko", on)
    store.note_deed(Deed.FACT, "Anna", FRIDAY, {"client": "Firma", "text": "lubi krótko", "on": on.isoformat()})
    noted = path.read_bytes()
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        taken_back(store, facts, "Anna", FRIDAY, "18")
    path.write_bytes(noted)
    assert taken_back(store, facts, "Anna", FRIDAY, "19").deed is Deed.FACT
    assert facts.read("Firma") == ""
    assert store.standing().paused
