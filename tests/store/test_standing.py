"""What was said to the program beside its configuration, as the database keeps it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.store.builders import FRIDAY, HOUR, MINUTE, acknowledged, chat, cursor, entry, mail, silent
from triage_bot.core.calendar_days import Vacation
from triage_bot.core.history import History
from triage_bot.core.items import ItemState
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.standing import NOTHING_SAID, Deed, PairedDesk
from triage_bot.store.drafts import EntryKind, Outcome, Plan
from triage_bot.store.store import Store

TODAY = FRIDAY.date()
DAY = timedelta(days=1)


def test_at_first_nothing_is_said(store: Store) -> None:
    assert store.standing() == NOTHING_SAID


def test_a_code_pairs_one_chat_once(store: Store) -> None:
    store.offer_pairing("hash", "Ana", FRIDAY, FRIDAY + 15 * MINUTE)
    assert store.pairing_for("hash", FRIDAY) == "Ana"
    assert store.pairing_for("other", FRIDAY) is None
    welcome = entry("77", kind=EntryKind.DESK)
    assert store.pair("hash", 77, [welcome], FRIDAY)
    assert not store.pair("hash", 78, [welcome], FRIDAY)
    assert store.standing().desks == {"Ana": PairedDesk(77, FRIDAY)}
    assert len(store.claim(["mail"], FRIDAY, 10, HOUR, "me")) == 1


def test_a_code_is_no_longer_good_when_its_time_is_over(store: Store) -> None:
    store.offer_pairing("hash", "Ana", FRIDAY, FRIDAY + 15 * MINUTE)
    later = FRIDAY + 15 * MINUTE
    assert store.pairing_for("hash", later) is None
    assert not store.pair("hash", 77, [], later)
    store.offer_pairing("hash", "Eva", later, later + MINUTE)  # the old one is forgotten, so that it can be made again
    assert store.pairing_for("hash", later) == "Eva"


def test_a_chat_is_the_desk_of_one_assistant(store: Store) -> None:
    for name in ("Ana", "Eva"):
        store.offer_pairing(name, name, FRIDAY, FRIDAY + MINUTE)
        assert store.pair(name, 77, [], FRIDAY)
    assert store.standing().desks == {"Eva": PairedDesk(77, FRIDAY)}


def test_forgetting_a_desk_spoils_the_codes_that_were_printed(store: Store) -> None:
    store.offer_pairing("one", "Ana", FRIDAY, FRIDAY + MINUTE)
    store.offer_pairing("two", "Ana", FRIDAY, FRIDAY + MINUTE)
    store.pair("one", 77, [], FRIDAY)
    assert store.forget_desk("Ana")
    assert not store.forget_desk("Ana")
    assert store.pairing_for("two", FRIDAY) is None
    assert store.standing() == NOTHING_SAID


def test_wrong_codes_are_counted_by_chat_and_hour_and_an_update_once(store: Store) -> None:
    answer = [entry("77", kind=EntryKind.DESK)]
    assert [store.note_wrong_code(77, number, answer, 2, FRIDAY) for number in (1, 1, 2, 3)] == [
        True,
        False,
        True,
        False,
    ]
    assert store.note_wrong_code(7, 4, answer, 2, FRIDAY), "chat 7 is not chat 77"
    assert not store.note_wrong_code(77, 5, answer, 2, FRIDAY + 59 * MINUTE)
    assert store.note_wrong_code(77, 6, answer, 2, FRIDAY + HOUR)


def test_an_absence_counts_until_she_is_back(store: Store) -> None:
    store.announce_away("Ana", TODAY - DAY, TODAY + 3 * DAY, "Na obuci", FRIDAY)
    assert store.standing().away == {"Ana": (Vacation(TODAY - DAY, TODAY + 3 * DAY, "Na obuci"),)}
    assert store.absences("Ana", TODAY) == list(store.standing().away["Ana"])
    assert store.absences("Eva", TODAY) == []
    assert store.come_back("Ana", TODAY, FRIDAY) == Vacation(TODAY - DAY, TODAY + 3 * DAY, "Na obuci")
    assert store.standing().away == {"Ana": (Vacation(TODAY - DAY, TODAY - DAY, "Na obuci"),)}
    assert store.come_back("Ana", TODAY, FRIDAY) is None


def test_an_absence_that_has_not_begun_is_taken_back_whole(store: Store) -> None:
    store.announce_away("Ana", TODAY + DAY, TODAY + DAY, "", FRIDAY)
    store.announce_away("Ana", TODAY, TODAY, "", FRIDAY)
    assert store.come_back("Ana", TODAY, FRIDAY) == Vacation(TODAY, TODAY)
    assert store.come_back("Ana", TODAY, FRIDAY) == Vacation(TODAY + DAY, TODAY + DAY)
    assert store.standing().away == {}


def say(store: Store, deed: Deed) -> None:
    match deed:
        case Deed.AWAY:
            store.announce_away("Ana", TODAY, TODAY + DAY, "", FRIDAY)
        case Deed.BACK:
            store.come_back("Ana", TODAY, FRIDAY)
        case Deed.PAUSE:
            store.pause("Ana", FRIDAY)
        case Deed.RESUME:
            store.resume("Ana", FRIDAY + HOUR)
        case Deed.BIND:
            store.bind("telegram", "77", "Nowak", FRIDAY, assistant="Ana")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((Deed.AWAY,), id="an absence"),
        pytest.param((Deed.AWAY, Deed.BACK), id="its end"),
        pytest.param((Deed.PAUSE,), id="a pause"),
        pytest.param((Deed.PAUSE, Deed.RESUME), id="its end"),
        pytest.param((Deed.BIND,), id="a contact bound to a client"),
    ],
)
def test_what_is_said_can_be_taken_back_once(store: Store, said: tuple[Deed, ...]) -> None:
    for deed in said[:-1]:
        say(store, deed)
    before = store.standing()
    say(store, said[-1])
    assert store.standing() != before
    undone = store.undo("Ana", FRIDAY + HOUR, "18")
    assert (undone.outcome, undone.deed) == (Outcome.DONE, said[-1])
    assert store.standing() == before
    assert store.undo("Ana", FRIDAY + HOUR, "18").outcome is Outcome.AGAIN
    assert store.standing() == before


def test_what_is_said_twice_under_one_number_is_said_once(store: Store) -> None:
    for _ in range(2):
        store.announce_away("Ana", TODAY, TODAY, "", FRIDAY, "1")
        store.announce_away("Ana", TODAY + DAY, TODAY + DAY, "", FRIDAY, "2")
    for _ in range(2):
        assert store.come_back("Ana", TODAY, FRIDAY, "3") == Vacation(TODAY, TODAY)
    assert store.absences("Ana", TODAY) == [Vacation(TODAY + DAY, TODAY + DAY)]


def test_what_has_changed_since_is_not_taken_back_and_nothing_older_instead(store: Store) -> None:
    store.pause("Ana", FRIDAY)
    store.bind("telegram", "77", "Nowak", FRIDAY, assistant="Ana")
    store.bind("telegram", "77", "Mila", FRIDAY, assistant="Eva")
    assert store.undo("Ana", FRIDAY).outcome is Outcome.CHANGED
    assert store.standing().paused == {"Ana": FRIDAY}
    assert store.standing().bindings == {("telegram", "77"): "Mila"}
    assert store.undo("Ana", FRIDAY).deed is Deed.PAUSE, "once she has been told"


def test_a_binding_that_was_another_before_is_that_again(store: Store) -> None:
    store.bind("telegram", "77", "Nowak", FRIDAY, assistant="Ana")
    store.bind("telegram", "77", "Mila", FRIDAY, assistant="Ana")
    store.undo("Ana", FRIDAY)
    assert store.standing().bindings == {("telegram", "77"): "Nowak"}


def test_a_contact_that_was_freed_by_its_button_is_not_taken_back_again(store: Store) -> None:
    store.bind("telegram", "77", "Nowak", FRIDAY, assistant="Ana")
    assert store.unbind("telegram", "77", FRIDAY)
    assert store.undo("Ana", FRIDAY).outcome is Outcome.UNKNOWN


def test_what_cannot_be_taken_back_is_told_before_anything_older_is(store: Store) -> None:
    store.pause("Ana", FRIDAY)
    store.note_deed(Deed.SEEN, "Ana", FRIDAY, {}, "5")
    store.note_deed(Deed.SEEN, "Ana", FRIDAY, {}, "5")
    first, second = store.undo("Ana", FRIDAY), store.undo("Ana", FRIDAY)
    assert (first.outcome, first.deed) == (Outcome.TOO_LATE, Deed.SEEN)
    assert (second.outcome, second.deed) == (Outcome.DONE, Deed.PAUSE)


def test_no_absence_runs_backwards(store: Store) -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        store.announce_away("Ana", date(2026, 12, 5), date(2026, 12, 1), "", FRIDAY)


def test_a_pause_lasts_until_it_is_ended(store: Store) -> None:
    assert store.pause("Ana", FRIDAY)
    assert not store.pause("Ana", FRIDAY + HOUR)
    assert store.standing().paused == {"Ana": FRIDAY}
    assert store.resume("Ana", FRIDAY)
    assert not store.resume("Ana", FRIDAY)
    assert store.standing() == NOTHING_SAID


def test_acknowledgements_that_wait_are_withdrawn_by_client(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    assert store.withdraw_acknowledgements(["Other", ""], FRIDAY) == 0
    assert store.withdraw_acknowledgements(["Firma"], FRIDAY) == 1
    assert store.claim(["mail"], FRIDAY + HOUR, 10, HOUR, "me") == []


def test_a_bound_contact_takes_its_waiting_items_along(store: Store) -> None:
    def strangers(message: IncomingMessage, history: History) -> Plan:
        plan = silent(message, history)
        return replace(plan, item=replace(plan.item, client="", contact="77"))

    store.record([chat(1)], cursor(source="telegram"), strangers)
    store.bind("telegram", "77", "Nowak", FRIDAY)
    assert [item.client for item in store.items({ItemState.OPEN})] == ["Nowak"]
    assert store.standing().bindings == {("telegram", "77"): "Nowak"}
    store.bind("telegram", "77", "", FRIDAY)
    assert store.standing().bindings == {("telegram", "77"): ""}
    assert store.unbind("telegram", "77", FRIDAY)
    assert not store.unbind("telegram", "77", FRIDAY)


def test_a_discarded_draft_is_passed_over_where_there_are_none(store: Store) -> None:
    store.pause("Ana", FRIDAY)
    store.note_deed(Deed.DISCARD, "Ana", FRIDAY, {})
    assert store.undo("Ana", FRIDAY, drafts=False).deed is Deed.PAUSE
    assert store.undo("Ana", FRIDAY).deed is Deed.DISCARD


def test_digests_of_two_assistants_do_not_hide_each_other(store: Store) -> None:
    assert store.record_digest(FRIDAY, 0, False, (), (), FRIDAY)
    assert store.record_digest(FRIDAY, 0, False, (), (), FRIDAY, assistant="Ana")
    assert not store.record_digest(FRIDAY, 0, False, (), (), FRIDAY, assistant="Ana")
    assert store.record_digest(FRIDAY + HOUR, 0, False, (), (), FRIDAY)
    assert (store.last_digest_at(), store.last_digest_at(None, "Ana")) == (FRIDAY + HOUR, FRIDAY)
    assert store.last_digest_at(None, "Eva") is None
