"""What she wrote past the bot, recorded with the cursor: on a real database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.test_ledger import WEEK
from tests.store.builders import (
    FRIDAY,
    HOUR,
    JAN,
    MINUTE,
    PROMISE,
    Seen,
    acknowledged,
    chat,
    cursor,
    entry,
    mail,
)
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.history import History
from triage_bot.core.items import ACTIVE, Item, ItemState, Step
from triage_bot.core.ledger import PromiseState
from triage_bot.core.messages import Cursor, IncomingMessage, Medium, OwnMessage
from triage_bot.store.drafts import Act, Elsewhere, EntryKind, EntryState, Plan
from triage_bot.store.store import Store

SOON = FRIDAY + 10 * MINUTE
SENT = Cursor("mail/Sent", 1, 1, FRIDAY, SOON)


def week(client: str) -> BusinessCalendar:
    return WEEK


def client_of(channel: str, address: str) -> str:
    return {"firma.pl": "Firma", "hotel.example": "Hotel"}.get(address.rpartition("@")[2], "")


def of_client(message: IncomingMessage) -> str:
    return client_of("mail", message.header_from.addr)


def patient(message: IncomingMessage, history: History) -> Plan:
    """Acknowledged in an hour, promised an answer by 16:30 UTC."""
    made = acknowledged(message, history)
    entries = tuple(replace(each, due_at=FRIDAY + HOUR) for each in made.entries)
    item = replace(made.item, client=of_client(message))
    return replace(made, item=item, entries=entries, promise=replace(PROMISE, answered_by=True))


def own(number: int = 1, *recipients: str, **changes: Any) -> OwnMessage:
    made = OwnMessage(
        "mail",
        Medium.EMAIL,
        f"Sent/1/{number}",
        SOON,
        recipients or (JAN,),
        f"hers{number}@va.example",
        ("1@firma.pl",),
    )
    return replace(made, **changes)


def note(store: Store, *messages: OwnMessage, at: datetime = SOON, position: int = 1, **more: Any) -> list[str]:
    """Record what lies in Sent; returns what was said of the items."""
    heard: list[str] = []
    told = Elsewhere(
        own=messages, client_of=client_of, noted=lambda item_id, what: heard.append(f"{item_id} {what}"), **more
    )
    store.record([], replace(SENT, position=position), patient, at=at, elsewhere=told)
    return heard


def the_item(store: Store, item_id: int = 1) -> Item:
    found = store.item(item_id)
    assert found is not None
    return found


def kinds(store: Store, item_id: int = 1) -> list[str]:
    return [event.kind for event in store.history(item_id)]


def entry_states(store: Store, item_id: int = 1) -> list[EntryState]:
    return [each.state for each in store.entries_of(item_id)]


@pytest.fixture
def asked(store: Store) -> Store:
    """Jan has asked, and his acknowledgement waits."""
    store.use_calendars(week)
    store.record([mail(1)], cursor(), patient, client_of=of_client)
    return store


def test_an_answer_closes_the_item_and_what_waits_is_dropped(asked: Store) -> None:
    assert note(asked, own()) == ["1 answered elsewhere (references)"]
    item = the_item(asked)
    assert (item.state, item.answered_at) == (ItemState.ANSWERED, SOON)
    assert entry_states(asked) == [EntryState.DROPPED]
    assert "answered elsewhere" in kinds(asked)
    (line,) = asked.promises_of(1)
    assert (line.promise.state, line.kept_by) == (PromiseState.WITHDRAWN, "never told")
    assert asked.cursor("mail/Sent") == SENT


def test_an_acknowledgement_that_is_leaving_is_left_alone_and_its_promise_kept(asked: Store) -> None:
    (each,) = asked.claim(["mail"], FRIDAY + HOUR, 9, MINUTE, "w")
    asked.advance([], [(each.id, FRIDAY + HOUR)])
    note(asked, own(sent_at=FRIDAY + HOUR), at=FRIDAY + HOUR)
    assert entry_states(asked) == [EntryState.HANDING_OVER]
    (line,) = asked.promises_of(1)
    assert (line.promise.state, line.kept_by, line.clock_seconds) == (PromiseState.KEPT, "mail in Sent", 3600)


def test_an_answer_that_came_too_late_breaks_the_promise(asked: Store) -> None:
    asked.claim(["mail"], FRIDAY + HOUR, 9, 9 * HOUR, "w")
    late = FRIDAY + 5 * HOUR
    note(asked, own(sent_at=late), at=late)
    (line,) = asked.promises_of(1)
    assert (line.promise.state, line.clock_seconds) == (PromiseState.BROKEN, 5 * 3600)


def test_torn_off_in_the_middle_nothing_of_it_is_there(asked: Store) -> None:
    def cut(item_id: int, what: str) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        asked.record([], SENT, patient, elsewhere=Elsewhere(own=(own(),), client_of=client_of, noted=cut))
    assert asked.cursor("mail/Sent") is None
    assert the_item(asked).state is ItemState.OPEN
    assert entry_states(asked) == [EntryState.WAITING]
    assert note(asked, own()) == ["1 answered elsewhere (references)"]


def test_the_same_mail_counts_once_wherever_it_lies(asked: Store) -> None:
    note(asked, own())
    before = kinds(asked)
    assert note(asked, own(), position=2) == []
    assert note(asked, own(key="Archiwum/1/9"), position=3) == []
    assert note(asked, own(channel="drugie"), position=4) == []
    assert kinds(asked) == before


def test_what_the_bot_sent_is_no_answer_of_hers(asked: Store) -> None:
    (ack,) = asked.entries_of(1)
    assert note(asked, own(message_id=ack.message.message_id)) == []
    reply = entry(JAN, SOON + HOUR, EntryKind.REPLY, "reply.1.ab@triage-bot.va.example")
    asked.act(Act(Step.ANSWER, 1, "the desk", entries=(reply,)), "Katarzyna", SOON)
    before = kinds(asked)
    assert note(asked, own(2, message_id=reply.message.message_id)) == []
    assert kinds(asked) == before


def test_an_answer_to_our_acknowledgement_belongs_to_its_thread(asked: Store) -> None:
    (ack,) = asked.entries_of(1)
    note(asked, own(refs=(ack.message.message_id,)))
    assert the_item(asked).state is ItemState.ANSWERED


def test_what_came_after_her_answer_still_waits(asked: Store) -> None:
    more = mail(2, refs=("1@firma.pl",), received_at=SOON + MINUTE)
    asked.record([more], cursor(2), patient, client_of=of_client)
    note(asked, own())
    item = the_item(asked)
    assert (item.state, item.messages) == (ItemState.OPEN, 2)
    assert EntryState.WAITING in entry_states(asked)


def test_the_thread_is_free_for_the_next_acknowledgement(asked: Store) -> None:
    note(asked, own())
    seen = Seen(patient)
    asked.record([mail(2, refs=("1@firma.pl",), received_at=SOON + HOUR)], cursor(2), seen, client_of=of_client)
    assert seen.histories[0].thread_acknowledged_at is None


def test_a_reply_to_her_mail_joins_the_thread(asked: Store) -> None:
    note(asked, own())
    seen = Seen(patient)
    asked.record([mail(2, refs=("hers1@va.example",))], cursor(2), seen, client_of=of_client)
    closed = seen.histories[0].closed_item
    assert closed is not None
    assert closed.id == 1


def test_a_mail_to_nobody_that_is_known_leaves_no_trace(asked: Store) -> None:
    assert note(asked, own(1, "ciocia@rodzina.example", refs=("nobody@knows.example",))) == []
    assert the_item(asked).state is ItemState.OPEN
    assert note(asked, own(1, "ciocia@rodzina.example", refs=("nobody@knows.example",)), position=2) == []


class TestBeforeTheMessageWasRead:
    def test_it_opens_as_answered(self, store: Store) -> None:
        note(store, own(sent_at=FRIDAY + MINUTE))
        seen = Seen(patient)
        store.record([mail(1)], cursor(), seen, client_of=of_client, at=SOON)
        assert seen.histories[0].answered_at == FRIDAY + MINUTE
        item = the_item(store)
        assert (item.state, item.answered_at) == (ItemState.ANSWERED, FRIDAY + MINUTE)
        assert entry_states(store) == [EntryState.DROPPED]

    def test_the_same_message_id_from_somebody_else_is_not_answered(self, store: Store) -> None:
        note(store, own())
        seen = Seen(patient)
        forged = mail(1, "obcy@inny.example")
        store.record([forged], cursor(), seen, client_of=of_client, at=SOON)
        assert seen.histories[0].answered_at is None
        assert the_item(store).state is ItemState.OPEN

    def test_what_comes_behind_it_still_waits(self, store: Store) -> None:
        note(store, own(sent_at=FRIDAY + MINUTE))
        later = mail(2, refs=("1@firma.pl",), received_at=FRIDAY + 2 * MINUTE)
        store.record([mail(1), later], cursor(2), patient, client_of=of_client, at=SOON)
        assert the_item(store).state is ItemState.OPEN

    def test_a_follow_up_in_a_known_thread_too(self, asked: Store) -> None:
        note(asked, own(refs=("1@firma.pl", "2@firma.pl")))
        seen = Seen(patient)
        asked.record([mail(2, refs=("1@firma.pl",))], cursor(2), seen, client_of=of_client, at=SOON)
        assert seen.histories[0].answered_at == SOON

    def test_a_reply_to_her_answer_joins_then(self, store: Store) -> None:
        note(store, own())
        store.record([mail(1)], cursor(), patient, client_of=of_client, at=SOON)
        seen = Seen(patient)
        store.record([mail(2, refs=("hers1@va.example",))], cursor(2), seen, client_of=of_client, at=SOON)
        assert seen.histories[0].closed_item is not None


class TestMarks:
    def test_only_the_newest_message_of_an_item_that_waits_is_asked_for(self, asked: Store) -> None:
        assert asked.awaited_marks("mail", "INBOX/1/") == ["INBOX/1/1"]
        later = mail(2, refs=("1@firma.pl",), received_at=FRIDAY + MINUTE)
        asked.record([later], cursor(2), patient, client_of=of_client)
        assert asked.awaited_marks("mail", "INBOX/1/") == ["INBOX/1/2"]
        assert asked.awaited_marks("mail", "INBOX/2/") == []
        assert asked.awaited_marks("other", "INBOX/1/") == []

    def test_a_mark_answers_at_the_moment_at_which_it_is_seen(self, asked: Store) -> None:
        heard = note(asked, marked=(("mail", "INBOX/1/1"),))
        assert heard == ["1 answered elsewhere (mark)"]
        item = the_item(asked)
        assert (item.state, item.answered_at) == (ItemState.ANSWERED, SOON)
        assert asked.awaited_marks("mail", "INBOX/1/") == []

    def test_an_item_that_she_opens_again_is_not_closed_by_the_old_mark(self, asked: Store) -> None:
        note(asked, marked=(("mail", "INBOX/1/1"),))
        asked.transition(1, ItemState.OPEN, SOON + MINUTE, by="she")
        assert asked.awaited_marks("mail", "INBOX/1/") == []
        assert note(asked, marked=(("mail", "INBOX/1/1"),)) == []
        assert the_item(asked).state is ItemState.OPEN

    def test_the_mail_that_comes_behind_it_says_when(self, asked: Store) -> None:
        asked.claim(["mail"], FRIDAY + HOUR, 9, 9 * HOUR, "w")
        seen_at = FRIDAY + 5 * HOUR
        note(asked, marked=(("mail", "INBOX/1/1"),), at=seen_at)
        assert asked.promises_of(1)[0].promise.state is PromiseState.BROKEN
        note(asked, own(), at=seen_at + MINUTE, position=2)
        (line,) = asked.promises_of(1)
        assert (line.promise.state, line.kept_by, line.clock_seconds) == (PromiseState.KEPT, "mail in Sent", 600)
        assert the_item(asked).answered_at == SOON

    def test_the_mark_that_comes_behind_the_mail_says_nothing_new(self, asked: Store) -> None:
        note(asked, own())
        before = kinds(asked)
        assert note(asked, marked=(("mail", "INBOX/1/1"),), position=2) == []
        assert kinds(asked) == before


def hers(number: int, chat_id: int = 77, **changes: Any) -> OwnMessage:
    place = f"{chat_id}@9"
    made = OwnMessage(
        "telegram", Medium.CHAT, f"{place}/{number}", SOON, (str(chat_id),), f"{place}/{number}", (place,)
    )
    return replace(made, **changes)


def business(number: int, chat_id: int = 77, **changes: Any) -> IncomingMessage:
    place = f"{chat_id}@9"
    return chat(
        number,
        chat_id,
        key=f"{place}/{number}",
        message_id=f"{place}/{number}",
        refs=(place,),
        business="b",
        **changes,
    )


TELEGRAM = cursor(1, source="telegram")


def in_chat(message: IncomingMessage, history: History) -> Plan:
    made = patient(message, history)
    return replace(made, entries=(entry("77", FRIDAY + HOUR, message_id=f"ack-{message.key}", courier="telegram"),))


class TestChats:
    def test_her_message_answers_what_waits_in_the_chat(self, store: Store) -> None:
        store.record([business(1)], TELEGRAM, in_chat)
        told = Elsewhere(own=(hers(2),))
        store.record([], replace(TELEGRAM, position=2), in_chat, at=SOON, elsewhere=told)
        assert the_item(store).state is ItemState.ANSWERED
        assert entry_states(store) == [EntryState.DROPPED]

    def test_what_the_client_wrote_behind_it_in_the_same_batch_still_waits(self, store: Store) -> None:
        told = Elsewhere(own=(hers(2, sent_at=FRIDAY + MINUTE),))
        batch = [business(1), business(3, received_at=FRIDAY + 2 * MINUTE)]
        store.record(batch, TELEGRAM, in_chat, at=SOON, elsewhere=told)
        assert the_item(store).state is ItemState.OPEN

    def test_her_message_in_another_chat_answers_nothing(self, store: Store) -> None:
        store.record([business(1)], TELEGRAM, in_chat)
        store.record([], replace(TELEGRAM, position=2), in_chat, elsewhere=Elsewhere(own=(hers(2, 78),)))
        assert the_item(store).state is ItemState.OPEN


def taken_back(store: Store, *message_ids: str) -> None:
    told = Elsewhere(
        deleted=tuple(("telegram", each) for each in message_ids),
        says_deleted=lambda client, excerpt: f"taken back: {excerpt}",
    )
    store.record([], replace(TELEGRAM, position=9), in_chat, at=SOON, elsewhere=told)


class TestTakenBack:
    def test_the_item_says_so_and_nobody_is_acknowledged(self, store: Store) -> None:
        store.record([business(1)], TELEGRAM, in_chat)
        taken_back(store, "77@9/1")
        item = the_item(store)
        assert (item.state, item.excerpt) == (ItemState.OPEN, "taken back: cześć 1")
        assert kinds(store)[-2:] == ["deleted", "dropped"]
        assert entry_states(store) == [EntryState.DROPPED]
        assert store.promises_of(1)[0].promise.state is PromiseState.WITHDRAWN
        assert store.messages_of(1)[0].deleted_at == SOON

    def test_of_several_messages_the_others_still_count(self, store: Store) -> None:
        store.record([business(1), business(2)], TELEGRAM, in_chat)
        taken_back(store, "77@9/1")
        item = the_item(store)
        assert item.excerpt == "cześć 2"
        assert EntryState.WAITING in entry_states(store)

    def test_a_part_of_an_album_is_the_album(self, store: Store) -> None:
        store.record([business(1, album=("77@9/1", "77@9/2"))], TELEGRAM, in_chat)
        taken_back(store, "77@9/2")
        assert store.messages_of(1)[0].deleted_at == SOON

    def test_told_twice_it_is_noted_once(self, store: Store) -> None:
        store.record([business(1)], TELEGRAM, in_chat)
        taken_back(store, "77@9/1")
        taken_back(store, "77@9/1", "77@9/404", "", "/", "1/2")
        assert kinds(store).count("deleted") == 1


IDS = st.sampled_from(["1@firma.pl", "2@hotel.example", "ack-INBOX/1/1@va.example", "x", "\ud800", "", "\0"])
PEOPLE = st.sampled_from([JAN, "recepcja@hotel.example", "obcy@inny.example", "\0@firma.pl", ""])
LYING = st.builds(
    lambda number, people, refs, subject, message_id, sender, minutes: own(
        number,
        *people,
        refs=tuple(refs),
        subject=subject,
        message_id=message_id,
        sender=sender,
        sent_at=FRIDAY + minutes * MINUTE,
    ),
    st.integers(1, 5),
    st.lists(PEOPLE, min_size=1, max_size=3),
    st.lists(IDS, max_size=4),
    st.sampled_from(["Raport", "Re: Raport", "", "\ud800"]),
    IDS,
    PEOPLE,
    st.integers(-9, 9),
)


@pytest.mark.sqlite
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lying=st.lists(LYING, max_size=4))
def test_whatever_lies_in_sent_only_those_it_went_to_are_answered(
    lying: Sequence[OwnMessage], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('sent')}/triage.db", exclusive=True)
    try:
        hotel = mail(2, "recepcja@hotel.example", message_id="2@hotel.example")
        store.record([mail(1), hotel], cursor(2), patient, client_of=of_client)
        note(store, *lying)
        written_to = {client_of("mail", each) for one in lying for each in one.recipients}
        for item_id in (1, 2):
            item = the_item(store, item_id)
            assert item.state in ACTIVE or (item.state is ItemState.ANSWERED and item.client in written_to)
    finally:
        store.close()
