"""A batch of messages in one transaction."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.store.builders import FRIDAY, HOUR, JAN, MINUTE, Seen, acknowledged, chat, cursor, mail, of_firma, silent
from triage_bot.core.items import ItemState
from triage_bot.core.messages import Address, Attachment
from triage_bot.store.drafts import Recorded
from triage_bot.store.store import Store


def test_a_message_becomes_an_item_with_history_promise_and_entry(store: Store) -> None:
    [row] = store.record([mail(1)], cursor(), acknowledged, client_of=of_firma)
    assert row == Recorded("mail", "INBOX/1/1", new=True, item_id=1, opened=True)
    item = store.item(1)
    assert item is not None
    assert (item.contact, item.state, item.messages) == (JAN, ItemState.OPEN, 1)
    assert item.because[1].values == {"check_at": "2026-11-20T16:00:00+01:00"}
    assert [event.kind for event in store.history(1)] == ["received", "decided"]
    [entry] = store.claim(["mail"], FRIDAY, 10, MINUTE, "w")
    assert entry.message.to == JAN
    assert store.waiting_items() == [item]


def test_the_text_can_be_read_again(store: Store) -> None:
    pdf = Attachment("oferta.pdf", "application/pdf", 1234)
    store.record([mail(1, text="Zażółć\ngęślą", attachments=(pdf,))], cursor(), acknowledged)
    [message] = store.messages_of(1)
    assert (message.text, message.attachments, message.decision["language"]) == ("Zażółć\ngęślą", (pdf,), "pl")


def test_moments_come_back_aware_and_exact(store: Store) -> None:
    received_at = datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    store.record([mail(1, received_at=received_at)], cursor(), acknowledged)
    [message] = store.messages_of(1)
    assert message.received_at == received_at
    assert message.received_at.tzinfo is UTC


def test_a_naive_moment_is_refused_and_nothing_recorded(store: Store) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        store.record([mail(1, received_at=datetime(2026, 11, 20))], cursor(), acknowledged)  # noqa: DTZ001
    assert store.cursor("mail/INBOX") is None
    assert store.waiting_items() == []


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param({"text": "a\0b"}, id="NUL in the text"),
        pytest.param({"subject": "half a \ud83d pair"}, id="half a surrogate pair"),
        pytest.param({"message_id": "\udce9\0"}, id="an undecodable Message-ID"),
        pytest.param({"header_from": Address("j\udce9@firma.pl", "J\0")}, id="an undecodable address"),
        pytest.param({"attachments": (Attachment("\udcff\0.pdf", "a/b", 1),)}, id="an undecodable file name"),
        pytest.param({"sent_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, id="before the year 1"),
        pytest.param(
            {"sent_at": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))}, id="after the year 9999"
        ),
        pytest.param({"refs": tuple(f"{number}@x" for number in range(5000))}, id="five thousand references"),
        pytest.param({"header_from": Address(""), "message_id": "", "text": ""}, id="nothing that could be read"),
    ],
)
def test_a_strange_message_is_recorded_all_the_same(store: Store, strange: dict[str, object]) -> None:
    store.record([mail(1, **strange)], cursor(), acknowledged)
    [message] = store.messages_of(1)
    assert message.key == "INBOX/1/1"
    store.record([mail(2, **strange)], cursor(2), acknowledged)
    assert store.cursor("mail/INBOX") == cursor(2)


def test_a_recorded_message_is_skipped_without_a_plan(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    plan = Seen()
    rows = store.record([mail(1), mail(2), mail(2)], cursor(2), plan)
    assert [(row.new, row.item_id) for row in rows] == [(False, 1), (True, 2), (False, 2)]
    assert len(plan.histories) == 1


def test_a_copy_in_another_place_is_known(store: Store) -> None:
    copies = [mail(1), mail(1, key="INBOX/2/1"), mail(1, channel="other", key="INBOX/1/9")]
    plan = Seen(lambda message, history: None if history.known else acknowledged(message, history))
    rows = store.record(copies, cursor(), plan)
    assert [history.known for history in plan.histories] == [False, True, True]
    assert [row.item_id for row in rows] == [1, None, None]
    again = Seen()
    store.record([mail(1, key="INBOX/3/1")], cursor(), again)
    assert again.histories[0].known


def test_two_chat_messages_with_the_same_text_are_no_copies(store: Store) -> None:
    plan = Seen()
    store.record([chat(1, text="ok"), chat(2, text="ok")], cursor(source="telegram"), plan)
    assert [history.known for history in plan.histories] == [False, False]
    assert [history.same_text_at for history in plan.histories] == [None, FRIDAY]


def test_the_cursor_moves_and_remembers_its_beginning(store: Store) -> None:
    assert store.cursor("mail/INBOX") is None
    store.record([], cursor(5), acknowledged)
    later = FRIDAY + HOUR
    store.record([], cursor(9, later), acknowledged)
    stored = store.cursor("mail/INBOX")
    assert stored is not None
    assert (stored.position, stored.started_at, stored.moved_at) == (9, FRIDAY, later)


def test_a_plan_that_fails_leaves_nothing_of_its_batch(store: Store) -> None:
    def plan(message: object, history: object) -> object:
        if message == mail(2):
            raise RuntimeError("a mistake")
        return acknowledged(message, history)  # type: ignore[arg-type]

    with pytest.raises(RuntimeError):
        store.record([mail(1), mail(2)], cursor(), plan)  # type: ignore[arg-type]
    assert store.waiting_items() == []
    assert store.cursor("mail/INBOX") is None
    assert store.record([mail(1)], cursor(), acknowledged)[0].new


def test_an_item_id_is_never_given_twice(store: Store) -> None:
    store.record([mail(1), mail(2)], cursor(), acknowledged)
    with store._write() as connection:
        for table in ("letters", "outbox", "events", "promises", "messages", "items"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert store.record([mail(3)], cursor(), acknowledged)[0].item_id == 3


def test_more_messages_than_sqlite_takes_parameters_in_a_statement(store: Store) -> None:
    batch = [mail(number, f"{number}@firma.pl", refs=(f"a{number}", f"b{number}")) for number in range(1500)]
    assert len(store.record(batch, cursor(), silent)) == 1500
    assert not any(row.new for row in store.record(batch, cursor(), silent))
